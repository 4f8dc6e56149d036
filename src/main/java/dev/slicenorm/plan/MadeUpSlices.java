package dev.slicenorm.plan;

import dev.slicenorm.kernel.ReductionOrder;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Small tensors of the kind that a walk goes over: slices as long, as far as that chooses other
 * loops, and steps and element types alike.
 *
 * @param <A> the kind of row
 */
final class MadeUpSlices<A> {

  /** Longer rows are a repetition of so many elements: some blocks, which are read at once. */
  private static final long LONGEST_ROW = 4L * ReductionOrder.BLOCK;

  /** Longer columns are a repetition of blocks. */
  private static final long LONGEST_COLUMN = ReductionOrder.BLOCK;

  /**
   * Elements of all slices, about: eight rows of a block each, of which kernels read some at once,
   * and few enough to be slow with for a while.
   */
  private static final long ELEMENTS = 1 << 15;

  /** Columns, at least: few have ways of their own. */
  private static final long LEAST_COLUMNS = 128;

  private final SlicePlan plan;
  private final Precision<A> precision;
  private final Tensor[] operands;

  private MadeUpSlices(SlicePlan plan, Precision<A> precision, Tensor[] operands) {
    this.plan = plan;
    this.precision = precision;
    this.operands = operands;
  }

  /** {@return tensors like those of a walk with all its operands} */
  static <A> MadeUpSlices<A> like(Walk<A> walk) {
    SlicePlan real = walk.plan();
    boolean isRows = real.isRows();
    long length = Math.min(real.length(), isRows ? LONGEST_ROW : LONGEST_COLUMN);
    long least = isRows ? 1 : LEAST_COLUMNS;
    long most = isRows ? real.slices() : real.runSize();
    long slices = Math.min(most, Math.max(least, ELEMENTS / length));
    int full = real.fullOperands();
    Tensor[] operands = new Tensor[walk.operandCount()];
    for (int operand = 0; operand < operands.length; operand++) {
      DType dtype = walk.dtype(operand);
      if (operand >= full) {
        operands[operand] = array(dtype, isRows ? slices : 1, isRows ? 1 : slices, 1);
        continue;
      }
      long step = isRows ? real.innerStep(operand) : real.runStride(operand);
      boolean isEven = !isRows || real.hasEvenStep();
      boolean isInArray = walk.isInArray(operand) && isEven && hasVectors(step);
      long rows = isRows ? slices : length;
      long columns = isRows ? length : slices;
      operands[operand] =
          isInArray ? array(dtype, rows, columns, step) : elsewhere(dtype, rows, columns);
    }
    if (walk.isReplaced()) {
      operands[1] = operands[0];
    }
    Layout[] layouts = Arrays.stream(operands).map(Tensor::layout).toArray(Layout[]::new);
    SlicePlan plan =
        SlicePlan.unrecorded(
            new boolean[] {!isRows, isRows},
            Arrays.copyOf(layouts, full),
            Arrays.copyOfRange(layouts, full, layouts.length));
    return new MadeUpSlices<>(plan, walk.precision(), operands);
  }

  private static boolean hasVectors(long step) {
    return step == 1 || step == -1 || step == 2 || step == 3;
  }

  private static Tensor array(DType dtype, long rows, long columns, long step) {
    long apart = Math.abs(step);
    Tensor some =
        filled(Tensor.zeros(dtype, rows, columns * apart)).slice(1, 0, columns * apart, apart);
    return step < 0 ? some.flip(1) : some;
  }

  /** Elements at other steps are copied by plain loops, as those in other memory are. */
  private static Tensor elsewhere(DType dtype, long rows, long columns) {
    byte[] bytes = new byte[Math.toIntExact(rows * columns * dtype.byteSize())];
    return filled(Tensor.of(dtype, MemorySegment.ofArray(bytes), rows, columns));
  }

  /** Slices that are replaced must stay what they are, however often they are multiplied by 1. */
  private static Tensor filled(Tensor tensor) {
    tensor.fill(1);
    return tensor;
  }

  /** {@return what is done with the slices, to be rehearsed} */
  Rehearsal rehearsal(Consumer<Walk<A>> task) {
    return new Rehearsal(
        "%s of %s".formatted(plan, operands[0].dtype()),
        () -> run(precision, task),
        () -> run(precision.plain(), task));
  }

  private void run(Precision<A> by, Consumer<Walk<A>> task) {
    Walk<A> walk = Walks.begin(plan, by);
    for (Tensor operand : operands) {
      walk.with(operand);
    }
    Walks.run(walk, 1, task);
  }
}
