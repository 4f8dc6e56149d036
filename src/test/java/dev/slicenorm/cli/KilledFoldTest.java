package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.checkpoint.Safetensors;
import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A fold that is killed leaves the old file or the complete new one, and the next one tidies up
 * ({@code -Dslicenorm.kills=50} for more of them).
 */
class KilledFoldTest {

  private static final int KILLS = Integer.getInteger("slicenorm.kills", 4);
  private static final int PAIRS = 8;

  @TempDir Path folder;

  @Test
  void leavesTheOldFileOrTheCompleteNewOne() throws Exception {
    Path in = folder.resolve("in.safetensors");
    List<Object> tensors = new ArrayList<>();
    for (int i = 0; i < PAIRS; i++) {
      tensors.add("layer" + i + ".weight_g");
      tensors.add(TestFiles.random(i, DType.F32, 512, 1));
      tensors.add("layer" + i + ".weight_v");
      tensors.add(TestFiles.random(i, DType.F32, 512, 1024));
    }
    TestFiles.write(in, tensors.toArray());
    Path whole = folder.resolve("whole.safetensors");
    long start = System.nanoTime();
    assertThat(Run.process("fold", in, "-o", whole).waitFor()).isZero();
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);

    Random random = new Random(1);
    Path out = folder.resolve("out.safetensors");
    for (int kill = 0; kill < KILLS; kill++) {
      boolean old = random.nextBoolean();
      Files.deleteIfExists(out);
      if (old) {
        Files.copy(in, out);
      }
      Process process = Run.process("fold", in, "-o", out, "--force");
      // Most of that time is the start of the JVM; the end is where there is something to break.
      process.waitFor(millis / 2 + random.nextLong(millis), TimeUnit.MILLISECONDS);
      process.destroyForcibly().waitFor();
      if (Files.exists(out)) {
        boolean unchanged = old && Files.mismatch(in, out) == -1;
        assertThat(unchanged || Files.mismatch(whole, out) == -1).isTrue();
        Safetensors.open(out).close();
      } else {
        assertThat(old).isFalse();
      }
    }
    assertThat(Run.process("fold", in, "-o", out, "--force").waitFor()).isZero();
    assertThat(out).hasSameBinaryContentAs(whole);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(file -> file.toString().endsWith("-part"))).isEmpty();
    }
  }
}
