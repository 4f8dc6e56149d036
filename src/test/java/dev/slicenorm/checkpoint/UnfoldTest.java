package dev.slicenorm.checkpoint;

import static dev.slicenorm.checkpoint.TestFiles.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
            new Unfold.Rule("b.*", Axes.except(-1)),
            new Unfold.Rule("c.*", Axes.whole()),
            new Unfold.Rule("*.weight", Axes.except(0)));
    Path previous = plain;
    for (Naming naming : Naming.values()) {
      Path unfolded = folder.resolve(naming + ".safetensors");
      Path folded = folder.resolve(naming + "_folded.safetensors");
      try (Checkpoint in = Checkpoint.open(plain)) {
        Unfold unfold = Unfold.of(in, rules, naming);
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
      Renaming.of(in, Naming.PARAMETRIZATIONS).write(renamed, false, Progress.NONE);
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
          fold.pairs().stream().map(pair -> new Unfold.Rule(pair.name(), pair.axes())).toList();
      try (Checkpoint folded = Checkpoint.open(once)) {
        Unfold.of(folded, rules, Naming.G_V).write(unfolded, false, Progress.NONE);
      }
    }
    try (Checkpoint in = Checkpoint.open(unfolded)) {
      Fold.of(in).write(twice, false, Progress.NONE);
    }
    assertWithinOneUlp(once, twice);
  }

  /** What modules under Jittor's weight norm hold; sizes of 1 must not confuse the way back. */
  @Test
  void severalAxesMayBeKept() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in"),
            "a.weight",
            random(1, DType.F32, 4, 3, 5),
            "b.weight",
            random(2, DType.F32, 1, 3, 5),
            "c.weight",
            random(3, DType.F32, 4, 3, 1));
    for (Axes axes : new Axes[] {Axes.except(0, 1), Axes.except(-1, 0), Axes.along(0)}) {
      Path unfolded = folder.resolve("unfolded " + axes);
      Path folded = folder.resolve("folded " + axes);
      try (Checkpoint checkpoint = Checkpoint.open(in)) {
        unfold(checkpoint, axes, Naming.PARAMETRIZATIONS).write(unfolded, false, Progress.NONE);
      }
      try (Checkpoint checkpoint = Checkpoint.open(unfolded)) {
        long[] kept = axes.keptShape(4, 3, 5);
        assertThat(checkpoint.find(Naming.PARAMETRIZATIONS.g("a.weight")).orElseThrow().entry())
            .extracting(TensorEntry::shape)
            .isEqualTo(kept);
        Fold fold = Fold.of(checkpoint);
        assertThat(fold.pairs()).hasSize(3);
        fold.write(folded, false, Progress.NONE);
      }
      assertWithinOneUlp(in, folded);
    }
  }

  @Test
  void comparingSaysHowFarItIs() throws IOException {
    Tensor x = random(1, DType.F32, 70_000, 3);
    Tensor y = x.copy();
    y.set(7, 69_999, 2);
    Path a = TestFiles.write(folder.resolve("a"), "same", x, "x", x, "missing", x);
    Path b = TestFiles.write(folder.resolve("b"), "same", x, "x", y);
    List<Long> steps = new ArrayList<>();
    try (Checkpoint before = Checkpoint.open(a);
        Checkpoint after = Checkpoint.open(b)) {
      Progress progress =
          (bytes, total, tensor) -> {
            assertThat(total).isEqualTo(2 * 840_000);
            steps.add(bytes);
          };
      CheckpointDifference.of(before, after, name -> !name.equals("missing"), progress);
    }
    assertThat(steps).startsWith(0L, 840_000L).hasSizeGreaterThan(4);
    assertThat(steps.getLast()).isGreaterThan(840_000 + 700_000);
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
          .hasMessage(
              "a.weight F16[2, 3] can't be unfolded: except [2] for a tensor of rank 2: axis 2 does"
                  + " not exist, expected -2 to 1");
      assertThatThrownBy(() -> unfold(checkpoint, Axes.except(0, -1), Naming.G_V))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("unfolded except [0, -1], which reduces nothing");
      assertThatThrownBy(() -> unfold(checkpoint, Axes.except(1, -1), Naming.G_V))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("axis 1 is named twice");
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
    assertThat(NamePattern.matches("a?b", "a\ud83d\ude00b")).as("one character").isTrue();
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
    return unfold(checkpoint, Axes.except(axis), naming);
  }

  private static Unfold unfold(Checkpoint checkpoint, Axes axes, Naming naming)
      throws CheckpointException {
    List<Unfold.Rule> rules = List.of(new Unfold.Rule("*.weight", axes));
    return Unfold.of(checkpoint, rules, naming);
  }

  private static void assertWithinOneUlp(Path expected, Path got) throws IOException {
    try (Checkpoint a = Checkpoint.open(expected);
        Checkpoint b = Checkpoint.open(got)) {
      CheckpointDifference difference = CheckpointDifference.of(a, b);
      assertThat(difference.entries())
          .allSatisfy(entry ->
              assertThat(entry.values().orElseThrow().maxUlp()).as(entry.name()).isEqualTo(1));
    }
  }

  @Test
  void refusesWhatWouldNotBeFoldedBack() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in.safetensors"),
            "norm.weight",
            random(1, DType.F32, 4),
            "emb",
            random(2, DType.F32, 3, 1));
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      assertThatThrownBy(() -> unfold(checkpoint, "norm.weight", Naming.PARAMETRIZATIONS))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("norm.weight F32[4] can't be unfolded")
          .hasMessageContaining("reduces nothing");
      assertThatThrownBy(() -> unfold(checkpoint, "emb", Naming.G_V))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("emb F32[3, 1] can't be unfolded")
          .hasMessageContaining("expected other axes, or the naming PARAMETRIZATIONS");
      Path out = folder.resolve("out.safetensors");
      unfold(checkpoint, "emb", Naming.PARAMETRIZATIONS).write(out, false, Progress.NONE);
      try (Checkpoint unfolded = Checkpoint.open(out)) {
        assertThat(Fold.of(unfolded).pairs()).map(WeightNormPair::name).containsExactly("emb");
      }
    }
  }

  private static Unfold unfold(Checkpoint checkpoint, String name, Naming naming)
      throws CheckpointException {
    return Unfold.of(checkpoint, List.of(new Unfold.Rule(name, Axes.except(0))), naming);
  }
}
