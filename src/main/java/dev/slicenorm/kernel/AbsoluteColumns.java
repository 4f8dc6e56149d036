package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.ColumnLoops.LEVEL;
import static dev.slicenorm.kernel.ReductionOrder.LANES;

/**
 * Sums of absolute values of F32 columns in plain Java: what {@link FewRows} and {@link
 * PlainColumns} are for squares, with fewer loops. They have the form that {@link ColumnLoops}
 * tells of.
 */
final class AbsoluteColumns {

  /**
   * Rows up to which lanes are joined as a tree: of more, memory is to be read as it lies (127 rows
   * of 512 on Zen 5: 0.16 ns an element so, 0.18 lane by lane; 128 as they lie 0.14).
   */
  private static final int MOST = 4 * LANES;

  /** Sums for each column that are kept at once: of each halving, and of what is added next. */
  private static final int LEVELS = 6;

  private AbsoluteColumns() {}

  /**
   * {@return whether {@link #sum} is a way for so many rows and columns}
   *
   * <p>Wide rows lose to it where there is one for each sum at most, and each is halved at once (20
   * rows of 64 on Zen 5: 0.64 against 0.74 ns an element; of 32 0.61 and 0.56).
   */
  static boolean fit(boolean adjacent, int rows, int columns) {
    int narrow = rows > LANES ? SliceKernel.NARROW : SliceKernel.NARROW / 2;
    return rows < MOST && !(adjacent && columns <= narrow);
  }

  /** Sums a whole block, as {@link SliceKernel#reduceBlock} says. */
  static void sum(float[] x, int at, int[] starts, int rows, int columns, Sums sums, int out) {
    double[] levels = sums.vectors(LEVELS * LEVEL);
    for (int c = 0; c < columns; c += LEVEL) {
      int width = Math.min(LEVEL, columns - c);
      UpperHalves.clear(levels);
      setLevel(x, at + c, starts, 0, 1, rows, width, levels, 0);
      System.arraycopy(levels, 0, sums.hi, out + c, width);
    }
  }

  /** Sets a level to the sum of the lanes {@code lane, lane + step, …}. */
  private static void setLevel(
      float[] x,
      int at,
      int[] starts,
      int lane,
      int step,
      int rows,
      int columns,
      double[] levels,
      int level) {
    if (isFew(lane, step, rows)) {
      setFew(x, at, starts, lane, step, rows, columns, levels, level);
      return;
    } else if (lane + step >= Math.min(rows, LANES)) {
      setLane(x, at, starts, lane, rows, columns, levels, level);
      return;
    }
    setLevel(x, at, starts, lane, 2 * step, rows, columns, levels, level);
    int other = lane + step;
    if (isFew(other, 2 * step, rows)) {
      addFew(x, at, starts, other, 2 * step, rows, columns, levels, level);
    } else {
      setLevel(x, at, starts, other, 2 * step, rows, columns, levels, level + LEVEL);
      ColumnLoops.addLevel(columns, levels, level);
    }
  }

  /** {@return whether the lanes {@code lane, lane + step, …} are four or fewer, of one row each} */
  private static boolean isFew(int lane, int step, int rows) {
    return lane + LANES >= rows && lane + 4 * step >= Math.min(rows, LANES);
  }

