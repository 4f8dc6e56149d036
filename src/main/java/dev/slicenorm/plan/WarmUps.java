package dev.slicenorm.plan;

import static dev.slicenorm.kernel.ReductionOrder.LANES;

import dev.slicenorm.kernel.SliceKernel;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A {@link WarmUp} for each way through the kernels, as far as work, shape and element type decide
 * it. What turns out to be two ways is warmed up as one, and its second loop starts as slowly as it
 * would without.
 */
final class WarmUps {

  /** Shapes of rows, and of narrow and of wide columns, four of each. */
  private static final int SHAPES = 12;

  /** Operand 0 is read where it lies. */
  static final int IN_PLACE = 0;

  /** It is read where it lies, and results go to the same array. */
  static final int REPLACED = 1;

  /** It is copied from arrays at other steps, or from memory that is no array of its type. */
  static final int PACKED = 2;

  /** It is widened from an array of F16. */
  static final int FLOAT16 = 3;

  /** It is widened from an array of BF16. */
  static final int BFLOAT16 = 4;

  private static final int SOURCES = 5;

  private static final Map<Work, AtomicReferenceArray<WarmUp>> MADE = new EnumMap<>(Work.class);

  static {
    for (Work work : Work.values()) {
      MADE.put(work, new AtomicReferenceArray<>(2 * SHAPES * SOURCES));
    }
  }

  private WarmUps() {}

  /**
   * {@return which of the loops of a kernel a plan leads to}
   *
   * <p>Rows: of one vector at most, of one group of lanes, of whole groups, of others. Columns: of
   * eight rows that are summed at once, of four groups of lanes at most, of eight that are folded
   * in registers, of more; each narrow or wide.
   *
   * @param isRows whether slices are rows
   * @param length elements of a slice
   * @param columns neighbouring slices
   */
  static int shape(boolean isRows, long length, long columns) {
    if (isRows) {
      if (length > LANES) {
        return length % LANES == 0 ? 3 : 2;
      }
      return length > 8 ? 1 : 0;
    }
    int first = columns > SliceKernel.NARROW ? 8 : 4;
    if (length > 4 * LANES) {
      return first + (length < 9 * LANES ? 2 : 3);
    }
    return first + (length > 8 ? 1 : 0);
  }

  /** {@return whether a walk with all its operands can be done by vectors without being slow} */
  static boolean areOver(Walk<?> walk, Work work) {
    // No kernel has vectors for columns where any order will do: those are plain loops anyway.
    return of(walk, work).isOver() || (work.isAnyOrder() && !walk.plan().isRows());
  }

  /** {@return the warm-up of what a walk with all its operands does} */
  static WarmUp of(Walk<?> walk, Work work) {
    int way = walk.plan().shape() * SOURCES + walk.source();
    return at(2 * way + (walk.isWide() ? 1 : 0), Objects.requireNonNull(MADE.get(work), "work"));
  }

  private static WarmUp at(int way, AtomicReferenceArray<WarmUp> made) {
    WarmUp present = made.get(way);
    if (present == null) {
      made.compareAndSet(way, null, new WarmUp());
      present = made.get(way);
    }
    return present;
  }
}
