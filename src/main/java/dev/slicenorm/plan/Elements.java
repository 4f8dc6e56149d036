package dev.slicenorm.plan;

import static dev.slicenorm.kernel.ReductionOrder.BLOCK;

import dev.slicenorm.kernel.Factors;
import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Term;

/**
 * Goes over the slices of a chunk element by element: by rows, or by rows across columns, a few at
 * a time.
 *
 * @param <A> the kind of row
 */
final class Elements<A> {

  /** Rows across columns that a kernel is given at once. */
  private static final int ROWS = 64;

  private static final int[] AT_START = {0};

  private final Operands<A> operands;
  private final SliceKernel<A> kernel;
  private final Factors factors;
  private final int[][] starts = new int[Operands.FULL][ROWS];

  Elements(Operands<A> operands, SliceKernel<A> kernel, Factors factors) {
    this.operands = operands;
    this.kernel = kernel;
    this.factors = factors;
  }

  /** Writes operand {@code to} as operand 0 times the factors. */
  void scale(int to) {
    if (operands.plan().isRows()) {
      scaleSlices(to, 0, operands.count());
      return;
    }
    int columns = operands.count();
    long length = operands.plan().length();
    factors.split(columns);
    A from = operands.inPlace(0);
    A into = operands.inPlace(to);
    if (from != null && into != null) {
      for (long first = 0; first < length; first += ROWS) {
        int rows = (int) Math.min(ROWS, length - first);
        fillStarts(0, first, rows);
        fillStarts(to, first, rows);
        kernel.scaleColumns(
            from,
            operands.base(0),
            starts[0],
            into,
            operands.base(to),
            starts[to],
            rows,
            columns,
            factors);
      }
      return;
    }
    for (long element = 0; element < length; element++) {
      A x = operands.across(0, element);
      A y = operands.targetAcross(to, element);
      kernel.scaleColumns(
          x, operands.at[0], AT_START, y, operands.at[to], AT_START, 1, columns, factors);
      operands.storeAcross(to, element, y);
    }
  }

  /** Scales rows {@code first} to {@code end − 1}. */
  void scaleSlices(int to, int first, int end) {
    A x = operands.inPlace(0);
    A y = operands.inPlace(to);
    long length = operands.plan().length();
    if (x == null || y == null || length > BLOCK) {
      for (int slice = first; slice < end; slice++) {
        scaleSlice(to, slice);
      }
      return;
    }
    kernel.scaleRows(
        x,
        operands.start(0, first),
        (int) operands.plan().runStride(0),
        y,
        operands.start(to, first),
        (int) operands.plan().runStride(to),
        end - first,
        (int) length,
        factors,
        first);
  }

  private void scaleSlice(int to, int slice) {
    long length = operands.plan().length();
    for (long from = 0; from < length; from += BLOCK) {
      int size = (int) Math.min(BLOCK, length - from);
      A x = operands.row(0, slice, from, size, 1);
      A y = operands.target(to, slice, from, size);
      kernel.scaleRows(x, operands.at[0], 0, y, operands.at[to], 0, 1, size, factors, slice);
      operands.store(to, slice, from, size, y);
    }
  }

  /**
   * Scales the rows of the chunk one by one, each while the next is summed, if they lie in arrays.
   *
   * <p>Little is read between two rows. Where they come from memory each load there is felt,
   * presumably since it waits for the stores of the row before (16384 gradients of 1024 on Zen 5:
   * 5.6 ms in a bare loop, 9.0 by way of the operands).
   *
   * @param walk whose chunk it is
   * @param setFactor sets the factor of a slice from its sum
   * @return whether it was done
   */
  boolean scaleWhileSquaring(Walk<A> walk, int to, Walk.SliceAction setFactor) {
    A x = operands.inPlace(0);
    A y = operands.inPlace(to);
    long length = operands.plan().length();
    int count = operands.count();
    if (x == null || y == null || length > BLOCK) {
      return false;
    }
    int size = (int) length;
    int xAt = operands.start(0, 0);
    int yAt = operands.start(to, 0);
    int xStride = (int) operands.plan().runStride(0);
    int yStride = (int) operands.plan().runStride(to);
    kernel.reduceRows(Term.SQUARES, x, xAt, xStride, 1, size, walk.sums, 0);
    int last = count - 1;
    for (int slice = 0; slice < last; slice++, xAt += xStride, yAt += yStride) {
      setFactor.at(walk, slice);
      kernel.scaleRowAndSquare(x, xAt, y, yAt, xAt + xStride, size, factors, slice, walk.sums);
    }
    setFactor.at(walk, last);
    kernel.scaleRows(x, xAt, 0, y, yAt, 0, 1, size, factors, last);
    return true;
  }

  /** Writes operand 2 as the gradient for operands 0 and 1. */
  void gradient() {
    if (operands.plan().isRows()) {
      gradientOfSlices();
    } else {
      gradientAcross();
    }
  }

  private void gradientOfSlices() {
    A v = operands.inPlace(0);
    A dw = operands.inPlace(1);
    A dv = operands.inPlace(2);
    long length = operands.plan().length();
    int count = operands.count();
    if (v == null || dw == null || dv == null || length > BLOCK) {
      for (int slice = 0; slice < count; slice++) {
        gradientOfSlice(slice);
      }
      return;
    }
    for (int slice = 0; slice < count; slice++) {
      kernel.gradientRow(
          v,
          operands.start(0, slice),
          dw,
          operands.start(1, slice),
          dv,
          operands.start(2, slice),
          (int) length,
          factors,
          slice);
    }
  }

  private void gradientAcross() {
    int columns = operands.count();
    long length = operands.plan().length();
    int[] at = operands.at;
    A direction = operands.inPlace(0);
    A arriving = operands.inPlace(1);
    A result = operands.inPlace(2);
    if (direction != null && arriving != null && result != null) {
      // The last rows first: they were summed last, and are still in a cache (1024² floats on
      // Zen 5: 346 µs so, 388 the other way).
      for (long end = length; end > 0; end -= ROWS) {
        long first = Math.max(end - ROWS, 0);
        int rows = (int) (end - first);
        fillStarts(0, first, rows);
        fillStarts(1, first, rows);
        fillStarts(2, first, rows);
        kernel.gradientColumns(
            direction,
            operands.base(0),
            starts[0],
            arriving,
            operands.base(1),
            starts[1],
            result,
            operands.base(2),
            starts[2],
            rows,
            columns,
            factors);
      }
      return;
    }
    for (long element = 0; element < length; element++) {
      A v = operands.across(0, element);
      A dw = operands.across(1, element);
      A dv = operands.targetAcross(2, element);
      kernel.gradientColumns(
          v, at[0], AT_START, dw, at[1], AT_START, dv, at[2], AT_START, 1, columns, factors);
      operands.storeAcross(2, element, dv);
    }
  }

  private void gradientOfSlice(int slice) {
    long length = operands.plan().length();
    int[] at = operands.at;
    for (long from = 0; from < length; from += BLOCK) {
      int size = (int) Math.min(BLOCK, length - from);
      A v = operands.row(0, slice, from, size, 1);
      A dw = operands.row(1, slice, from, size, 1);
      A dv = operands.target(2, slice, from, size);
      kernel.gradientRow(v, at[0], dw, at[1], dv, at[2], size, factors, slice);
      operands.store(2, slice, from, size, dv);
    }
  }

  private void fillStarts(int operand, long first, int rows) {
    operands.plan().fillStarts(operand, first, rows, starts[operand]);
  }
}
