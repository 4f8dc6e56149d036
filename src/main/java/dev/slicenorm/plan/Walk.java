package dev.slicenorm.plan;

import dev.slicenorm.kernel.Factors;
import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;

/**
 * One thread's way over the slices of a plan, a chunk of neighbouring slices at a time, with all
 * the working memory it needs. Operands 0, 1, … are the full tensors in the order given to the
 * plan, followed by those with one element per slice.
 *
 * @param <A> the kind of row that is computed with
 */
public final class Walk<A> extends Pool.Loan {

  private static final int SLICES = SlicePlan.CHUNK_SLICES;

  /**
   * Rows longer than this are scaled one by one while the next is summed; of shorter ones several
   * are summed together, and of those that are scaled in place, where no kernel does both at once.
   */
  private static final int PIPELINED = 256;

  /** Elements that are summed and then scaled while they are in L1. */
  private static final int L1_ELEMENTS = 1 << 12;

  private final Precision<A> precision;
  private final SliceKernel<A> kernel;
  private final Operands<A> operands;
  private final RowSums<A> rows;
  private final ColumnSums<A> columns;
  private final Elements<A> elements;

  private final Sums unused = new Sums(SLICES);

  /** The sums of the chunk's slices. */
  public final Sums sums = new Sums(SLICES);

  /** Sums of products of the chunk's slices. */
  public final Sums dots = new Sums(SLICES);

  private final Factors factors = new Factors(SLICES);

  /** For each slice of the chunk, the power of two that its elements were multiplied by. */
  public final double[] pre = factors.pre;

  /** For each slice of the chunk, a factor. */
  public final double[] factor = factors.factor;

  /** For each slice of the chunk, another factor. */
  public final double[] second = factors.second;

  Walk(Precision<A> precision) {
    this.precision = precision;
    this.kernel = precision.kernel();
    this.operands = new Operands<>(precision);
    this.rows = new RowSums<>(operands, kernel);
    this.columns = new ColumnSums<>(operands, kernel);
    this.elements = new Elements<>(operands, kernel, factors);
  }

  /** Takes up a plan. */
  void start(SlicePlan plan) {
    operands.start(plan);
  }

  /** {@return the plan} */
  SlicePlan plan() {
    return operands.plan();
  }

  /**
   * {@return this walk, with the next operand}
   *
   * @param tensor first the full tensors, then those with one element per slice, as given to the
   *     plan
   */
  public Walk<A> with(Tensor tensor) {
    operands.add(tensor);
    return this;
  }

  /** {@return another walk over the same operands, at the same chunk} */
  Walk<A> follower() {
    Walk<A> other = precision.lend();
    other.operands.follow(operands);
    return other;
  }

  /** {@return another walk over the same operands, by plain loops} */
  Walk<A> plain() {
    Walk<A> other = precision.plain().lend();
    other.operands.follow(operands);
    return other;
  }

  /** {@return whether elements are computed with in double precision} */
  boolean isWide() {
    return precision instanceof DoublePrecision;
  }

  /** {@return how elements are computed with} */
  Precision<A> precision() {
    return precision;
  }

  /** {@return how many operands there are} */
  int operandCount() {
    return operands.size();
  }

  /** {@return whether elements of an operand lie in an array of their type, at whatever steps} */
  boolean isInArray(int operand) {
    return operands.isInArray(operand);
  }

  /** {@return the element type of an operand} */
  DType dtype(int operand) {
    return operands.dtype(operand);
  }

  /** {@return whether the first two full operands lie in one array} */
  boolean isReplaced() {
    return operands.isReplaced();
  }

  /** {@return how operand 0 is read: one of the sources of {@link WarmUps}} */
  int source() {
    return operands.source();
  }

  /** Sets how many threads may share a long slice, until the walk is released. */
  void shareSlices(int threads) {
    rows.share(threads, this);
  }

  /** Reduces {@code count} blocks of a slice of operand 0. */
  void reduceBlocks(Term term, int slice, double powerOfTwo, long first, int count, Sums target) {
    rows.reduceBlocks(term, slice, powerOfTwo, first, count, target);
  }

  /** {@return the sum of squares of a row of one block at most, which needs no plan} */
  double square(A row, int at, int length) {
    kernel.reduceRows(Term.SQUARES, row, at, 0, 1, length, sums, 0);
    return sums.hi[0];
  }

  /** {@return what a term makes of a row of one block at most, which needs no plan} */
  double reduceRow(Term term, A row, int at, int length) {
    kernel.reduceRows(term, row, at, 0, 1, length, sums, 0);
    return NormValue.sum(sums.hi[0], sums.lo[0]);
  }

