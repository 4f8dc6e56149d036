package dev.slicenorm.plan;

import static dev.slicenorm.kernel.ReductionOrder.BLOCK;

import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * One thread's way over the slices of a plan, a chunk of neighbouring slices at a time, with all
 * the working memory it needs. Operands 0, 1, … are the full tensors in the order given to the
 * plan, followed by those with one element per slice.
 *
 * @param <A> the kind of row that is computed with
 */
public final class Walk<A> {

  /** Slices per chunk, at most. */
  private static final int SLICES = 4096;

  /** Elements per chunk that share a cache, where rows are short enough. */
  private static final int CHUNK_ELEMENTS = 1 << 15;

  /**
   * Rows from here on are summed and scaled one by one; for shorter ones the calls would cost more.
   */
  private static final int LONG_ROW = 512;

  private final SliceKernel<A> kernel;
  private final Operands<A> operands;
  private final RowSums<A> rows;
  private final ColumnSums<A> columns;

  private final Sums unused = new Sums(SLICES);

  /** The sums of the chunk's slices. */
  public final Sums sums = new Sums(SLICES);

  /** Sums of products of the chunk's slices. */
  public final Sums dots = new Sums(SLICES);

  /** For each slice of the chunk, the power of two that its elements were multiplied by. */
  public final double[] pre = new double[SLICES];

  /** For each slice of the chunk, a factor. */
  public final double[] factor = new double[SLICES];

  /** For each slice of the chunk, another factor. */
  public final double[] second = new double[SLICES];

  Walk(Precision<A> precision) {
    this.kernel = precision.kernel();
    this.operands = new Operands<>(precision);
    this.rows = new RowSums<>(operands, kernel);
    this.columns = new ColumnSums<>(operands, kernel);
  }

  /** Takes up a plan. */
  void start(SlicePlan plan) {
    operands.start(plan);
  }

  /** Adds the next operand. */
  void add(Tensor tensor) {
    operands.add(tensor);
  }

  /** Lets go of the caller's memory. */
  void release() {
    operands.release();
    columns.release();
  }

  /** {@return how many slices a chunk of a plan has, at most} */
  static int chunkSize(SlicePlan plan) {
    long most = SLICES;
    if (plan.isRows()) {
      most = Math.clamp(CHUNK_ELEMENTS / Math.max(plan.length(), 1), 1, SLICES);
    }
    return (int) Math.min(most, plan.runSize());
  }

  /** Goes to a chunk: {@code slices} of them from {@code first} along the run. */
  void moveTo(long run, long first, int slices) {
    operands.moveTo(run, first, slices);
    Arrays.fill(pre, 0, slices, 1);
  }

  /** {@return the number of slices of this chunk} */
  public int count() {
    return operands.count();
  }

  /**
   * {@return an element of an operand with one element per slice}
   *
   * @param operand the operand
   * @param slice a slice of the chunk
   */
  public double read(int operand, int slice) {
    return operands.read(operand, slice);
  }

  /** Stores an element of an operand with one element per slice. */
  public void write(int operand, int slice, double value) {
    operands.write(operand, slice, value);
  }

  /** Stores an element for each slice of the chunk. */
  public void write(int operand, double[] values) {
    operands.write(operand, values);
  }

  /** Reduces the slices of operand 0 into {@link #sums}. */
  public void reduce(Term term) {
    if (operands.plan().isRows()) {
      rows.reduce(term, sums);
    } else {
      columns.reduce(term, sums);
    }
  }

  /**
   * Reduces one slice of operand 0 into {@link #sums}, its elements multiplied by a power of two.
   */
  public void reduceSlice(Term term, int slice, double powerOfTwo) {
    rows.reduceSlice(term, slice, powerOfTwo, sums);
  }

  /**
   * Reduces one slice of operand 0 after its elements were replaced, a block at a time.
   *
   * @param mapping what becomes of {@code length} elements of a row from a position
   */
  public void reduceMapped(Term term, int slice, Mapping<A> mapping) {
    rows.reduceMapped(term, slice, mapping, sums);
  }

