package dev.slicenorm.checkpoint;

import static dev.slicenorm.checkpoint.TestFiles.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What whoever watches a file being written is told, and may do. */
class ProgressTest {

  @TempDir Path folder;

  private Path pairs() throws IOException {
    return TestFiles.write(
        folder.resolve("in"),
        "a.weight_g",
        random(1, DType.F32, 600, 1),
        "a.weight_v",
        random(2, DType.F32, 600, 1000),
        "b",
        random(3, DType.F32, 5));
  }

  @Test
  void anUnchangedCheckpointIsReportedAsAnyOther() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in"), "a", random(1, DType.F32, 4), "b", random(2, DType.F32, 2));
    List<String> told = new ArrayList<>();
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      Fold.of(checkpoint)
          .write(
              folder.resolve("out"),
              false,
              (bytes, total, tensor) -> told.add(bytes + "/" + total + " " + tensor));
    }
    assertThat(told).containsExactly("0/24 a", "16/24 a", "16/24 b", "24/24 b");
    assertThat(folder.resolve("out")).hasSameBinaryContentAs(in);
  }

  @Test
  void whatItThrowsComesOutAsItIsAndNothingIsLeft() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(pairs())) {
      for (long most : new long[] {-1, 0, 1 << 20, 2 << 20}) {
        assertThatThrownBy(() ->
                Fold.of(checkpoint)
                    .write(
                        folder.resolve("out"),
                        false,
                        (bytes, total, tensor) -> {
                          if (bytes > most) {
                            throw new CancellationException("enough");
                          }
                        }))
            .isExactlyInstanceOf(CancellationException.class)
            .hasMessage("enough");
      }
    }
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(folder.resolve("in"));
    }
  }

  /** An interrupt closes the channel that all read from. */
  @Test
  void aCheckpointOutlivesAThreadThatIsInterrupted() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(pairs())) {
      Renaming renaming = Renaming.of(checkpoint, Naming.PARAMETRIZATIONS);
      Fold fold = Fold.of(checkpoint);
      Path reference = folder.resolve("reference");
      renaming.write(reference, false, Progress.NONE);
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> renaming.write(folder.resolve("out"), false, Progress.NONE))
          .isInstanceOf(IOException.class);
      assertThat(Thread.interrupted()).isTrue();
      renaming.write(folder.resolve("renamed"), false, Progress.NONE);
      assertThat(folder.resolve("renamed")).hasSameBinaryContentAs(reference);
      fold.write(folder.resolve("folded"), false, Progress.NONE);
    }
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
