package dev.slicenorm.plan;

import static dev.slicenorm.kernel.ReductionOrder.BLOCK;

import dev.slicenorm.event.Events;
import dev.slicenorm.kernel.LoneSlices;
import dev.slicenorm.kernel.Term;
import dev.slicenorm.loop.LoopNest;
import dev.slicenorm.tensor.Layout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How the slices of one or more tensors of equal shape are walked.
 *
 * <p>Axes of size 1 are dropped and neighbouring axes merged, the kept ones and the reduced ones
 * each among themselves; the reduced axes keep their order, because it is the order of summation.
 * One kept axis is chosen as the <em>run</em>, whose slices are handled together; the other kept
 * axes are walked around it.
 *
 * <p>There are two orientations. <b>Rows</b>: the elements of a slice lie closer together than
 * neighbouring slices do, so each slice is reduced by itself. <b>Columns</b>: neighbouring slices
 * lie closer, so the run is reduced together, one whole row of it after the other. In either, an
 * operand whose innermost step is 1 in a Java array of the right type is read and written in place;
 * any other is packed, a tile at a time, into scratch memory, and the same kernel runs on that.
 */
public final class SlicePlan {

  /** Which elements lie next to each other. */
  public enum Orientation {
    /** Those of one slice. */
    ROWS,
    /** Those of neighbouring slices. */
    COLUMNS
  }

  /** Slices per chunk, at most. */
  static final int CHUNK_SLICES = 4096;

  /**
   * Elements per chunk that are read once, where rows are short enough. Kernels read rows at some
   * places in the chunk, and from memory the longer the ways from there the better: 4096 rows of
   * 4096 on Zen 5 take 1.65 ms this way, and 1.8 by as many as {@link #REREAD_ELEMENTS}. With 256
   * bits it is 1.5 and 1.65, but 1024 rows of 1024, which stay in a cache, take 67 and 62 µs.
   */
  private static final int CHUNK_ELEMENTS = 1 << 20;

  /** Elements per chunk that are read again, to be scaled. */
  private static final int REREAD_ELEMENTS = 1 << 17;

  private final LoopNest outer;
  private final LoopNest reduced;
  private final Orientation orientation;
  private final long length;
  private final long runSize;
  private final long[] runStrides;
  private final boolean[] unitStep;
  private final int chunkSize;
  private final int loneRowLength;
  private final int shape;

  /** The axes that are kept, if this is a plan for norms of a few slices. */
  private final @Nullable LoopNest keptByFew;

  private boolean isWalkedOnce;
  private @Nullable LoneSlices fewSlices;

  private SlicePlan(LoopNest kept, LoopNest reduced, int full, int operands, boolean few) {
    this.reduced = reduced;
    this.length = reduced.count();
    int closest = closest(kept);
    int last = reduced.rank() - 1;
    long rowStep = last < 0 ? Long.MAX_VALUE : Math.abs(reduced.stride(0, last));
    long columnStep = closest < 0 ? Long.MAX_VALUE : Math.abs(kept.stride(0, closest));
    boolean columns = columnStep < rowStep && length > 1;
    this.orientation = columns ? Orientation.COLUMNS : Orientation.ROWS;
    int run = columns ? closest : longest(kept);
    this.outer = run < 0 ? kept : kept.without(run);
    this.runSize = run < 0 ? 1 : kept.size(run);
    this.runStrides = new long[operands];
    for (int operand = 0; operand < operands; operand++) {
      runStrides[operand] = run < 0 ? 0 : kept.stride(operand, run);
    }
    this.unitStep = new boolean[full];
    for (int operand = 0; operand < full; operand++) {
      unitStep[operand] =
          columns
              ? runStrides[operand] == 1
              : last < 0 || (last == 0 && reduced.stride(operand, 0) == 1);
    }
    int elements = full == 1 ? CHUNK_ELEMENTS : REREAD_ELEMENTS;
    long most = columns ? CHUNK_SLICES : elements / Math.max(length, 1);
    this.chunkSize = (int) Math.min(Math.clamp(most, 1, CHUNK_SLICES), runSize);
    boolean isLoneRow = !columns && unitStep[0] && slices() == 1 && length > 0 && length <= BLOCK;
    this.loneRowLength = isLoneRow ? (int) length : 0;
    this.shape = WarmUps.shape(!columns, length, runSize);
    this.keptByFew = few && !isLoneRow ? kept : null;
  }

