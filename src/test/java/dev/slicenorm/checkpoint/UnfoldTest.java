package dev.slicenorm.checkpoint;

import static dev.slicenorm.checkpoint.TestFiles.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Unfolding, renaming and folding undo each other, to one ULP. */
class UnfoldTest {

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(DType.class)
  void unfoldThenFoldReturnsEachWeightWithinOneUlp(DType dtype) throws IOException {
    Path plain =
        TestFiles.write(
            folder.resolve("plain.safetensors"),
            "a.weight",
            random(1, dtype, 40, 30, 3),
            "b.weight",
            random(2, dtype, 30, 40),
            "c.weight",
            random(3, dtype, 5, 7),
            "d.bias",
            random(4, dtype, 9));
    List<Unfold.Rule> rules =
        List.of(
            new Unfold.Rule("b.*", OptionalInt.of(-1)),
            new Unfold.Rule("c.*", OptionalInt.empty()),
            new Unfold.Rule("*.weight", OptionalInt.of(0)));
    Path previous = plain;
    for (Naming naming : Naming.values()) {
      Path unfolded = folder.resolve(naming + ".safetensors");
      Path folded = folder.resolve(naming + "_folded.safetensors");
      try (Checkpoint in = Checkpoint.open(plain)) {
        Unfold unfold = Unfold.of(in, rules, name -> true, naming);
        assertThat(unfold.names()).containsExactlyInAnyOrder("a.weight", "b.weight", "c.weight");
        unfold.write(unfolded, false, Progress.NONE);
      }
      try (Checkpoint in = Checkpoint.open(unfolded)) {
        assertThat(WeightNormPairs.find(in).pairs())
            .map(pair -> pair.name() + " " + pair.keptAxis().orElse(-1))
            .containsExactlyInAnyOrder("a.weight 0", "b.weight 1", "c.weight -1");
        Fold.of(in).write(folded, false, Progress.NONE);
      }
      assertWithinOneUlp(plain, folded);
      previous = unfolded;
    }
    // The other naming is a renaming away, and nothing else.
    Path renamed = folder.resolve("renamed.safetensors");
    try (Checkpoint in = Checkpoint.open(folder.resolve("G_V.safetensors"))) {
      Renaming.of(in, name -> true, Naming.PARAMETRIZATIONS).write(renamed, false, Progress.NONE);
    }
    assertThat(renamed).hasSameBinaryContentAs(previous);
  }

  @Test
  void foldUnfoldFoldIsStable() throws IOException {
    Path once = folder.resolve("once.safetensors");
    Path unfolded = folder.resolve("unfolded.safetensors");
    Path twice = folder.resolve("twice.safetensors");
    try (Checkpoint in = Checkpoint.open(Golden.copy("ckpt_raw.safetensors", folder))) {
      Fold fold = Fold.of(in, name -> true, ZeroSlice.ZERO);
      fold.write(once, false, Progress.NONE);
      List<Unfold.Rule> rules =
          fold.pairs().stream().map(pair -> new Unfold.Rule(pair.name(), pair.keptAxis())).toList();
      try (Checkpoint folded = Checkpoint.open(once)) {
        Unfold.of(folded, rules, name -> true, Naming.G_V).write(unfolded, false, Progress.NONE);
      }
    }
    try (Checkpoint in = Checkpoint.open(unfolded)) {
      Fold.of(in).write(twice, false, Progress.NONE);
    }
    assertWithinOneUlp(once, twice);
  }

  @Test
  void refusesWhatCantBeUnfolded() throws IOException {
    Tensor large = Tensor.zeros(DType.F16, 2, 3);
    large.fill(60000);
    Path in =
        TestFiles.write(folder.resolve("in.safetensors"), "a.weight", large, "a.weight_g", large);
    Path out = folder.resolve("out.safetensors");
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      assertThatThrownBy(() -> unfold(checkpoint, 2, Naming.PARAMETRIZATIONS))
          .hasMessage("a.weight F16[2, 3] has no axis 2 to keep: expected -2 to 1");
      assertThatThrownBy(() -> unfold(checkpoint, 0, Naming.G_V))
          .hasMessageContaining("a.weight_g would be written twice");
      Unfold unfold = unfold(checkpoint, 0, Naming.PARAMETRIZATIONS);
      assertThatThrownBy(() -> unfold.write(out, false, Progress.NONE))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("which overflows F16");
      assertThat(out).doesNotExist();
    }
  }

  @Test
  void patternsMatchAsInAShell() {
    assertThat(NamePattern.matches("*.weight", "a.b.weight")).isTrue();
    assertThat(NamePattern.matches("a?b*c", "a.bxxcxc")).isTrue();
    assertThat(NamePattern.matches("", "")).isTrue();
    assertThat(NamePattern.matches("**", "")).isTrue();
    assertThat(NamePattern.matches("a*b", "ab.c")).isFalse();
    assertThat(NamePattern.matches("a.b", "axb")).isFalse();
    assertThat(NamePattern.matches("*a".repeat(50) + "b", "a".repeat(5000))).isFalse();
    assertThat(NamePattern.selecting(List.of("a*"), List.of("*b")).test("axc")).isTrue();
    assertThat(NamePattern.selecting(List.of("a*"), List.of("*b")).test("axb")).isFalse();
    assertThat(NamePattern.selecting(List.of(), List.of("*b")).test("x")).isTrue();
  }

  private static Unfold unfold(Checkpoint checkpoint, int axis, Naming naming)
      throws CheckpointException {
    List<Unfold.Rule> rules = List.of(new Unfold.Rule("*.weight", OptionalInt.of(axis)));
    return Unfold.of(checkpoint, rules, name -> true, naming);
  }

  private static void assertWithinOneUlp(Path expected, Path got) throws IOException {
    try (Checkpoint a = Checkpoint.open(expected);
        Checkpoint b = Checkpoint.open(got)) {
      CheckpointDifference difference = CheckpointDifference.of(a, b, name -> true);
      assertThat(difference.entries())
          .allSatisfy(entry ->
              assertThat(entry.values().orElseThrow().maxUlp()).as(entry.name()).isEqualTo(1));
    }
  }
}
