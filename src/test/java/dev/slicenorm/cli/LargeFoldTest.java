package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.checkpoint.Safetensors;
import dev.slicenorm.checkpoint.TensorEntry;
import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files far larger than the heap. The inputs are sparse, so making them costs nothing; {@code
 * -Dslicenorm.megabytes=6000} folds as much and says how fast that was beside a copy of the file.
 */
class LargeFoldTest {

  private static final long MEGABYTES = Long.getLong("slicenorm.megabytes", 192);

  @TempDir Path folder;

  @Test
  void foldsFarMoreThanTheHeapHolds() throws Exception {
    long rows = MEGABYTES * 1_000_000 / 4 / 1024 / 3;
    String header =
        "{"
            + entry("plain", 0, rows, 1024)
            + ","
            + entry("rows.weight_v", rows * 4096, rows, 1024)
            + ","
            + entry("columns.weight_v", rows * 8192, rows, 1024)
            + ","
            + entry("rows.weight_g", rows * 12288, rows, 1)
            + ","
            + entry("columns.weight_g", rows * 12292, 1, 1024)
            + "}";
    Path in = sparse("in.safetensors", header, rows * 12292 + 4096);
    Path out = folder.resolve("out.safetensors");
    long start = System.nanoTime();
    assertThat(Run.process("fold", in, "-o", out).waitFor()).isZero();
    double folding = (System.nanoTime() - start) / 1e9;
    try (Safetensors folded = Safetensors.open(out)) {
      assertThat(folded.entries().stream().map(TensorEntry::name))
          .containsExactly("columns.weight", "plain", "rows.weight");
    }
    start = System.nanoTime();
    Files.copy(in, out, StandardCopyOption.REPLACE_EXISTING);
    double copying = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "folded %d MB in %.1f s with a heap of 64 MB, copied in %.1f s%n",
        MEGABYTES, folding, copying);
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
