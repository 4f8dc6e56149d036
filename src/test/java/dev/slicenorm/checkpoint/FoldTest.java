package dev.slicenorm.checkpoint;

import static dev.slicenorm.checkpoint.TestFiles.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNorm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which tensors make a pair, what is refused, and that refusing leaves nothing behind. */
class FoldTest {

  @TempDir Path folder;

  @Test
  void derivesTheKeptAxis() {
    assertThat(kept(shape(), shape(4, 5))).isEqualTo(Optional.of(OptionalInt.empty()));
    assertThat(kept(shape(), shape())).isEqualTo(Optional.of(OptionalInt.empty()));
    assertThat(kept(shape(4, 1), shape(4, 5))).isEqualTo(axis(0));
    assertThat(kept(shape(1, 5), shape(4, 5))).isEqualTo(axis(1));
    assertThat(kept(shape(1, 4, 1), shape(4, 4, 4))).isEqualTo(axis(1));
    assertThat(kept(shape(1, 1, 1), shape(1, 8, 7))).isEqualTo(axis(0));
    assertThat(kept(shape(1, 1, 1), shape(8, 1, 7))).isEqualTo(axis(1));
    assertThat(kept(shape(5), shape(5))).isEqualTo(axis(0));
    assertThat(kept(shape(0, 1), shape(0, 3))).isEqualTo(axis(0));
    assertThat(kept(shape(1, 1), shape(4, 5))).isEqualTo(Optional.of(OptionalInt.empty()));
    assertThat(kept(shape(4, 3, 1), shape(4, 3, 5))).isEqualTo(Optional.of(OptionalInt.empty()));
    assertThat(kept(shape(4, 2, 1), shape(4, 3, 5))).isEmpty();
    assertThat(kept(shape(5, 1), shape(4, 5))).isEmpty();
    assertThat(kept(shape(4, 5), shape(4, 5))).isEmpty();
    assertThat(kept(shape(4), shape(4, 5))).isEmpty();
  }

  @Test
  void namesGoBothWays() {
    assertThat(Naming.G_V.g("a.weight")).isEqualTo("a.weight_g");
    assertThat(Naming.PARAMETRIZATIONS.v("a.weight"))
        .isEqualTo("a.parametrizations.weight.original1");
    assertThat(Naming.PARAMETRIZATIONS.g("weight")).isEqualTo("parametrizations.weight.original0");
    for (Naming naming : Naming.values()) {
      for (String name : List.of("weight", "a.weight", "a.b.weight_hh_l0")) {
        assertThat(naming.ofG(naming.g(name))).contains(name);
        assertThat(naming.ofV(naming.v(name))).contains(name);
      }
    }
    assertThat(Naming.PARAMETRIZATIONS.ofG("a.original0")).isEmpty();
    assertThat(Naming.PARAMETRIZATIONS.ofG("xparametrizations.weight.original0")).isEmpty();
    assertThat(Naming.G_V.ofG("_g")).isEmpty();
    assertThat(Naming.G_V.ofG("a._g")).isEmpty();
  }

