package dev.slicenorm.checkpoint;

import dev.slicenorm.norm.Axes;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A g and a v that stand for one plain weight.
 *
 * @param name the name of the plain weight
 * @param naming how g and v are named
 * @param g the magnitudes
 * @param v the directions
 * @param keptAxis the one axis along which g has a value each; empty if g is a single value for all
 *     of v, or has a value for each combination of indices of several axes
 */
public record WeightNormPair(String name, Naming naming, Stored g, Stored v, OptionalInt keptAxis) {

  /** {@return the axes that are reduced} */
  public Axes axes() {
    if (keptAxis.isPresent()) {
      return Axes.except(keptAxis.getAsInt());
    }
    long[] sizes = g.entry().shape();
    int[] kept = IntStream.range(0, sizes.length).filter(axis -> sizes[axis] != 1).toArray();
    return kept.length == 0 ? Axes.whole() : Axes.except(kept);
  }

  /**
   * {@return the pair that two tensors make}
   *
   * @throws CheckpointException if their shapes fit no axis, or if their elements can't be computed
   *     with
   */
  static WeightNormPair of(String name, Naming naming, Stored g, Stored v)
      throws CheckpointException {
    for (Stored part : new Stored[] {g, v}) {
      if (part.entry().type().dtype().isEmpty()) {
        throw new CheckpointException(
            "%s and %s can't be composed: %s has elements of type %s, expected F16, BF16, F32 or F64"
                .formatted(g, v, part.name(), part.entry().type()));
      }
    }
    Optional<OptionalInt> kept = keptAxis(g.entry().shape(), v.entry().shape());
    if (kept.isEmpty()) {
      throw new CheckpointException(
          "%s fits no axes of %s: expected v's size on some axes and 1 on the others, such as %s, or []"
              .formatted(g, v, Arrays.toString(fitting(g.entry(), v.entry()))));
    }
    return new WeightNormPair(name, naming, g, v, kept.get());
  }

  /**
   * {@return the shape that g has if it keeps one axis: the first that has as many, or the first}
   */
  private static long[] fitting(TensorEntry g, TensorEntry v) {
    long[] sizes = v.shape();
    long values = g.count();
    int kept =
        IntStream.range(0, sizes.length)
            .filter(axis -> sizes[axis] == values)
            .findFirst()
            .orElse(0);
    return IntStream.range(0, sizes.length).mapToLong(i -> i == kept ? sizes[i] : 1).toArray();
  }

  /**
   * {@return the one axis that a shape of g says is kept; empty inside for none or several, empty
   * outside if g fits no axes of v}
   *
   * <p>PyTorch keeps one axis, or all of v is one slice and g has rank 0. Jittor reduces one axis,
   * so that a kernel of rank 3 keeps two. A g of ones only keeps the first axis on which v has size
   * 1 too; whichever is chosen, the norm is that of the whole of v, so nothing hangs on it.
   */
  static Optional<OptionalInt> keptAxis(long[] g, long[] v) {
    if (g.length == 0) {
      return Optional.of(OptionalInt.empty());
    }
    if (g.length != v.length) {
      return Optional.empty();
    }
    int kept = 0;
    for (int axis = 0; axis < v.length; axis++) {
      if (g[axis] != 1 && g[axis] != v[axis]) {
        return Optional.empty();
      }
      kept += g[axis] == 1 ? 0 : 1;
    }
    if (kept > 1 && kept == v.length) {
      return Optional.empty(); // nothing is reduced: two tensors that only happen to be named so
    }
    boolean ones = kept == 0;
    OptionalInt first =
        IntStream.range(0, v.length).filter(axis -> ones ? v[axis] == 1 : g[axis] != 1).findFirst();
    return Optional.of(kept > 1 ? OptionalInt.empty() : first);
  }
}
