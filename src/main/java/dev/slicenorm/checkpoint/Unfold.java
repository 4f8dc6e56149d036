package dev.slicenorm.checkpoint;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Replaces plain weights by the g and v that stand for them: {@code g = ‖w‖}, {@code v = w}, both
 * in the element type of w. The reverse of {@link Fold}, which gives each finite weight back within
 * 1 ULP.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="unfold"}
 */
public final class Unfold extends CheckpointChange {

  /**
   * Which weights are normalized along which axes.
   *
   * @param pattern the weights, as {@link NamePattern} has it
   * @param axes the axes that each norm reduces: PyTorch reads weights that keep one, {@code
   *     Axes.except(axis)}, or none, {@code Axes.whole()}; this library any
   */
  public record Rule(String pattern, Axes axes) {}

  private final List<String> names;

  private Unfold(Rewrite rewrite, List<String> names) {
    super(rewrite);
    this.names = names;
  }

  /**
   * {@return the unfolding of every weight that a rule matches}
   *
   * @param checkpoint the checkpoint, open until the result is written
   * @param rules for each weight the first rule that matches its name counts; without one it stays
   * @param naming how g and v are named
   * @throws CheckpointException if a weight has no such axis, or can't be computed with, or if the
   *     name of its g or v is taken
   */
  public static Unfold of(Checkpoint checkpoint, List<Rule> rules, Naming naming)
      throws CheckpointException {
    return of(checkpoint, rules, name -> true, naming);
  }

  /**
   * {@return the unfolding of some weights of a checkpoint}
   *
   * @param checkpoint the checkpoint, open until the result is written
   * @param rules for each weight the first rule that matches its name counts; without one it stays
   * @param selected which tensors the rules are asked about, by name
   * @param naming how g and v are named
   * @throws CheckpointException if a weight has no such axis, or can't be computed with, or if the
   *     name of its g or v is taken
   */
  public static Unfold of(
      Checkpoint checkpoint, List<Rule> rules, Predicate<String> selected, Naming naming)
      throws CheckpointException {
    Rewrite rewrite = new Rewrite(checkpoint, "unfold");
    List<String> names = new ArrayList<>();
    for (Stored tensor : checkpoint.tensors()) {
      Rule rule =
          rules.stream()
              .filter(r -> selected.test(tensor.name()))
              .filter(r -> NamePattern.matches(r.pattern(), tensor.name()))
              .findFirst()
              .orElse(null);
      if (rule == null) {
        rewrite.keep(tensor);
      } else {
        unfold(tensor, rule.axes(), naming, rewrite);
        names.add(tensor.name());
      }
    }
    return new Unfold(rewrite, List.copyOf(names));
  }

  private static void unfold(Stored w, Axes axes, Naming naming, Rewrite rewrite)
      throws CheckpointException {
    DType dtype =
        w.entry()
            .type()
            .dtype()
            .orElseThrow(() ->
                new CheckpointException(
                    w + " can't be unfolded: expected elements F16, BF16, F32 or F64"));
    rewrite.compute(
        w,
        naming.g(w.name()),
        w.entry().type(),
        magnitudeShape(w, axes, naming),
        sink -> writeNorms(w, axes, dtype, sink));
    rewrite.rename(w, naming.v(w.name()));
  }

  private static long[] magnitudeShape(Stored w, Axes axes, Naming naming)
      throws CheckpointException {
    long[] shape = axes.equals(Axes.whole()) ? new long[0] : keptShape(w, axes);
    String g = naming.g(w.name());
    if (!Naming.isTelling(g)
        && Arrays.stream(shape).reduce(1, (a, b) -> a * b) >= w.entry().count()) {
      throw new CheckpointException(
          "%s can't be unfolded %s: %s would have as many elements, so that nothing says that it is weight norm; expected other axes, or the naming %s"
              .formatted(w, axes, g, Naming.PARAMETRIZATIONS));
    }
    return shape;
  }

  private static long[] keptShape(Stored w, Axes axes) throws CheckpointException {
    long[] shape;
    try {
      shape = axes.keptShape(w.entry().shape());
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new CheckpointException(w + " can't be unfolded: " + e.getMessage(), e);
    }
    // Fold takes such a pair, as PyTorch does, but nobody means a norm for each number.
    boolean isOneNumberEach = shape.length == 1 && shape[0] > 1;
    if (isOneNumberEach || WeightNormPair.keptAxis(shape, w.entry().shape()).isEmpty()) {
      throw new CheckpointException(
          "%s can't be unfolded %s, which reduces nothing: expected at least one axis that isn't kept"
              .formatted(w, axes));
    }
    return shape;
  }

  private static void writeNorms(Stored w, Axes axes, DType dtype, TensorSink sink)
      throws IOException {
    Tensor norms = SliceNorms.l2(axes).of(w.tensor(), DType.F64);
    Tensor g = norms.to(dtype);
    double[] exact = norms.toDoubleArray();
    double[] rounded = g.toDoubleArray();
    for (int slice = 0; slice < exact.length; slice++) {
      if (Double.isInfinite(rounded[slice]) && Double.isFinite(exact[slice])) {
        throw new CheckpointException(
            "%s can't be unfolded %s: slice %d of %d has norm %s, which overflows %s"
                .formatted(w, axes, slice, exact.length, exact[slice], dtype));
      }
    }
    Content.of(g).writeTo(sink);
  }

  /** {@return the weights that are unfolded} */
  public List<String> names() {
    return names;
  }
}