  /**
   * {@return the plan for some tensors}
   *
   * @param reducedAxes for each axis, whether it is reduced
   * @param full the layouts of tensors of the full shape; the first one decides the orientation
   * @param perSlice the layouts of tensors with size 1 on every reduced axis
   */
  public static SlicePlan of(boolean[] reducedAxes, Layout[] full, Layout[] perSlice) {
    SlicePlan plan = unrecorded(reducedAxes, full, perSlice);
    Events.planMade(plan.orientation, plan.slices(), plan.length, plan, full);
    return plan;
  }

  /** {@return such a plan, of which a flight recorder is not told} */
  static SlicePlan unrecorded(boolean[] reducedAxes, Layout[] full, Layout[] perSlice) {
    int rank = reducedAxes.length;
    int operands = full.length + perSlice.length;
    int reducedRank = 0;
    for (boolean reduced : reducedAxes) {
      reducedRank += reduced ? 1 : 0;
    }
    long[] keptSizes = new long[rank - reducedRank];
    long[] reducedSizes = new long[reducedRank];
    long[][] keptStrides = new long[operands][rank - reducedRank];
    long[][] reducedStrides = new long[full.length][reducedRank];
    int kept = 0;
    int reduced = 0;
    for (int axis = 0; axis < rank; axis++) {
      if (reducedAxes[axis]) {
        reducedSizes[reduced] = full[0].size(axis);
        for (int operand = 0; operand < full.length; operand++) {
          reducedStrides[operand][reduced] = full[operand].stride(axis);
        }
        reduced++;
      } else {
        keptSizes[kept] = full[0].size(axis);
        for (int operand = 0; operand < operands; operand++) {
          Layout layout = operand < full.length ? full[operand] : perSlice[operand - full.length];
          keptStrides[operand][kept] = layout.stride(axis);
        }
        kept++;
      }
    }
    LoopNest keptNest = LoopNest.of(keptSizes, keptStrides);
    LoopNest reducedNest = LoopNest.of(reducedSizes, reducedStrides);
    boolean few =
        full.length == 1
            && perSlice.length == 1
            && FewSlices.fit(keptNest, reducedNest)
            && !perSlice[0].overlapsItself();
    return new SlicePlan(keptNest, reducedNest, full.length, operands, few);
  }

  private static int closest(LoopNest nest) {
    int best = -1;
    for (int axis = 0; axis < nest.rank(); axis++) {
      if (best < 0 || Math.abs(nest.stride(0, axis)) < Math.abs(nest.stride(0, best))) {
        best = axis;
      }
    }
    return best;
  }

  /** {@return the longest axis, or -1 if there is none} */
  static int longest(LoopNest nest) {
    int best = -1;
    for (int axis = 0; axis < nest.rank(); axis++) {
      if (best < 0 || nest.size(axis) > nest.size(best)) {
        best = axis;
      }
    }
    return best;
  }

  /** {@return which elements lie next to each other} */
  public Orientation orientation() {
    return orientation;
  }

  /** {@return which of the loops of a kernel this leads to: see {@link WarmUps#shape}} */
  int shape() {
    return shape;
  }

  /** {@return whether the elements of one slice lie next to each other} */
  boolean isRows() {
    return orientation == Orientation.ROWS;
  }

  /** {@return the elements of the only slice if they are neighbours and one block at most, or 0} */
  public int loneRowLength() {
    return loneRowLength;
  }

  /**
   * {@return the slices, if they are few and short, with norms at different places}
   *
   * <p>Made when {@link #walkInstead} was called twice: of layouts that take turns, none would be
   * used.
   */
  public @Nullable LoneSlices fewSlices() {
    return fewSlices;
  }

  /**
   * Says that a call with this plan has no {@link #fewSlices}, or can't use them.
   *
   * @param term what such calls make of a slice, always the same
   */
  public void walkInstead(Term term) {
    if (keptByFew != null && fewSlices == null) {
      // Threads may race to set it: each sets the same.
      if (isWalkedOnce) {
        fewSlices = FewSlices.of(term, keptByFew, reduced);
      }
      isWalkedOnce = true;
    }
  }

