package dev.slicenorm.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Segments, buffers and mapped files: little-endian at any alignment, read-only or closed. */
class TensorMemoryTest {

  private static final Executor OTHER_THREAD = task -> Thread.ofPlatform().start(task);

  @ParameterizedTest
  @EnumSource(DType.class)
  void segmentsAreLittleEndianAtAnyAlignment(DType dtype) {
    double[] values = {1, -2, 0.5, 1024};
    int unit = dtype.byteSize();
    ByteBuffer expected = ByteBuffer.allocate(values.length * unit).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      switch (dtype) {
        case F32 -> expected.putFloat((float) value);
        case F64 -> expected.putDouble(value);
        case F16 -> expected.putShort(Float.floatToFloat16((float) value));
        case BF16 -> expected.putShort((short) (Float.floatToRawIntBits((float) value) >> 16));
      }
    }
    try (Arena arena = Arena.ofConfined()) {
      for (int shift = 0; shift < 9; shift++) {
        MemorySegment heap = MemorySegment.ofArray(new byte[64]).asSlice(shift, 4L * unit);
        MemorySegment off = arena.allocate(64).asSlice(shift, 4L * unit);
        for (MemorySegment segment : new MemorySegment[] {heap, off}) {
          Tensor tensor = Tensor.of(dtype, segment, 4);
          for (int i = 0; i < 4; i++) {
            tensor.set(values[i], i);
          }
          assertThat(segment.mismatch(MemorySegment.ofArray(expected.array())))
              .as("shift %s", shift)
              .isEqualTo(-1);
          assertThat(tensor.toDoubleArray()).isEqualTo(values);
          assertThat(tensor.flip(0).copy().toDoubleArray()).containsExactly(1024, 0.5, -2, 1);
          Tensor copy = Tensor.zeros(dtype, 4);
          copy.copyFrom(tensor);
          assertThat(copy.toDoubleArray()).isEqualTo(values);
        }
      }
    }
  }

  @Test
  void buffersAreReadFromPositionToLimit() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(24).order(ByteOrder.LITTLE_ENDIAN);
    buffer.position(3).limit(19);
    Tensor tensor = Tensor.of(DType.F32, buffer, 4);
    tensor.fill(1);
    assertThat(buffer.get(6)).isEqualTo((byte) 0x3F);
    assertThat(buffer.position()).isEqualTo(3);
    assertThatThrownBy(() -> Tensor.of(DType.F32, buffer, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("memory of 16 bytes: expected 20 bytes for F32[5]");
    assertThatThrownBy(() -> Tensor.of(DType.F32, buffer, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("memory of 16 bytes: expected 12 bytes for F32[3]");
  }

  /** Java's buffers start out so; to read them as little-endian would be silently wrong. */
  @Test
  void bigEndianBuffersAreRefused() {
    ByteBuffer buffer = ByteBuffer.allocate(8).putFloat(3).putFloat(4).flip();
    assertThatThrownBy(() -> Tensor.of(DType.F32, buffer, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "buffer of 8 bytes has byte order BIG_ENDIAN: expected LITTLE_ENDIAN");
  }

  @Test
  void readOnlyMemoryIsReadable() {
    Tensor tensor =
        Tensor.of(
            DType.F64,
            ByteBuffer.allocate(16).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN),
            2);
    assertThat(tensor.get(1)).isZero();
    assertThatThrownBy(() -> tensor.set(1, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("F64[2] lies in read-only memory and can't be written");
    assertThatThrownBy(() -> tensor.fill(1)).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 4, 7})
  void filesAreMappedAtAnyOffset(long offset, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("data.bin");
    ByteBuffer bytes = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 6; i++) {
      bytes.putFloat((int) offset + 4 * i, i);
    }
    Files.write(file, bytes.array());
    Tensor tensor;
    try (Arena arena = Arena.ofConfined()) {
      tensor = Tensor.map(file, offset, arena, DType.F32, 2, 3);
      assertThat(tensor.toFloatArray()).containsExactly(0, 1, 2, 3, 4, 5);
      assertThatThrownBy(() -> tensor.set(1, 0, 0)).hasMessageContaining("read-only");
      assertThatThrownBy(() -> Tensor.map(file, offset + 20, arena, DType.F32, 2, 3))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("has 40 bytes: expected at least " + (offset + 44));
      assertThatThrownBy(() -> Tensor.map(file, 0, arena, DType.F64, 1L << 61))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(
              "expected at least 9223372036854775807 for F64[2305843009213693952]");
      assertThatThrownBy(() -> Tensor.map(file, Long.MAX_VALUE, arena, DType.F32, 2))
          .hasMessageContaining("expected at least 9223372036854775815 for F32[2]");
      assertThatThrownBy(() -> Tensor.map(file, -1, arena, DType.F32, 2))
          .isInstanceOf(IOException.class)
          .hasMessage(file + " from offset -1: expected 0 or more");
      assertThatThrownBy(() -> Tensor.map(folder, 0, arena, DType.F32, 2))
          .isInstanceOf(IOException.class)
          .hasMessage(folder + " is a folder: expected a file");
    }
    assertThatThrownBy(tensor::copy)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("F32[2, 3] lies in memory that was freed: its arena is closed");
  }

  @Test
  void memoryOfAnotherThreadIsRefused() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor tensor = Tensor.of(DType.F32, arena.allocate(8), 2);
      assertThatThrownBy(() -> CompletableFuture.runAsync(tensor::copy, OTHER_THREAD).join())
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "F32[2] lies in memory that belongs to another thread: use a shared or automatic"
                  + " arena");
    }
    try (Arena arena = Arena.ofShared()) {
      Tensor tensor = Tensor.of(DType.F32, arena.allocate(8), 2);
      assertThat(CompletableFuture.supplyAsync(tensor::copy, OTHER_THREAD).join().toFloatArray())
          .containsExactly(0, 0);
    }
  }

  @Test
  void overlapIsSeenAcrossKindsOfMemory() {
    float[] array = new float[8];
    Tensor floats = Tensor.of(array, 8);
    Tensor bytes = Tensor.of(DType.F16, MemorySegment.ofArray(array).asSlice(8, 8), 4);
    assertThat(floats.overlaps(bytes)).isTrue();
    assertThat(floats.slice(0, 0, 2).overlaps(bytes)).isFalse();
    assertThat(floats.slice(0, 3, 4).overlaps(bytes)).isTrue();
    assertThat(floats.slice(0, 4, 8).overlaps(bytes)).isFalse();
    assertThat(Tensor.of(DType.F32, MemorySegment.ofArray(new float[8]), 8).overlaps(bytes))
        .isFalse();
  }

  @Test
  void positionsBeyondTheRangeOfAnIntReachTheirElement() throws IOException {
    // A sparse file holds a view of more than 2^31 elements without taking room or memory.
    Path file = Files.createTempFile("slicenorm", ".sparse");
    try (Arena arena = Arena.ofConfined();
        FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
      long rows = 3;
      long columns = 1L << 30;
      MemorySegment segment =
          channel.map(FileChannel.MapMode.READ_WRITE, 0, rows * columns * 2, arena);
      Tensor tensor = Tensor.of(DType.BF16, segment, rows, columns);
      tensor.set(5, 2, columns - 1);
      assertThat(segment.get(Memory.SHORT, (rows * columns - 1) * 2)).isEqualTo((short) 0x40A0);
      Tensor corner = tensor.slice(0, 2, 3).slice(1, columns - 2, columns);
      assertThat(corner.toFloatArray()).containsExactly(0, 5);
      assertThat(tensor.transpose().flip(0, 1).select(0, 0).toFloatArray())
          .containsExactly(5, 0, 0);
    } finally {
      Files.delete(file);
    }
  }
}
