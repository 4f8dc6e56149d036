package dev.slicenorm.checkpoint;

import static dev.slicenorm.checkpoint.TestFiles.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(DType.class)
  void whatIsWrittenIsReadBack(DType dtype) throws IOException {
    long[][] shapes = {{}, {3}, {4, 5}, {2, 3, 4}, {0, 3}};
    for (int i = 0; i < shapes.length; i++) {
      Tensor tensor = random(i, dtype, shapes[i]);
      Path file = folder.resolve(i + ".npy");
      Npy.write(file, tensor.transpose(), false);
      assertThat(Files.size(file) % 64)
          .isEqualTo(tensor.count() * (dtype == DType.BF16 ? 4 : dtype.byteSize()) % 64);
      try (Arena arena = Arena.ofConfined()) {
        Tensor read = Npy.map(file, arena);
        assertThat(read.shape()).isEqualTo(tensor.transpose().shape());
        assertThat(read.toDoubleArray()).isEqualTo(tensor.transpose().toDoubleArray());
        assertThat(read.dtype()).isEqualTo(dtype == DType.BF16 ? DType.F32 : dtype);
      }
    }
  }

  @Test
  void writesTheHeaderThatNumpyWrites() throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, random(1, DType.F32, 3), false);
    assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
        .startsWith(
            "\u0093NUMPY\u0001\u0000v\u0000{'descr': '<f4', 'fortran_order': False, 'shape': (3,),"
                + " }");
  }

  @Test
  void fortranOrderIsAView() throws IOException {
    Path file = folder.resolve("f.npy");
    write(file, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 24);
    try (Arena arena = Arena.ofConfined()) {
      Tensor read = Npy.map(file, arena);
      assertThat(read.shape()).containsExactly(2, 3);
      assertThat(read.layout().strides()).containsExactly(1, 2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '>f4', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 8), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,,), }",
        "{'descr': '<f4', 'fortran_order': 1, 'shape': (3,), }",
        "{'descr': '<f4', 'shape': (3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'x': 1}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,), }",
        "__import__('os')",
        ""
      })
  void refusesEverythingElse(String header) throws IOException {
    Path file = folder.resolve("bad.npy");
    write(file, header, 12);
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> Npy.map(file, arena))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(file.toString());
    }
  }

  @Test
  void refusesAFileThatIsCutAnywhere() throws IOException {
    Path whole = folder.resolve("whole.npy");
    Npy.write(whole, random(1, DType.F32, 3), false);
    byte[] bytes = Files.readAllBytes(whole);
    for (int length = 0; length < bytes.length; length++) {
      Path cut = Files.write(folder.resolve("cut.npy"), Arrays.copyOf(bytes, length));
      try (Arena arena = Arena.ofConfined()) {
        assertThatThrownBy(() -> Npy.map(cut, arena)).isInstanceOf(CheckpointException.class);
      }
    }
  }

  private static void write(Path file, String header, int dataSize) throws IOException {
    String start = "\u0093NUMPY\u0001\u0000" + (char) header.length() + "\u0000";
    Files.write(
        file, (start + header + "\u0000".repeat(dataSize)).getBytes(StandardCharsets.ISO_8859_1));
  }
}