  /** Writes the norm of a row of one block at most, which needs no plan. */
  void writeNorm(A row, int at, int length, A norms, int to) {
    kernel.normRows(row, at, 0, 1, length, unused, norms, to);
  }

  /** Multiplies a row of one block at most, which needs no plan; the result has its place. */
  void scale(A row, A result, int at, int length, double by) {
    pre[0] = 1;
    factor[0] = by;
    kernel.scaleRows(row, at, 0, result, at, 0, 1, length, factors, 0);
  }

  /** {@return whether a thread may go over these operands} */
  boolean isOpenTo(Thread thread) {
    return operands.areAccessibleBy(thread);
  }

  /** Lets go of the caller's memory, for the next caller, whatever state a failure left. */
  void release() {
    operands.release();
    columns.release();
    rows.release();
    giveBack();
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
      rows.reduce(term, 0, operands.count(), sums);
    } else {
      columns.reduce(term, sums);
    }
  }

  /**
   * Writes the roots of sums of squares of operand 0 to an operand with one element per slice, if
   * there is a way that beats {@link #reduce} and what follows.
   *
   * @return whether there is; otherwise nothing was done
   */
  public boolean writeRoots(int operand) {
    A norms = operands.inPlacePerSlice(operand);
    if (norms == null) {
      return false;
    }
    int to = operands.base(operand);
    return operands.plan().isRows()
        ? rows.writeRoots(unused, norms, to)
        : columns.writeRoots(norms, to);
  }

  /**
   * Writes the roots of all chunks, as {@link #writeRoots} those of one, from where no chunk was
   * gone to yet: of many small chunks, going to each takes longer than its roots (3 rows of 8 on
   * Zen 5: 36 ns with it, 24 without).
   *
   * @return whether there is such a way; otherwise nothing was done
   */
  boolean writeAllRoots(int operand) {
    SlicePlan plan = plan();
    if (!plan.hasEvenRuns()) {
      return false;
    }
    moveTo(0, 0, plan.chunkSize());
    if (!plan.isRows() && columns.writeRootsOfAllRuns(operand)) {
      return true;
    }
    if (!writeRoots(operand)) {
      return false;
    }
    for (long run = 1; run < plan.runs(); run++) {
      operands.moveToNextRun();
      writeRoots(operand);
    }
    return true;
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
    if (operands.plan().isRows()) {
      rows.squaresAndDots(sums, dots);
    } else {
      columns.squaresAndDots(sums, dots);
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
   * rows are scaled while they are still in L1. Elements are not rescaled: for F32 rows.
   *
   * @param to the operand that is written
   * @param setFactor sets {@link #factor} of a slice from its sum
   */
  public void scaleBySquares(int to, SliceAction setFactor) {
    int count = operands.count();
    if (!operands.plan().isRows()) {
      columns.reduce(Term.SQUARES, sums);
      for (int slice = 0; slice < count; slice++) {
        setFactor.at(this, slice);
      }
      scale(to);
      return;
    }
    long length = operands.plan().length();
    if (length > PIPELINED
        && !operands.isSameArray(0, to)
        && elements.scaleWhileSquaring(this, to, setFactor)) {
      return;
    }
    int batch = Math.clamp(L1_ELEMENTS / length, 1, count);
    for (int first = 0; first < count; first += batch) {
      int end = Math.min(first + batch, count);
      rows.reduce(Term.SQUARES, first, end, sums);
      for (int slice = first; slice < end; slice++) {
        setFactor.at(this, slice);
      }
      elements.scaleSlices(to, first, end);
    }
  }

  /**
   * Writes operand {@code to} as operand 0 times {@link #pre} times {@link #factor}.
   *
   * @param to the operand that is written
   */
  public void scale(int to) {
    elements.scale(to);
  }

  /**
   * Writes operand 2 as {@code ((x₁ − second·(x₀·pre))·factor)·pre}, the gradient with respect to
   * the direction.
   */
  public void gradient() {
    elements.gradient();
  }

  /** {@return a copy of the elements of one slice of an operand, in the order of summation} */
  public A copy(int operand, int slice) {
    return operands.copy(operand, slice);
  }

  /** Writes all elements of one slice of an operand, in the order of summation. */
  public void replace(int operand, int slice, A newElements) {
    operands.replace(operand, slice, newElements);
  }

  /** Writes zeros to one slice of an operand. */
  public void clear(int operand, int slice) {
    operands.clear(operand, slice);
  }

  /** Something to be done for each slice. */
  public interface SliceAction {
    /** Does it for one slice of the walk's chunk. */
    void at(Walk<?> walk, int slice);
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