  /** Sets sums to those of one to four rows, of a lane each. */
  private static void setFew(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] hi,
      int out) {
    int end = Math.min(rows, LANES);
    int first = at + starts[row];
    if (row + step >= end) {
      set1(x, first, columns, hi, out);
      return;
    }
    int second = at + starts[row + step];
    if (row + 2 * step >= end) {
      set2(x, first, second, columns, hi, out);
      return;
    }
    int third = at + starts[row + 2 * step];
    if (row + 3 * step >= end) {
      set3(x, first, second, third, columns, hi, out);
    } else {
      set4(x, first, second, third, at + starts[row + 3 * step], columns, hi, out);
    }
  }

  /** Adds to sums that of one to four rows, of a lane each. */
  private static void addFew(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] hi,
      int out) {
    int end = Math.min(rows, LANES);
    int first = at + starts[row];
    if (row + step >= end) {
      add1(x, first, columns, hi, out);
      return;
    }
    int second = at + starts[row + step];
    if (row + 2 * step >= end) {
      add2(x, first, second, columns, hi, out);
      return;
    }
    int third = at + starts[row + 2 * step];
    if (row + 3 * step >= end) {
      add3(x, first, second, third, columns, hi, out);
    } else {
      add4(x, first, second, third, at + starts[row + 3 * step], columns, hi, out);
    }
  }

  /** Sets a level to the sum of a lane of two rows or more. */
  private static void setLane(
      float[] x,
      int at,
      int[] starts,
      int lane,
      int rows,
      int columns,
      double[] levels,
      int level) {
    int second = lane + LANES;
    set2(x, at + starts[lane], at + starts[second], columns, levels, level);
    int left = (rows - 1 - second) / LANES;
    extend(x, at, starts, second + LANES, LANES, left, columns, levels, level);
  }

  /** Goes on with one lane, as {@link SliceKernel#reduceColumns} does. */
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
    int i = 0;
    int row = first;
    for (; i <= count - 4; i += 4, row += 4 * step) {
      extend4(
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
      extend2(x, at + starts[row], at + starts[row + step], columns, hi, out);
      i += 2;
      row += 2 * step;
    }
    if (i < count) {
      add1(x, at + starts[row], columns, hi, out);
    }
  }

  private static void set1(float[] x, int first, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      hi[out + c] = Math.abs(x[first + c]);
    }
  }

  private static void set2(float[] x, int first, int second, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = Math.abs(x[first + c]);
      double q = Math.abs(x[second + c]);
      hi[out + c] = p + q;
    }
  }

  private static void set3(
      float[] x, int first, int second, int third, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = Math.abs(x[first + c]);
      double q = Math.abs(x[second + c]);
      double r = Math.abs(x[third + c]);
      hi[out + c] = (p + r) + q;
    }
  }

  private static void set4(
      float[] x, int first, int second, int third, int fourth, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = Math.abs(x[first + c]);
      double q = Math.abs(x[second + c]);
      double r = Math.abs(x[third + c]);
      double s = Math.abs(x[fourth + c]);
      hi[out + c] = (p + r) + (q + s);
    }
  }

  private static void add1(float[] x, int first, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = Math.abs(x[first + c]);
      hi[out + c] += p;
    }
  }

  private static void add2(float[] x, int first, int second, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = Math.abs(x[first + c]);
      double q = Math.abs(x[second + c]);
      hi[out + c] += p + q;
    }
  }

  private static void add3(
      float[] x, int first, int second, int third, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = Math.abs(x[first + c]);
      double q = Math.abs(x[second + c]);
      double r = Math.abs(x[third + c]);
      hi[out + c] += (p + r) + q;
    }
  }

  private static void add4(
      float[] x, int first, int second, int third, int fourth, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = Math.abs(x[first + c]);
      double q = Math.abs(x[second + c]);
      double r = Math.abs(x[third + c]);
      double s = Math.abs(x[fourth + c]);
      hi[out + c] += (p + r) + (q + s);
    }
  }

  private static void extend2(float[] x, int first, int second, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = Math.abs(x[first + c]);
      double q = Math.abs(x[second + c]);
      hi[out + c] = (hi[out + c] + p) + q;
    }
  }

  private static void extend4(
      float[] x, int first, int second, int third, int fourth, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = Math.abs(x[first + c]);
      double q = Math.abs(x[second + c]);
      double r = Math.abs(x[third + c]);
      double s = Math.abs(x[fourth + c]);
      hi[out + c] = (((hi[out + c] + p) + q) + r) + s;
    }
  }
}
