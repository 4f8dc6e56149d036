package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.slicenorm.checkpoint.Safetensors;
import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files far larger than the heap. {@code -Dslicenorm.megabytes=6000} folds as much, three times,
 * and says how fast that was beside copies of the file.
 */
class LargeFoldTest {

  private static final long MEGABYTES = Long.getLong("slicenorm.megabytes", 100);
  private static final long COLUMNS = 16384;
  private static final int ROUNDS = MEGABYTES < 1000 ? 1 : 3;

  @TempDir Path folder;

  /** How the megabytes are spread. */
  enum Contents {
    PAIRS_OF_64_MB(64L << 20, 0),
    ONE_PAIR_KEEPING_AXIS_0(Long.MAX_VALUE, 0),
    ONE_PAIR_KEEPING_AXIS_1(Long.MAX_VALUE, 1);

    private final long bytes;
    private final int axis;

    Contents(long bytes, int axis) {
      this.bytes = bytes;
      this.axis = axis;
    }
  }

  @ParameterizedTest
  @EnumSource
  void foldsFarMoreThanTheHeapHolds(Contents contents) throws Exception {
    Path in = filled(contents);
    Path out = folder.resolve("out.safetensors");
    for (int round = 0; round < ROUNDS; round++) {
      settle();
      long start = System.nanoTime();
      assertThat(Run.process("fold", in, "-o", out).waitFor()).isZero();
      double folding = (System.nanoTime() - start) / 1e9;
      check(in, out, contents.axis);
      // Deleted at once, so that the system stops writing it to the disk.
      Files.delete(out);
      settle();
      start = System.nanoTime();
      Files.copy(in, out);
      double copying = (System.nanoTime() - start) / 1e9;
      Files.delete(out);
      System.out.printf(
          Locale.ROOT,
          "%s: folded %d MB in %.1f s with a heap of 64 MB, copied in %.1f s: %.2f of the rate%n",
          contents,
          MEGABYTES,
          folding,
          copying,
          copying / folding);
    }
  }

  /** Pages that were freed a moment ago are cheap to get again: neither side is to have them. */
  private static void settle() throws InterruptedException {
    if (ROUNDS > 1) {
      Thread.sleep(5000);
    }
  }

  private Path filled(Contents contents) throws IOException {
    long pairs = Math.max(1, MEGABYTES * 1_000_000 / contents.bytes);
    long rows = MEGABYTES * 1_000_000 / pairs / 4 / COLUMNS;
    long slices = contents.axis == 0 ? rows : COLUMNS;
    StringBuilder header = new StringBuilder("{");
    long at = 0;
    for (int i = 0; i < pairs; i++) {
      long[] g = contents.axis == 0 ? new long[] {rows, 1} : new long[] {1, COLUMNS};
      header.append(i == 0 ? "" : ",");
      header.append(entry(i + ".weight_v", at, rows, COLUMNS)).append(',');
      at += 4 * rows * COLUMNS;
      header.append(entry(i + ".weight_g", at, g[0], g[1]));
      at += 4 * slices;
    }
    Path file = TestFiles.write(folder.resolve("in.safetensors"), header.append('}').toString(), 0);
    ByteBuffer block = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(1);
    while (block.hasRemaining()) {
      block.putFloat((float) random.nextGaussian());
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
      for (long left = at; left > 0; left -= block.limit()) {
        block.clear().limit((int) Math.min(block.capacity(), left));
        while (block.hasRemaining()) {
          channel.write(block);
        }
      }
      channel.force(true);
    }
    return file;
  }

  /** Elements from all over the last pair, against a plain loop in doubles. */
  private static void check(Path in, Path out, int axis) throws IOException {
    try (Safetensors before = Safetensors.open(in);
        Safetensors folded = Safetensors.open(out)) {
      String last = folded.entries().getLast().name();
      Tensor v = before.tensor(last + "_v");
      Tensor g = before.tensor(last + "_g");
      Tensor w = folded.tensor(last);
      assertThat(w.shape()).isEqualTo(v.shape());
      Random random = new Random(2);
      for (int i = 0; i < 5; i++) {
        long row = random.nextLong(v.size(0));
        long column = random.nextLong(COLUMNS);
        Tensor slice = axis == 0 ? v.select(0, row) : v.select(1, column);
        double squares = 0;
        for (long j = 0; j < slice.count(); j++) {
          squares += slice.get(j) * slice.get(j);
        }
        double magnitude = axis == 0 ? g.get(row, 0) : g.get(0, column);
        double expected = magnitude * v.get(row, column) / Math.sqrt(squares);
        assertThat(w.get(row, column))
            .isCloseTo(expected, offset((double) Math.ulp((float) expected)));
      }
    }
  }

  /** In doubles, as they are multiplied, A alone would be larger than the heap. */
  @Test
  void mergesAdaptersThatTheHeapCannotHold() throws Exception {
    Path base =
        sparse("base.safetensors", "{" + entry("x.weight", 0, 256, 65536) + "}", 256L * 65536 * 4);
    Path adapter = Files.createDirectory(folder.resolve("adapter"));
    Files.writeString(
        adapter.resolve("adapter_config.json"), "{\"peft_type\":\"LORA\",\"lora_alpha\":8}");
    Tensor b = TestFiles.random(1, DType.F32, 256, 256);
    Path parts =
        TestFiles.write(
            adapter.resolve("adapter_model.safetensors"),
            "base_model.model.x.lora_A.weight",
            Tensor.zeros(DType.F32, 256, 65536),
            "base_model.model.x.lora_B.weight",
            b);
    try (RandomAccessFile last = new RandomAccessFile(parts.toFile(), "rw")) {
      // A comes first: its last element, 1.
      last.seek(last.length() - 256 * 256 * 4 - 1);
      last.write(0x3f);
      last.seek(last.length() - 256 * 256 * 4 - 2);
      last.write(0x80);
    }
    Path out = folder.resolve("out.safetensors");
    assertThat(Run.process("merge", base, adapter, "-o", out).waitFor()).isZero();
    try (Safetensors merged = Safetensors.open(out)) {
      Tensor w = merged.tensor("x.weight");
      for (int row = 0; row < 256; row++) {
        assertThat(w.get(row, 65535)).isEqualTo((float) (b.get(row, 255) * 8 / 256));
        assertThat(w.get(row, 65534)).isZero();
      }
    }
  }

  @Test
  void readsTensorsBeyondTwoGigabytes() throws IOException {
    long count = 3L << 30;
    String header =
        "{\"a\":{\"dtype\":\"F16\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(count, 2 * count);
    Path file = sparse("huge.safetensors", header, 2 * count);
    try (RandomAccessFile end = new RandomAccessFile(file.toFile(), "rw")) {
      end.seek(end.length() - 1);
      end.write(0x3c);
    }
    try (Safetensors huge = Safetensors.open(file)) {
      assertThat(huge.tensor("a").get(count - 1)).isEqualTo(1.0);
      assertThat(huge.tensor("a").get(count - 2)).isZero();
    }
  }

  private Path sparse(String name, String header, long dataSize) throws IOException {
    Path file = TestFiles.write(folder.resolve(name), header, 0);
    try (RandomAccessFile grown = new RandomAccessFile(file.toFile(), "rw")) {
      grown.setLength(grown.length() + dataSize);
    }
    return file;
  }

  private static String entry(String name, long begin, long rows, long columns) {
    return "\"%s\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[%d,%d]}"
        .formatted(name, rows, columns, begin, begin + 4 * rows * columns);
  }
}
