package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.checkpoint.Golden;
import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldCommandTest {

  @TempDir Path folder;

  @Test
  void foldsAndSaysSoInOneLine() {
    Path in = Golden.copy("ckpt_raw.safetensors", folder);
    Path out = folder.resolve("out.safetensors");
    Run.Result result = Run.slicenorm("fold", in, "-o", out);
    assertThat(result)
        .isEqualTo(
            new Run.Result(
                0, "folded 18 pairs, kept 30 tensors, 65.8 kB, wrote " + out + "\n", ""));
    assertThat(out).exists();

    Run.Result again = Run.slicenorm("fold", in, "-o", out);
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.err())
        .isEqualTo("slicenorm: " + out + " is there already: --force replaces it\n");
    assertThat(Run.slicenorm("fold", in, "-o", out, "--force").exitCode()).isZero();
  }

  @Test
  void aDryRunWritesNothing() {
    Path in = Golden.copy("ckpt_raw.safetensors", folder);
    Path out = folder.resolve("out.safetensors");
    Run.Result result = Run.slicenorm("fold", in, "--dry-run", "-o", out);
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("would fold 18 pairs, keep 30 tensors, 65.8 kB\n");
    assertThat(out).doesNotExist();
  }

  @Test
  void mentionsLoneParameters() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in.safetensors"), "a.weight_g", TestFiles.random(1, DType.F32, 3, 1));
    assertThat(Run.slicenorm("fold", in, "--dry-run").out())
        .contains("in no pair, kept: a.weight_g F32[3, 1] (no a.weight_v)");
  }

  @Test
  void aPairThatDoesNotFitIsRefusedUnlessExcluded() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in.safetensors"),
            "x.weight_g",
            TestFiles.random(1, DType.F32, 2),
            "x.weight_v",
            TestFiles.random(2, DType.F32, 2, 2));
    assertRefused(
        Run.slicenorm("fold", in, "--dry-run"),
        "x.weight_g F32[2] fits no axes of x.weight_v F32[2, 2]: expected v's size on some axes and"
            + " 1 on the others, such as [2, 1], or []");
    assertThat(Run.slicenorm("fold", in, "--dry-run", "--exclude", "x.weight").out())
        .isEqualTo("nothing to fold in " + in + ", keep 2 tensors, 24 B\n");
  }

  @Test
  void badInputIsOneLineAndExitCodeTwo() throws IOException {
    Path out = folder.resolve("out.safetensors");
    Path bad =
        TestFiles.write(
            folder.resolve("in.safetensors"),
            "a.weight_g",
            TestFiles.random(1, DType.F32, 5, 1),
            "a.weight_v",
            TestFiles.random(2, DType.F32, 3, 4));
    assertRefused(Run.slicenorm("fold", bad, "-o", out), "a.weight_g F32[5, 1] fits no axes");
    Path text = Files.writeString(folder.resolve("text"), "this is no safetensors file");
    assertRefused(Run.slicenorm("fold", text, "-o", out), "is this a safetensors file?");
    Path zip = Files.writeString(folder.resolve("model.pt"), "PK\3\4\0\0\b\b");
    assertRefused(Run.slicenorm("fold", zip, "-o", out), "zip archive, as PyTorch's pickle files");
    assertRefused(Run.slicenorm("fold", folder.resolve("none"), "-o", out), "no such file");
    assertRefused(Run.slicenorm("fold", folder, "-o", out), "no model.safetensors.index.json");
    assertRefused(Run.slicenorm("fold", bad), "where to?");
    assertRefused(Run.slicenorm("fold"), "Missing required parameter");
    assertRefused(Run.slicenorm(), "which command? expected one of inspect, fold, unfold");
    assertRefused(Run.slicenorm("--nonsense"), "Unknown option: '--nonsense'");
    assertRefused(Run.slicenorm("flod", bad), "no command 'flod': expected one of inspect, fold");
    assertRefused(Run.slicenorm("fold", bad, "--nonsense"), "--nonsense");
    assertThat(out).doesNotExist();
  }

  @Test
  void inspectListsPairsAxesAndZeroSlices() throws IOException {
    Path in = Golden.copy("ckpt_raw.safetensors", folder);
    Run.Result result = Run.slicenorm("inspect", in);
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("v of wav2vec2.encoder.pos_conv_embed.conv.weight, except [2]")
        .contains("v of whole.weight, whole")
        .contains("66 tensors, 18 pairs of weight norm");
  }

  private static void assertRefused(Run.Result result, String message) {
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("slicenorm: ").contains(message).hasLineCount(1);
    assertThat(result.out()).isEmpty();
  }
}