  /**
   * Sums the squares of operand 0 into {@link #sums}, its products with operand 1 into {@link
   * #dots}.
   */
  public void squaresAndDots() {
    if (!operands.plan().isRows()) {
      columns.squaresAndDots(sums, dots);
      return;
    }
    for (int slice = 0; slice < operands.count(); slice++) {
      rows.squaresAndDotsSlice(slice, sums, dots);
    }
  }

  /** Sums the products of operands 0 and 1 into {@link #dots}, and leaves {@link #sums} alone. */
  public void dot() {
    if (!operands.plan().isRows()) {
      columns.squaresAndDots(unused, dots);
      return;
    }
    for (int slice = 0; slice < operands.count(); slice++) {
      rows.dotSlice(slice, 1, 1, dots);
    }
  }

  /**
   * Sums the products of one slice into {@link #dots}, its elements multiplied by powers of two.
   */
  public void dotSlice(int slice, double firstPower, double secondPower) {
    rows.dotSlice(slice, firstPower, secondPower, dots);
  }

  /**
   * Sums the squares of operand 0 and writes operand {@code to} as operand 0 times {@link #factor};
   * a long row is scaled while it is still in L1. Elements are not rescaled: for F32 rows.
   *
   * @param to the operand that is written
   * @param setFactor sets {@link #factor} of a slice from its sum
   */
  public void scaleBySquares(int to, IntConsumer setFactor) {
    int count = operands.count();
    if (operands.plan().isRows() && operands.plan().length() >= LONG_ROW) {
      for (int slice = 0; slice < count; slice++) {
        rows.reduceSlice(Term.SQUARES, slice, 1, sums);
        setFactor.accept(slice);
        scaleSlice(to, slice);
      }
      return;
    }
    reduce(Term.SQUARES);
    for (int slice = 0; slice < count; slice++) {
      setFactor.accept(slice);
    }
    scale(to);
  }

  /**
   * Writes operand {@code to} as operand 0 times {@link #pre} times {@link #factor}.
   *
   * @param to the operand that is written
   */
  public void scale(int to) {
    long length = operands.plan().length();
    int count = operands.count();
    if (!operands.plan().isRows()) {
      for (long element = 0; element < length; element++) {
        A x = operands.across(0, element);
        A y = operands.targetAcross(to, element);
        kernel.scaleColumns(x, operands.at[0], y, operands.at[to], count, pre, factor, 0);
        operands.storeAcross(to, element, y);
      }
      return;
    }
    for (int slice = 0; slice < count; slice++) {
      scaleSlice(to, slice);
    }
  }

  private void scaleSlice(int to, int slice) {
    long length = operands.plan().length();
    for (long from = 0; from < length; from += BLOCK) {
      int size = (int) Math.min(BLOCK, length - from);
      A x = operands.row(0, slice, from, size, 1);
      A y = operands.target(to, slice, from, size);
      kernel.scaleRow(x, operands.at[0], y, operands.at[to], size, pre[slice], factor[slice]);
      operands.store(to, slice, from, size, y);
    }
  }

  /**
   * Writes operand 2 as {@code ((x₁ − second·(x₀·pre))·factor)·pre}, the gradient with respect to
   * the direction.
   */
  public void gradient() {
    long length = operands.plan().length();
    int count = operands.count();
    int[] at = operands.at;
    if (!operands.plan().isRows()) {
      for (long element = 0; element < length; element++) {
        A v = operands.across(0, element);
        A dw = operands.across(1, element);
        A dv = operands.targetAcross(2, element);
        kernel.gradientColumns(v, at[0], dw, at[1], dv, at[2], count, pre, factor, second, 0);
        operands.storeAcross(2, element, dv);
      }
      return;
    }
    for (int slice = 0; slice < count; slice++) {
      for (long from = 0; from < length; from += BLOCK) {
        int size = (int) Math.min(BLOCK, length - from);
        A v = operands.row(0, slice, from, size, 1);
        A dw = operands.row(1, slice, from, size, 1);
        A dv = operands.target(2, slice, from, size);
        kernel.gradientRow(
            v, at[0], dw, at[1], dv, at[2], size, pre[slice], factor[slice], second[slice]);
        operands.store(2, slice, from, size, dv);
      }
    }
  }

  /**
   * Replaces elements of a row.
   *
   * @param <A> the kind of row
   */
  public interface Mapping<A> {
    /** Replaces the first {@code size} elements. */
    void apply(A row, int size);
  }
}
