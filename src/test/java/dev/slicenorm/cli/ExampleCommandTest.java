package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.WeightNormPairs;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's first command. */
class ExampleCommandTest {

  @TempDir private Path folder;

  @Test
  void everyCheckHolds() throws IOException {
    Run.Result result = Run.slicenorm("example", "-o", folder.resolve("new"));
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .contains("along [-1]", "along [0]", "except [0]", "except [1]", "whole")
        .contains("all 10 values the same to the bit (0 ULP): yes")
        .endsWith("All checks held." + System.lineSeparator())
        .matches("\\p{ASCII}*") // it is the first thing seen, and a container's locale may be C
        .doesNotContain("NO");
    assertThat(result.exitCode()).isEqualTo(ExitCode.OK);
    try (Checkpoint trained = Checkpoint.open(folder.resolve("new/trained.safetensors"));
        Checkpoint folded = Checkpoint.open(folder.resolve("new/folded.safetensors"))) {
      assertThat(WeightNormPairs.find(trained).pairs()).hasSize(5);
      assertThat(WeightNormPairs.find(folded).pairs()).isEmpty();
      assertThat(folded.tensors()).hasSize(8);
    }
  }

  @Test
  void replacesNothingUnasked() {
    assertThat(Run.slicenorm("example", "-o", folder).exitCode()).isEqualTo(ExitCode.OK);
    Run.Result second = Run.slicenorm("example", "-o", folder);
    assertThat(second.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(second.err()).contains("trained.safetensors is there already: --force replaces it");
    assertThat(Run.slicenorm("example", "-o", folder, "--force").exitCode()).isEqualTo(ExitCode.OK);
  }

  @Test
  void twoRunsPrintTheSame() {
    assertThat(Run.slicenorm("example").out()).isEqualTo(Run.slicenorm("example").out());
  }
}
