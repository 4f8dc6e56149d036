package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;

import dev.slicenorm.kernel.Sums;
import java.util.Arrays;

/**
 * Sums of squares of a whole block of neighbouring columns: in which order rows and lanes are
 * walked, so that sums stay in registers or in L1, and lines that are wanted together don't evict
 * each other. The loops are those of {@link FloatColumns}.
 */
final class FloatColumnBlocks {

  /** Columns whose eight sums each share L1 with the elements. */
  private static final int WIDE_COLUMNS = 256;

  /**
   * Rows of each lane that are added up in registers, at least and at most: of fewer, eight at a
   * time make one sum, and more would evict each other from L1.
   */
  private static final int LEAST_FOLDED = 4;

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
    if (rows <= LEAST_FOLDED * LANES || rows / LANES > FOLDED_ROWS || crowdsL1(starts)) {
      return false;
    }
    if (adjacent && columns <= WIDE_COLUMNS) {
      // Eight lanes of all columns lie next to each other, as one wide row.
      foldRows(x, at, starts, 0, rows, 8 * columns, rows % LANES * columns, sums, out);
    } else if ((long) rows * columns <= CACHED_BLOCK) {
      for (int lane = 0; lane < 8; lane++) {
        foldLane(x, at, starts, lane, rows, columns, sums, out + lane * columns);
      }
    } else {
      return false;
    }
    sums.halve(out, 8, columns);
    return true;
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