  @Test
  void whatIsNoPairPassesThroughAndIsMentionedWhenItsNameSaysWeightNorm() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in.safetensors"),
            "a.weight_g",
            random(1, DType.F32, 3, 1),
            "b.weight_v",
            random(2, DType.F32, 3, 4),
            "c.parametrizations.weight.original1",
            random(3, DType.F32, 3, 4),
            "d.style_g",
            random(4, DType.F32, 3),
            "d.style_v",
            random(5, DType.F32, 3, 4),
            "e.time_maa_g",
            random(6, DType.F32, 1, 1, 5),
            "e.time_maa_v",
            random(7, DType.F32, 1, 1, 5),
            "lonely_v",
            random(8, DType.F32, 3));
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      Fold fold = Fold.of(checkpoint);
      assertThat(fold.pairs()).isEmpty();
      assertThat(fold.lone())
          .containsExactly(
              "a.weight_g F32[3, 1] (no a.weight_v)",
              "b.weight_v F32[3, 4] (no b.weight_g)",
              "c.parametrizations.weight.original1 F32[3, 4] (no"
                  + " c.parametrizations.weight.original0)",
              "d.style_g F32[3] (g has rank 1, v has rank 2)",
              "d.style_v F32[3, 4] (g has rank 1, v has rank 2)",
              "e.time_maa_g F32[1, 1, 5] (g has as many elements as v, and no name that only weight"
                  + " norm gives)",
              "e.time_maa_v F32[1, 1, 5] (g has as many elements as v, and no name that only weight"
                  + " norm gives)");
      Path out = folder.resolve("out.safetensors");
      fold.write(out, false, Progress.NONE);
      assertThat(out).hasSameBinaryContentAs(in);
    }
  }

  @Test
  void refusesAPairThatFitsNoAxis() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in.safetensors"),
            "a.weight_g",
            random(1, DType.F32, 5, 1),
            "a.weight_v",
            random(2, DType.BF16, 3, 4));
    assertRefused(
        in,
        "a.weight_g F32[5, 1] fits no axes of a.weight_v BF16[3, 4]: expected v's size on some"
            + " axes and 1 on the others, such as [3, 1], or []");
  }

  @Test
  void refusesAPairOfTwoRanksIfItsNameSaysWeightNorm() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in.safetensors"),
            "a.parametrizations.weight.original0",
            random(1, DType.F32, 4),
            "a.parametrizations.weight.original1",
            random(2, DType.F32, 3, 4),
            "b.weight_g",
            random(1, DType.F32, 3, 1),
            "b.weight_v",
            random(2, DType.F32, 3, 4));
    assertRefused(
        in,
        "a.parametrizations.weight.original0 F32[4] fits no axes of"
            + " a.parametrizations.weight.original1 F32[3, 4]: expected v's size on some axes and 1"
            + " on the others, such as [1, 4], or []");
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      assertThatThrownBy(() -> Renaming.of(checkpoint, Naming.G_V))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(in + ": a.parametrizations.weight.original0 F32[4] fits no axes");
      Predicate<String> selected = name -> !name.equals("a.weight");
      assertThat(Fold.of(checkpoint, selected, ZeroSlice.ZERO).pairs()).hasSize(1);
      Renaming renaming = Renaming.of(checkpoint, selected, Naming.PARAMETRIZATIONS);
      assertThat(renaming.pairs()).hasSize(1);
      assertThat(renaming.lone()).isEmpty();
    }
  }

  @Test
  void refusesAPairOfAnotherType() throws IOException {
    Path in = folder.resolve("in.safetensors");
    new SafetensorsWriter()
        .bytes("a.weight_g", ElementType.F8_E4M3, MemorySegment.ofArray(new byte[3]), 3, 1)
        .bytes("a.weight_v", ElementType.F8_E4M3, MemorySegment.ofArray(new byte[12]), 3, 4)
        .write(in, false, Progress.NONE);
    assertRefused(
        in,
        "a.weight_g F8_E4M3[3, 1] and a.weight_v F8_E4M3[3, 4] can't be composed: a.weight_g has"
            + " elements of type F8_E4M3");
  }

  @Test
  void refusesTwoSourcesOfOneName() throws IOException {
    Tensor g = random(1, DType.F32, 3, 1);
    Tensor v = random(2, DType.F32, 3, 4);
    assertRefused(
        TestFiles.write(
            folder.resolve("in.safetensors"), "a.weight", v, "a.weight_g", g, "a.weight_v", v),
        "fold to a.weight, but there is already a.weight F32[3, 4]");
    assertRefused(
        TestFiles.write(
            folder.resolve("in2.safetensors"),
            "a.weight_g",
            g,
            "a.weight_v",
            v,
            "a.parametrizations.weight.original0",
            g,
            "a.parametrizations.weight.original1",
            v),
        folder.resolve("in2.safetensors")
            + ": a.parametrizations.weight.original0 F32[3, 1] and"
            + " a.parametrizations.weight.original1 F32[3, 4] fold to a.weight, and so do"
            + " a.weight_g F32[3, 1] and a.weight_v F32[3, 4]: expected one of the pairs");
  }

  @Test
  void zeroSlicesFollowThePolicy() throws IOException {
    Tensor v = random(2, DType.F32, 3, 4);
    v.select(0, 1).fill(0);
    Path in =
        TestFiles.write(
            folder.resolve("in.safetensors"), "w_g", random(1, DType.F32, 3, 1), "w_v", v);
    Path out = folder.resolve("out.safetensors");
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      Fold.of(checkpoint).write(out, false, Progress.NONE);
      try (Safetensors folded = Safetensors.open(out)) {
        assertThat(folded.tensor("w").select(0, 1).toDoubleArray()).containsOnly(0.0);
      }
      assertThat(Fold.of(checkpoint, name -> false, ZeroSlice.ZERO).pairs()).isEmpty();
    }
  }

  @Test
  void replacesOnlyWhenTold() throws IOException {
    Path in = Golden.copy("ckpt_raw.safetensors", folder);
    Path out = Files.writeString(folder.resolve("out.safetensors"), "mine");
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      Fold fold = Fold.of(checkpoint);
      assertThatThrownBy(() -> fold.write(out, false, Progress.NONE))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThat(out).hasContent("mine");
      fold.write(out, true, Progress.NONE);
    }
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      // Onto itself: the input stays mapped, and whole, until it is closed.
      Fold.of(checkpoint).write(in, true, Progress.NONE);
    }
    assertThat(in).hasSameBinaryContentAs(out);
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void removesWhatADeadProcessLeft() throws IOException {
    Path stale =
        Files.writeString(folder.resolve(".x.safetensors.0123456789abcdef.slicenorm-part"), "part");
    Path in = Golden.copy("ckpt_raw.safetensors", folder);
    try (PendingFile live = PendingFile.create(folder.resolve("y.safetensors"), false);
        Checkpoint checkpoint = Checkpoint.open(in)) {
      assertThat(stale).doesNotExist();
      Fold.of(checkpoint).write(folder.resolve("out.safetensors"), false, Progress.NONE);
      assertThat(leftovers()).hasSize(1);
      live.commit();
    }
    assertThat(folder.resolve("y.safetensors")).exists();
  }

  @Test
  void windowsGiveTheSameBitsAsTheWhole() throws IOException {
    long window = TensorSink.WINDOW / 4;
    SafetensorsWriter writer = new SafetensorsWriter();
    List<Tensor> expected = new ArrayList<>();
    add(writer, expected, Axes.except(0), 3, window / 2 + 3); // two rows to a window
    add(writer, expected, Axes.except(0), 2, window + 3); // a row is more than a window
    add(writer, expected, Axes.whole(), window + 3);
    add(writer, expected, Axes.except(1), window / 2 + 3, 3); // slices over several windows
    add(writer, expected, Axes.except(1), 2, window + 3); // and more of them than fit
    add(writer, expected, Axes.except(1), 2, 3, window / 2 + 3); // reduced, kept, reduced
    add(writer, expected, Axes.along(2), 2, 3, window / 2 + 3); // two kept, the last reduced
    add(writer, expected, Axes.along(1), 2, 3, window / 2 + 3); // kept, reduced, kept
    Path in = folder.resolve("in.safetensors");
    writer.write(in, false, Progress.NONE);
    Path out = folder.resolve("out.safetensors");
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      Fold.of(checkpoint).write(out, false, Progress.NONE);
    }
    try (Safetensors folded = Safetensors.open(out)) {
      for (int i = 0; i < expected.size(); i++) {
        Tensor w = expected.get(i);
        Tensor got = folded.tensor("w" + i);
        assertThat(got.shape()).isEqualTo(w.shape());
        assertThat(Arrays.equals(got.toFloatArray(), w.toFloatArray())).as("w" + i).isTrue();
      }
    }
  }

  private static void add(SafetensorsWriter writer, List<Tensor> expected, Axes axes, long... shape)
      throws IOException {
    int seed = expected.size();
    Tensor v = random(seed, DType.F32, shape);
    Tensor g = random(100 + seed, DType.F32, axes.keptShape(shape));
    writer.tensor("w" + seed + "_g", g).tensor("w" + seed + "_v", v);
    expected.add(WeightNorm.of(axes).compose(v, g));
  }

  @Test
  void aRejectedSliceIsNamedByItsPlaceInTheTensor() throws IOException {
    Tensor v = random(1, DType.F32, 5, TensorSink.WINDOW / 8);
    v.select(0, 4).fill(0);
    Path in = TestFiles.write(folder.resolve("in"), "w_g", random(2, DType.F32, 5, 1), "w_v", v);
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      Fold fold = Fold.of(checkpoint, name -> true, ZeroSlice.REJECT);
      assertThatThrownBy(() -> fold.write(folder.resolve("out"), false, Progress.NONE))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(
              "v of w, F32[5, %d], except [0]: the slice at [4, 0]"
                  .formatted(TensorSink.WINDOW / 8));
    }
    assertThat(folder.resolve("out")).doesNotExist();
    assertThat(leftovers()).isEmpty();
  }

  /** What modules under weight norm save, and PyTorch does not. */
  @Test
  void foldsPairsThatKeepNoAxisOrSeveral() throws IOException {
    Tensor v = random(1, DType.F32, 4, 3, 5);
    Path in = folder.resolve("in.safetensors");
    Axes[] all = {Axes.whole(), Axes.along(-1), Axes.along(1), Axes.except(1)};
    SafetensorsWriter writer = new SafetensorsWriter();
    for (Axes axes : all) {
      writer.tensor(axes + "_g", random(2, DType.F32, axes.keptShape(v.shape())));
      writer.tensor(axes + "_v", v);
    }
    writer.write(in, false, Progress.NONE);
    Path out = folder.resolve("out.safetensors");
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      Fold.of(checkpoint).write(out, false, Progress.NONE);
    }
    try (Safetensors folded = Safetensors.open(out)) {
      for (Axes axes : all) {
        Tensor g = random(2, DType.F32, axes.keptShape(v.shape()));
        assertThat(folded.tensor(axes.toString()).toFloatArray())
            .isEqualTo(WeightNorm.of(axes).compose(v, g).toFloatArray());
      }
    }
  }

  private void assertRefused(Path in, String message) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      assertThatThrownBy(() -> Fold.of(checkpoint))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(message);
    }
  }

  private List<Path> leftovers() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith("-part")).toList();
    }
  }

  private static Optional<OptionalInt> kept(long[] g, long[] v) {
    return WeightNormPair.keptAxis(g, v);
  }

  private static Optional<OptionalInt> axis(int axis) {
    return Optional.of(OptionalInt.of(axis));
  }

  private static long[] shape(long... sizes) {
    return sizes;
  }

  @Test
  void leavesTensorsAloneThatAreCalledSoByChance() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in.safetensors"),
            "temp_g",
            Tensor.of(new float[] {5}),
            "temp_v",
            Tensor.of(new float[] {7}),
            "gate_g",
            Tensor.of(new float[] {5}),
            "gate_v",
            Tensor.of(new float[] {7}, 1),
            "pos_g",
            random(1, DType.F32, 2, 3),
            "pos_v",
            random(2, DType.F32, 4, 5),
            "c.weight_g",
            random(3, DType.F32, 3, 1),
            "c.weight_v",
            random(4, DType.F32, 3, 2));
    Path out = folder.resolve("out.safetensors");
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      Fold fold = Fold.of(checkpoint);
      assertThat(fold.pairs()).map(WeightNormPair::name).containsExactly("c.weight");
      assertThat(fold.lone()).hasSize(6).anyMatch(line -> line.contains("g fits no axes of v"));
      fold.write(out, false, Progress.NONE);
    }
    try (Safetensors folded = Safetensors.open(out)) {
      assertThat(folded.tensor("temp_v").item()).isEqualTo(7);
      assertThat(folded.tensor("gate_v").item()).isEqualTo(7);
      assertThat(folded.tensor("pos_g").shape()).containsExactly(2, 3);
    }
  }

  @Test
  void reportsNoNormOfAWeightThatIsNoNumber() throws IOException {
    float nan = Float.NaN;
    float infinite = Float.POSITIVE_INFINITY;
    Path in =
        TestFiles.write(
            folder.resolve("in.safetensors"),
            "a.weight_g",
            Tensor.of(new float[] {5, 2, 2, 2}, 4, 1),
            "a.weight_v",
            Tensor.of(new float[] {3, 4, nan, 1, infinite, 1, 0, 0}, 4, 2));
    Path out = folder.resolve("out.safetensors");
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      Fold.of(checkpoint).write(out, false, Progress.NONE);
      try (Checkpoint folded = Checkpoint.open(out)) {
        double[] ofPair = LayerNorms.of(checkpoint, name -> true).getFirst().weight();
        assertThat(ofPair).containsExactly(5, Double.NaN, Double.NaN, 0);
        assertThat(LayerNorms.of(folded, name -> true).getFirst().weight()).containsExactly(ofPair);
      }
    }
  }
}
