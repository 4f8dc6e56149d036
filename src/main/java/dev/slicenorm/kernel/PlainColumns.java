package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.ColumnLoops.LEVEL;
import static dev.slicenorm.kernel.ReductionOrder.LANES;

/**
 * Sums of squares of F32 columns in plain Java, a few rows at a time: which of the {@link
 * ColumnLoops} follows which.
 *
 * <p>Rows of one lane are added one after the other; of a tree, the first and the third, the second
 * and the fourth belong together, so that three rows only change places.
 */
final class PlainColumns {

  private PlainColumns() {}

  /**
   * Sets sums to those of up to eight evenly spaced rows. A step of {@code LANES} leads to the next
   * row of the same lane; half as far, every other row belongs to another; closer, each has a lane
   * of its own.
   */
  static void setEight(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] hi,
      int out) {
    boolean sameLane = step == LANES;
    if (rows <= 4) {
      set(x, at, starts, row, step, rows, sameLane, columns, hi, out);
    } else if (sameLane) {
      set(x, at, starts, row, step, 4, true, columns, hi, out);
      extend(x, at, starts, row + 4 * step, step, rows - 4, columns, hi, out);
    } else {
      boolean lanes = step == LANES / 2;
      int even = (rows + 1) / 2;
      set(x, at, starts, row, 2 * step, even, lanes, columns, hi, out);
      add(x, at, starts, row + step, 2 * step, rows - even, lanes, columns, hi, out);
    }
  }

  /** Adds to sums what {@link #setEight} would give for up to seven rows. */
  static void addSeven(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] hi,
      int out) {
    boolean sameLane = step == LANES;
    if (rows <= 4) {
      add(x, at, starts, row, step, rows, sameLane, columns, hi, out);
    } else if (sameLane) {
      set(x, at, starts, row, step, 4, true, columns, hi, out + LEVEL);
      extendAndJoin(x, at, starts, row + 4 * step, step, rows - 4, columns, hi, out);
    } else {
      boolean lanes = step == LANES / 2;
      int even = (rows + 1) / 2;
      set(x, at, starts, row, 2 * step, even, lanes, columns, hi, out + LEVEL);
      join(x, at, starts, row + step, 2 * step, rows - even, lanes, columns, hi, out);
    }
  }

  /** Sets sums to those of one to four rows. */
  private static void set(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      boolean lane,
      int columns,
      double[] hi,
      int out) {
    UpperHalves.clear(hi);
    int first = at + starts[row];
    if (rows == 1) {
      ColumnLoops.set1(x, first, columns, hi, out);
      return;
    }
    int second = at + starts[row + step];
    if (rows == 2) {
      ColumnLoops.set2(x, first, second, columns, hi, out);
      return;
    }
    int third = at + starts[row + 2 * step];
    if (rows == 3) {
      ColumnLoops.set3(x, first, lane ? second : third, lane ? third : second, columns, hi, out);
      return;
    }
    int fourth = at + starts[row + 3 * step];
    if (lane) {
      ColumnLoops.set4(x, first, second, third, fourth, columns, hi, out);
    } else if (FusedMultiplyAdd.HARDWARE) {
      ColumnLoops.setTree4(x, first, second, third, fourth, columns, hi, out);
    } else {
      // C2 finds no vectors in a sum of two sums without FMA (64 blocks of 9 rows of 512: 60 µs, 39
      // by two loops).
      ColumnLoops.set2(x, first, third, columns, hi, out);
      ColumnLoops.add2(x, second, fourth, columns, hi, out);
    }
  }

  /** Adds to sums that of one to four rows. */
  private static void add(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      boolean lane,
      int columns,
      double[] hi,
      int out) {
    UpperHalves.clear(hi);
    int first = at + starts[row];
    if (rows == 1) {
      ColumnLoops.add1(x, first, columns, hi, out);
      return;
    }
    int second = at + starts[row + step];
    if (rows == 2) {
      ColumnLoops.add2(x, first, second, columns, hi, out);
      return;
    }
    int third = at + starts[row + 2 * step];
    if (rows == 3) {
      ColumnLoops.add3(x, first, lane ? second : third, lane ? third : second, columns, hi, out);
      return;
    }
    int fourth = at + starts[row + 3 * step];
    if (lane) {
      ColumnLoops.add4(x, first, second, third, fourth, columns, hi, out);
    } else {
      ColumnLoops.addTree4(x, first, second, third, fourth, columns, hi, out);
    }
  }

  /**
   * Adds to sums those a level up, and that of one to three rows, the last two to each other first.
   */
  private static void join(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      boolean lane,
      int columns,
      double[] hi,
      int out) {
    UpperHalves.clear(hi);
    int first = at + starts[row];
    if (rows == 1) {
      ColumnLoops.join1(x, first, columns, hi, out);
      return;
    }
    int second = at + starts[row + step];
    if (rows == 2) {
      ColumnLoops.join2(x, first, second, columns, hi, out);
      return;
    }
    int third = at + starts[row + 2 * step];
    ColumnLoops.join3(x, first, lane ? second : third, lane ? third : second, columns, hi, out);
  }

  /** Adds to sums those a level up, which up to three rows of their lane are added to before. */
  private static void extendAndJoin(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] hi,
      int out) {
    UpperHalves.clear(hi);
    int first = at + starts[row];
    if (rows == 1) {
      ColumnLoops.join1(x, first, columns, hi, out);
      return;
    }
    int second = at + starts[row + step];
    if (rows == 2) {
      ColumnLoops.extendAndJoin2(x, first, second, columns, hi, out);
      return;
    }
    int third = at + starts[row + 2 * step];
    ColumnLoops.extendAndJoin3(x, first, second, third, columns, hi, out);
  }

  /** Adds the squares of some rows of one lane, as {@link SliceKernel#reduceColumns} does. */
  static void extend(
      float[] x,
      int at,
      int[] starts,
      int first,
      int step,
      int count,
      int columns,
      double[] hi,
      int out) {
    UpperHalves.clear(hi);
    int i = 0;
    int row = first;
    for (; i <= count - 4; i += 4, row += 4 * step) {
      ColumnLoops.extend4(
          x,
          at + starts[row],
          at + starts[row + step],
          at + starts[row + 2 * step],
          at + starts[row + 3 * step],
          columns,
          hi,
          out);
    }
    if (i <= count - 2) {
      ColumnLoops.extend2(x, at + starts[row], at + starts[row + step], columns, hi, out);
      i += 2;
      row += 2 * step;
    }
    if (i < count) {
      ColumnLoops.add1(x, at + starts[row], columns, hi, out);
    }
  }
}
