package dev.slicenorm.checkpoint;

import dev.slicenorm.norm.Axes;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A g and a v that stand for one plain weight.
 *
 * @param name the name of the plain weight
 * @param naming how g and v are named
 * @param g the magnitudes
 * @param v the directions
 * @param keptAxis the axis along which g has a value each; empty if g is a single value for all of
 *     v
 */
public record WeightNormPair(String name, Naming naming, Stored g, Stored v, OptionalInt keptAxis) {

  /** {@return the axes that are reduced} */
  public Axes axes() {
    return keptAxis.isPresent() ? Axes.except(keptAxis.getAsInt()) : Axes.whole();
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
          "%s fits no axis of %s: expected its size on one axis and 1 on the others, or rank 0"
              .formatted(g, v));
    }
    return new WeightNormPair(name, naming, g, v, kept.get());
  }

  /**
   * {@return the axis that a shape of g says is kept; outer empty if it fits none}
   *
   * <p>Rank 0 keeps none. Otherwise g has the size of v on the kept axis and 1 on the others. A g
   * of ones only keeps the first axis on which v has size 1 too; whichever is chosen, the norm is
   * that of the whole of v, so nothing hangs on it.
   */
  static Optional<OptionalInt> keptAxis(long[] g, long[] v) {
    if (g.length == 0) {
      return Optional.of(OptionalInt.empty());
    }
    for (int axis = 0; axis < g.length && g.length == v.length; axis++) {
      long[] expected = new long[v.length];
      Arrays.fill(expected, 1);
      expected[axis] = v[axis];
      if (Arrays.equals(g, expected)) {
        return Optional.of(OptionalInt.of(axis));
      }
    }
    return Optional.empty();
  }
}
