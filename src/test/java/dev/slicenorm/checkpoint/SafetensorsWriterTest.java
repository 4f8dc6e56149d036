package dev.slicenorm.checkpoint;

import static dev.slicenorm.checkpoint.TestFiles.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsWriterTest {

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void writesBytesOfEveryType(ElementType type) throws IOException {
    byte[] bytes = new byte[type.bits()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    Path file = folder.resolve("x");
    new SafetensorsWriter()
        .bytes("x", type, MemorySegment.ofArray(bytes), 2, 4)
        .write(file, false, Progress.NONE);
    try (Safetensors read = Safetensors.open(file)) {
      assertThat(read.entries().getFirst()).hasToString("x " + type + "[2, 4]");
      assertThat(read.bytes("x").mismatch(MemorySegment.ofArray(bytes))).isEqualTo(-1);
    }
  }

  @Test
  void takesAnyMemoryAndAnyLayout() throws IOException {
    float[] floats = random(1, DType.F32, 12).toFloatArray();
    Tensor columns = random(2, DType.BF16, 3, 5).transpose();
    // Larger than a window, and backwards.
    Tensor large = random(3, DType.F32, 3, TensorSink.WINDOW / 8).flip(0, 1);
    Path file = folder.resolve("x");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment direct = arena.allocate(48);
      direct.copyFrom(MemorySegment.ofArray(floats));
      new SafetensorsWriter()
          .metadata(Map.of("kéy\"", "välue\n"))
          .bytes("floats", ElementType.F32, MemorySegment.ofArray(floats), 12)
          .bytes("readonly", ElementType.F32, MemorySegment.ofArray(floats).asReadOnly(), 12)
          .bytes("direct", ElementType.F32, direct, 3, 4)
          .tensor("columns", columns)
          .tensor("large", large)
          .tensor("scalar", random(4, DType.F64))
          .tensor("empty", random(5, DType.F64, 0, 7))
          .write(file, false, Progress.NONE);
    }
    try (Safetensors read = Safetensors.open(file)) {
      assertThat(read.metadata()).containsExactly(Map.entry("kéy\"", "välue\n"));
      for (String name : new String[] {"floats", "readonly", "direct"}) {
        assertThat(read.tensor(name).toFloatArray()).isEqualTo(floats);
      }
      assertThat(read.tensor("columns").toFloatArray()).isEqualTo(columns.toFloatArray());
      assertThat(read.tensor("large").toFloatArray()).isEqualTo(large.toFloatArray());
      assertThat(read.tensor("empty").shape()).containsExactly(0, 7);
      assertThat(read.dataOffset() % 8).isZero();
      assertThatThrownBy(() -> read.tensor("none")).hasMessageContaining("has no tensor none");
    }
  }

  @Test
  void sortsAsTheReferenceDoes() throws IOException {
    Path file = folder.resolve("x");
    Tensor half = random(1, DType.F16, 1);
    new SafetensorsWriter()
        .tensor("\uff5e", half)
        .tensor("\ud83d\ude00", half)
        .tensor("b", half)
        .tensor("a", random(1, DType.BF16, 1))
        .tensor("z", random(1, DType.F64, 1))
        .write(file, false, Progress.NONE);
    try (Safetensors read = Safetensors.open(file)) {
      assertThat(read.entries().stream().map(TensorEntry::name))
          .containsExactly("z", "a", "b", "\uff5e", "\ud83d\ude00");
    }
  }

  @Test
  void refusesWhatTheFormatCantHold() {
    SafetensorsWriter writer = new SafetensorsWriter();
    MemorySegment bytes = MemorySegment.ofArray(new byte[3]);
    assertThatThrownBy(() -> writer.bytes("x", ElementType.F16, bytes, 2))
        .hasMessage("tensor x F16[2] has 3 bytes: expected 4");
    assertThatThrownBy(() -> writer.bytes("x", ElementType.F4, bytes, 5))
        .hasMessageContaining("20 bits are not whole bytes");
    assertThatThrownBy(() -> writer.bytes("x", ElementType.U8, bytes, -3))
        .hasMessageContaining("negative size -3");
    assertThatThrownBy(() -> writer.tensor("__metadata__", random(1, DType.F16, 1)))
        .hasMessageContaining("the format uses that");
    assertThatThrownBy(() -> writer.tensor("\ud83d", random(1, DType.F16, 1)))
        .hasMessageContaining("half a surrogate pair");
    assertThat(writer.names()).isEmpty();
    assertThatThrownBy(() -> writer.metadata(Map.of("k", "a\ud800b")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("metadata k: ")
        .hasMessageEndingWith("holds half a surrogate pair");
    assertThatThrownBy(() -> writer.metadata(Map.of("\udc00", "v")))
        .hasMessageEndingWith(": v holds half a surrogate pair");
  }
}
