package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;

import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;
import java.util.Arrays;

/**
 * Sums of squares of a whole block of neighbouring columns: in which order rows and lanes are
 * walked, so that sums stay in registers or in L1, and lines that are wanted together don't evict
 * each other. The loops are those of {@link FloatEightRows} and {@link FloatColumns}.
 */
final class FloatColumnBlocks {

  /** Rows up to which eight make one sum: with more, that of two lanes would be longer. */
  static final int FEW_ROWS = 4 * LANES;

  /** Columns whose eight sums each share L1 with the elements. */
  private static final int WIDE_COLUMNS = 256;

  /**
   * Rows of each lane that are added up in registers; more of them would evict each other from L1.
   */
  private static final int FOLDED_ROWS = 8;

  /** Elements of a block that a cache holds, so that rows can be walked in any order. */
  private static final int CACHED_BLOCK = 1 << 17;

  /** Rows so many elements apart, or a multiple, crowd into few sets of L1. */
  private static final int SET_STRIDE = 256;

  private FloatColumnBlocks() {}

  /** Sums squares as {@link VectorFloatKernel#reduceBlock} says. */
  static boolean squares(
      float[] x,
      int at,
      int[] starts,
      boolean adjacent,
      int rows,
      int columns,
      Sums sums,
      int out) {
    int parts = 8;
    if (rows <= FEW_ROWS) {
      parts = eightRowsEach(x, at, starts, adjacent, rows, columns, sums.hi, out);
    } else if (rows / LANES > FOLDED_ROWS || crowdsL1(starts)) {
      return false;
    } else if (adjacent && columns <= WIDE_COLUMNS) {
      // Eight lanes of all columns lie next to each other, as one wide row.
      foldRows(x, at, starts, 0, rows, 8 * columns, rows % LANES * columns, sums, out);
    } else if ((long) rows * columns <= CACHED_BLOCK) {
      for (int lane = 0; lane < 8; lane++) {
        foldLane(x, at, starts, lane, rows, columns, sums, out + lane * columns);
      }
    } else {
      return false;
    }
    for (int half = parts / 2; half > 0; half >>= 1) {
      sums.combine(Term.SQUARES, out, out + half * columns, half * columns);
    }
    return true;
  }

  /**
   * Sums rows eight by eight. Each step of halving, and each addition within a lane, joins rows
   * half as many apart as the step before, so the eight are spaced evenly (64 blocks of 9 rows of
   * 512: 255 µs by lanes, 101 so).
   *
   * @return the number of sums for each column, which are to be halved
   */
  private static int eightRowsEach(
      float[] x,
      int at,
      int[] starts,
      boolean adjacent,
      int rows,
      int columns,
      double[] sums,
      int out) {
    int step = 1;
    while (8 * step < rows) {
      step *= 2;
    }
    if (!adjacent || columns > WIDE_COLUMNS) {
      for (int row = 0; row < step; row++) {
        int present = (rows - row + step - 1) / step;
        eightRows(x, at, starts, row, step, present, columns, sums, out + row * columns);
      }
      return step;
    }
    // So many rows are one wide row, of which the last may be cut short.
    int present = rows / step;
    int cut = rows % step * columns;
    if (cut > 0) {
      eightRows(x, at, starts, 0, step, present + 1, cut, sums, out);
    }
    eightRows(x, at + cut, starts, 0, step, present, step * columns - cut, sums, out + cut);
    return step;
  }

  private static void eightRows(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] sums,
      int out) {
    if (step == LANES / 2) {
      FloatEightRows.lanes8(x, at, starts, row, step, rows, columns, sums, out);
    } else {
      FloatEightRows.tree8(x, at, starts, row, step, rows, columns, sums, out);
    }
  }

  /** {@return whether rows that are wanted together evict each other from L1} */
  private static boolean crowdsL1(int[] starts) {
    return (starts[1] - starts[0]) % SET_STRIDE == 0;
  }

  private static void foldRows(
      float[] x, int at, int[] starts, int row, int rows, int width, int left, Sums sums, int out) {
    int count = rows / LANES;
    if (left == 0) {
      FloatColumns.fold4(x, at, starts, row, count, width, sums.hi, out);
      return;
    }
    float[] tail = sums.padding(4 * width);
    System.arraycopy(x, at + starts[count * LANES], tail, 0, left);
    Arrays.fill(tail, left, 4 * width, 0);
    FloatColumns.fold4(x, at, starts, row, count, tail, width, sums.hi, out);
  }

  private static void foldLane(
      float[] x, int at, int[] starts, int lane, int rows, int columns, Sums sums, int out) {
    int count = rows / LANES;
    if (rows % LANES == 0) {
      FloatColumns.fold4(x, at, starts, lane, count, columns, sums.hi, out);
      return;
    }
    float[] tail = sums.padding(4 * columns);
    for (int q = 0; q < 4; q++) {
      int row = count * LANES + 8 * q + lane;
      if (row < rows) {
        System.arraycopy(x, at + starts[row], tail, q * columns, columns);
      } else {
        Arrays.fill(tail, q * columns, (q + 1) * columns, 0);
      }
    }
    FloatColumns.fold4(x, at, starts, lane, count, tail, columns, sums.hi, out);
  }
}
