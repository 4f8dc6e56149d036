package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;

import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;
import java.util.Arrays;

/**
 * Sums of squares of a whole block of neighbouring columns: in which order rows and lanes are
 * walked, so that sums stay in L1 and lines that are wanted together don't evict each other. The
 * loops are those of {@link FloatColumns}.
 */
final class FloatColumnBlocks {

  /** Columns whose 32 sums each still share L1 with the elements. */
  private static final int ADJACENT_COLUMNS = 64;

  private static final int HALF = LANES / 2;

  /** Sums of lanes of columns that share L1 with the elements. */
  private static final int STREAMED_SUMS = 2048;

  /** Columns of which four lanes or more do. */
  private static final int STREAMED_COLUMNS = 512;

  /** Columns whose eight sums each do. */
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
    if (adjacent && columns <= STREAMED_COLUMNS && rows / LANES > FOLDED_ROWS) {
      streamAdjacent(x, at, starts, rows, columns, sums, out);
      return true;
    }
    if (rows >= 4 * LANES
        && (starts[1] - starts[0]) % SET_STRIDE == 0
        && (long) rows * columns <= CACHED_BLOCK) {
      for (int c = 0; c < columns; c += ADJACENT_COLUMNS) {
        streamTile(x, at, starts, rows, c, Math.min(ADJACENT_COLUMNS, columns - c), sums, out);
      }
      return true;
    }
    if (adjacent && columns <= WIDE_COLUMNS && rows / LANES <= FOLDED_ROWS) {
      // Eight lanes of all columns lie next to each other, as one wide row.
      foldRows(x, at, starts, 0, rows, 8 * columns, rows % LANES * columns, sums, out);
    } else if (rows <= 8) {
      FloatColumns.tree8(x, at, starts, rows, columns, sums.hi, out);
      return true;
    } else if (rows / LANES <= FOLDED_ROWS && (long) rows * columns <= CACHED_BLOCK) {
      for (int lane = 0; lane < 8; lane++) {
        foldLane(x, at, starts, lane, rows, columns, sums, out + lane * columns);
      }
    } else {
      return false;
    }
    for (int half = 4; half > 0; half >>= 1) {
      sums.combine(Term.SQUARES, out, out + half * columns, half * columns);
    }
    return true;
  }

  /**
   * Lanes of adjacent rows lie next to each other, as one wide row: no lane is walked by itself. As
   * many are taken together as find room for their sums in L1.
   */
  private static void streamAdjacent(
      float[] x, int at, int[] starts, int rows, int columns, Sums sums, int out) {
    int group = Math.min(LANES, Integer.highestOneBit(STREAMED_SUMS / columns));
    int width = group * columns;
    double[] lanes = sums.vectors(STREAMED_SUMS + HALF * STREAMED_COLUMNS);
    if (group == LANES) {
      streamLanes(x, at, starts, 0, group, rows, columns, lanes);
      halve(lanes, 0, HALF * columns, columns, sums.hi, out);
      return;
    }
    for (int lane = 0; lane < LANES; lane += group) {
      streamLanes(x, at, starts, lane, group, rows, columns, lanes);
      int to = STREAMED_SUMS + lane % HALF * columns;
      if (lane < HALF) {
        System.arraycopy(lanes, 0, lanes, to, width);
      } else {
        for (int i = 0; i < width; i++) {
          lanes[to + i] += lanes[i];
        }
      }
    }
    halve(lanes, STREAMED_SUMS, HALF / 2 * columns, columns, sums.hi, out);
  }

  /** Sums a group of lanes of all columns into {@code lanes}, from its start. */
  private static void streamLanes(
      float[] x, int at, int[] starts, int lane, int group, int rows, int columns, double[] lanes) {
    int width = group * columns;
    Arrays.fill(lanes, 0, width, 0);
    int row = lane;
    // By fours: eight rows a power of two apart evict each other from L1 (4096x256: 129 and 88 us).
    for (; row + 3 * LANES + group <= rows; row += 4 * LANES) {
      FloatColumns.squares4(x, at, starts, row, LANES, width, lanes, 0);
    }
    for (; row < rows; row += LANES) {
      int there = Math.min(group, rows - row) * columns;
      FloatColumns.squares1(x, at + starts[row], there, lanes, 0);
    }
  }

  /** Halves sums of lanes down to those of one lane, which go to {@code sums}. */
  private static void halve(double[] lanes, int at, int most, int columns, double[] sums, int out) {
    for (int half = most; half >= columns; half >>= 1) {
      for (int i = at; i < at + half; i++) {
        lanes[i] += lanes[half + i];
      }
    }
    System.arraycopy(lanes, at, sums, out, columns);
  }

  /**
   * All lanes of a few columns, which stay in L1, while the rows go by one after the other: no two
   * lines of a set are wanted at once.
   */
  private static void streamTile(
      float[] x, int at, int[] starts, int rows, int first, int columns, Sums sums, int out) {
    double[] lanes = sums.vectors(LANES * ADJACENT_COLUMNS);
    Arrays.fill(lanes, 0, LANES * columns, 0);
    int row = 0;
    for (; row <= rows - 4 * LANES; row += 4 * LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        FloatColumns.squares4(
            x, at + first, starts, row + lane, LANES, columns, lanes, lane * columns);
      }
    }
    for (; row < rows; row++) {
      FloatColumns.squares1(x, at + starts[row] + first, columns, lanes, row % LANES * columns);
    }
    halve(lanes, 0, HALF * columns, columns, sums.hi, out + first);
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