  /** {@return whether rows of an operand across {@code count} slices follow without a gap} */
  boolean isAdjacent(int operand, int count) {
    return count == runSize
        && runStrides[operand] == 1
        && reduced.rank() <= 1
        && innerStep(operand) == runSize;
  }

  /** {@return whether so many slices of the run lie within the reach of an {@code int}} */
  boolean runFitsInt(int operand, int count) {
    return Math.abs(runStrides[operand]) <= Integer.MAX_VALUE / Math.max(count, 1);
  }

  /** {@return the number of operands of the full shape} */
  int fullOperands() {
    return unitStep.length;
  }

  /** Fills in where elements of a slice lie, relative to its start. */
  void fillStarts(int operand, long from, int count, int[] starts) {
    if (reduced.rank() == 1) {
      long step = reduced.stride(operand, 0);
      long start = from * step;
      for (int element = 0; element < count; element++, start += step) {
        starts[element] = (int) start;
      }
      return;
    }
    for (int element = 0; element < count; element++) {
      starts[element] = (int) reduced.position(operand, from + element);
    }
  }

  /** {@return the number of slices} */
  public long slices() {
    return outer.count() * runSize;
  }

  /** {@return the number of elements of a slice} */
  public long length() {
    return length;
  }

  /** {@return how many slices lie along the run} */
  long runSize() {
    return runSize;
  }

  /** {@return how many runs there are} */
  long runs() {
    return outer.count();
  }

  /** {@return whether each run is one chunk, and runs lie {@link #outerStep} apart} */
  boolean hasEvenRuns() {
    return outer.rank() == 1 && chunkSize == runSize;
  }

  /** {@return how far an operand moves from one run to the next, where {@link #hasEvenRuns}} */
  long outerStep(int operand) {
    return outer.stride(operand, 0);
  }

  /** {@return how many neighbouring slices a walk takes at a time, at most} */
  int chunkSize() {
    return chunkSize;
  }

  /** {@return how far an operand moves from one slice of the run to the next} */
  long runStride(int operand) {
    return runStrides[operand];
  }

  /** {@return how far an operand has moved at the start of a run} */
  long runStart(int operand, long run) {
    return outer.position(operand, run);
  }

  /** {@return how far a full operand has moved at an element of a slice} */
  long elementStart(int operand, long element) {
    return reduced.position(operand, element);
  }

  /**
   * {@return how many elements follow one another with the same step, up to the end of the slice}
   */
  long innerSize() {
    return reduced.rank() == 0 ? 1 : reduced.size(reduced.rank() - 1);
  }

  /** {@return the step between such elements} */
  long innerStep(int operand) {
    return reduced.rank() == 0 ? 1 : reduced.stride(operand, reduced.rank() - 1);
  }

  /** {@return whether all elements of a slice lie {@link #innerStep} apart} */
  boolean hasEvenStep() {
    return reduced.rank() <= 1;
  }

  /** {@return how many runs of elements follow one another with the same step} */
  long nextSize() {
    return reduced.rank() < 2 ? 1 : reduced.size(reduced.rank() - 2);
  }

  /** {@return the step between the starts of such runs} */
  long nextStep(int operand) {
    return reduced.rank() < 2 ? 0 : reduced.stride(operand, reduced.rank() - 2);
  }

  /** {@return whether elements of the following runs lie between those of one} */
  boolean isInterleaved(int operand) {
    return reduced.rank() >= 2
        && nextSize() > 1
        && Math.abs(nextStep(operand)) * 2 <= Math.abs(innerStep(operand));
  }

  /** {@return whether an operand is a full one and moves by 1 where its elements lie closest} */
  boolean hasUnitStep(int operand) {
    return operand < unitStep.length && unitStep[operand];
  }

  /** {@return the plan in words} */
  @Override
  public String toString() {
    return "%s: %s of %s, %s of %d, %s"
            .formatted(
                orientation == Orientation.ROWS ? "rows" : "columns",
                count(slices(), "slice"),
                count(length, "element"),
                count(runs(), "run"),
                runSize,
                unitStep[0] ? "in place" : "packed")
        + (unitStep.length > 1 ? " " + Arrays.toString(unitStep) : "");
  }

  private static String count(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
