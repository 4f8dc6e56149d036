package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.ReductionOrder.LANES;

/**
 * Sums of squares of F32 columns in plain Java. No iteration of the loops over columns depends on
 * another, so C2 makes vector code of them, as long as all rows lie in one array, and no more than
 * four are read at once (100 rows of 1024: 15 µs by fours, 67 by eights). They are written out, one
 * for each number of rows, since it makes none of a loop that chooses within.
 */
final class PlainColumns {

  private PlainColumns() {}

  /**
   * Sums the squares of up to eight evenly spaced rows: every other one first, then those between.
   * Half a block apart, {@code step} being {@code LANES / 2}, they belong to two lanes; closer,
   * each has a lane of its own.
   */
  static void eightRows(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] hi,
      int out) {
    int even = (rows + 1) / 2;
    int odd = rows - even;
    if (rows <= 4) {
      // In either case the first and the third, the second and the fourth.
      setTree(x, at, starts, row, step, rows, columns, hi, out);
    } else if (step < LANES / 2) {
      setTree(x, at, starts, row, 2 * step, even, columns, hi, out);
      addTree(x, at, starts, row + step, 2 * step, odd, columns, hi, out);
    } else {
      setLane(x, at, starts, row, 2 * step, even, columns, hi, out);
      addLane(x, at, starts, row + step, 2 * step, odd, columns, hi, out);
    }
  }

  /** Sets the sums of columns to those of one to four rows, halved as a tree. */
  private static void setTree(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] hi,
      int out) {
    int first = at + starts[row];
    if (rows == 1) {
      for (int c = 0; c < columns; c++) {
        double p = x[first + c];
        hi[out + c] = p * p;
      }
      return;
    }
    int second = at + starts[row + step];
    if (rows == 2) {
      for (int c = 0; c < columns; c++) {
        double p = x[first + c];
        double q = x[second + c];
        hi[out + c] = p * p + q * q;
      }
      return;
    }
    int third = at + starts[row + 2 * step];
    if (rows == 3) {
      for (int c = 0; c < columns; c++) {
        double p = x[first + c];
        double q = x[second + c];
        double r = x[third + c];
        hi[out + c] = (p * p + r * r) + q * q;
      }
      return;
    }
    int fourth = at + starts[row + 3 * step];
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      double s = x[fourth + c];
      hi[out + c] = (p * p + r * r) + (q * q + s * s);
    }
  }

  /** Adds to the sums of columns that of two to four rows, halved as a tree. */
  private static void addTree(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] hi,
      int out) {
    int first = at + starts[row];
    int second = at + starts[row + step];
    if (rows == 2) {
      for (int c = 0; c < columns; c++) {
        double p = x[first + c];
        double q = x[second + c];
        hi[out + c] += p * p + q * q;
      }
      return;
    }
    int third = at + starts[row + 2 * step];
    if (rows == 3) {
      for (int c = 0; c < columns; c++) {
        double p = x[first + c];
        double q = x[second + c];
        double r = x[third + c];
        hi[out + c] += (p * p + r * r) + q * q;
      }
      return;
    }
    int fourth = at + starts[row + 3 * step];
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      double s = x[fourth + c];
      hi[out + c] += (p * p + r * r) + (q * q + s * s);
    }
  }

  /** Sets the sums of columns to those of three or four rows of one lane. */
  private static void setLane(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] hi,
      int out) {
    int first = at + starts[row];
    int second = at + starts[row + step];
    int third = at + starts[row + 2 * step];
    if (rows == 3) {
      for (int c = 0; c < columns; c++) {
        double p = x[first + c];
        double q = x[second + c];
        double r = x[third + c];
        hi[out + c] = p * p + q * q + r * r;
      }
      return;
    }
    int fourth = at + starts[row + 3 * step];
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      double s = x[fourth + c];
      hi[out + c] = p * p + q * q + r * r + s * s;
    }
  }

  /** Adds to the sums of columns that of two to four rows of another lane. */
  private static void addLane(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] hi,
      int out) {
    int first = at + starts[row];
    int second = at + starts[row + step];
    if (rows == 2) {
      for (int c = 0; c < columns; c++) {
        double p = x[first + c];
        double q = x[second + c];
        hi[out + c] += p * p + q * q;
      }
      return;
    }
    int third = at + starts[row + 2 * step];
    if (rows == 3) {
      for (int c = 0; c < columns; c++) {
        double p = x[first + c];
        double q = x[second + c];
        double r = x[third + c];
        hi[out + c] += p * p + q * q + r * r;
      }
      return;
    }
    int fourth = at + starts[row + 3 * step];
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      double s = x[fourth + c];
      hi[out + c] += p * p + q * q + r * r + s * s;
    }
  }

  /**
   * Sets the sums of columns to those of one lane of a block of so many rows, four in it at least.
   */
  static void lane(
      float[] x, int at, int[] starts, int lane, int rows, int columns, double[] hi, int out) {
    int count = (rows - lane + LANES - 1) / LANES;
    setLane(x, at, starts, lane, LANES, 4, columns, hi, out);
    add(x, at, starts, lane + 4 * LANES, LANES, count - 4, columns, hi, out);
  }

  /** Adds the squares of some rows of one lane, as {@link SliceKernel#reduceColumns} does. */
  static void add(
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
      add4(x, at, starts, row, step, columns, hi, out);
    }
    if (i <= count - 2) {
      add2(x, at + starts[row], at + starts[row + step], columns, hi, out);
      i += 2;
      row += 2 * step;
    }
    if (i < count) {
      add1(x, at + starts[row], columns, hi, out);
    }
  }

  private static void add1(float[] x, int start, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[start + c];
      hi[out + c] += p * p;
    }
  }

  private static void add2(float[] x, int first, int second, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      hi[out + c] = hi[out + c] + p * p + q * q;
    }
  }

  /** Adds the squares of four rows to the sums of the columns, which are loaded once for four. */
  private static void add4(
      float[] x, int at, int[] starts, int row, int step, int columns, double[] hi, int out) {
    int first = at + starts[row];
    int second = at + starts[row + step];
    int third = at + starts[row + 2 * step];
    int fourth = at + starts[row + 3 * step];
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      double s = x[fourth + c];
      hi[out + c] = hi[out + c] + p * p + q * q + r * r + s * s;
    }
  }
}
