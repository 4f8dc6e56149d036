package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.ReductionOrder.LANES;

/**
 * Sums of squares of neighbouring columns of few elements, by rows that are spaced evenly.
 *
 * <p>Each step of halving, and each addition within a lane, joins rows half as many apart as the
 * step before. So eight rows an eighth of a power of two apart make one sum, which needs no room on
 * the way, and what is left to be halved is an eighth of the block (30 rows of 1024: 4.5 µs,
 * against 23 lane by lane; 100: 15 against 35).
 */
final class FewRows {

  /** Rows up to which eight make one sum: with more, that of two lanes would be longer. */
  private static final int BY_EIGHTS = 4 * LANES;

  /** Rows up to which pairs of lanes pay: more of them, far apart, are slow to come from memory. */
  private static final int BY_LANES = 8 * LANES;

  /** Columns of which whole rows are taken as one: of few, calls and ends of loops cost. */
  private static final int WIDE_COLUMNS = 256;

  private FewRows() {}

  /** {@return whether this is a way for so many rows and columns} */
  static boolean fit(boolean adjacent, int rows, int columns) {
    return rows <= BY_EIGHTS || (rows <= BY_LANES && !isOneRow(adjacent, columns));
  }

  private static boolean isOneRow(boolean adjacent, int columns) {
    return adjacent && columns <= WIDE_COLUMNS;
  }

  /** Sums squares as {@link SliceKernel#reduceBlock} says. */
  static void squares(
      ScalarFloatKernel kernel,
      float[] x,
      int at,
      int[] starts,
      boolean adjacent,
      int rows,
      int columns,
      Sums sums,
      int out) {
    int parts = sumParts(kernel, x, at, starts, adjacent, rows, columns, sums, out);
    for (int half = parts / 2; half > 0; half >>= 1) {
      sums.combine(Term.SQUARES, out, out + half * columns, half * columns);
    }
  }

  /** Writes norms as {@link SliceKernel#normColumns} says. */
  static void norms(
      ScalarFloatKernel kernel,
      float[] x,
      int at,
      int[] starts,
      boolean adjacent,
      int rows,
      int columns,
      Sums sums,
      float[] norms,
      int to) {
    int parts = sumParts(kernel, x, at, starts, adjacent, rows, columns, sums, 0);
    for (int half = parts / 2; half > 1; half >>= 1) {
      sums.combine(Term.SQUARES, 0, half * columns, half * columns);
    }
    sums.writeRoots(Math.min(parts, 2), columns, norms, to);
  }

  /** {@return the number of sums for each column, which are to be halved} */
  private static int sumParts(
      ScalarFloatKernel kernel,
      float[] x,
      int at,
      int[] starts,
      boolean adjacent,
      int rows,
      int columns,
      Sums sums,
      int out) {
    if (rows > BY_EIGHTS) {
      sumPairsOfLanes(x, at, starts, rows, columns, sums, out);
      return LANES / 2;
    }
    double[] hi = sums.hi;
    int parts = 1;
    while (8 * parts < rows) {
      parts *= 2;
    }
    if (!isOneRow(adjacent, columns)) {
      for (int row = 0; row < parts; row++) {
        int present = (rows - row + parts - 1) / parts;
        kernel.eightRows(x, at, starts, row, parts, present, columns, hi, out + row * columns);
      }
      return parts;
    }
    // So many rows are one wide row, of which the last may be cut short.
    int present = rows / parts;
    int cut = rows % parts * columns;
    if (cut > 0) {
      kernel.eightRows(x, at, starts, 0, parts, present + 1, cut, hi, out);
    }
    kernel.eightRows(x, at + cut, starts, 0, parts, present, parts * columns - cut, hi, out + cut);
    return parts;
  }

  /**
   * Sums lane by lane, and adds those half a block apart to each other at once, while they are in
   * L1 (140 rows of 1024: 24 µs, against 29 with sums of all lanes).
   */
  private static void sumPairsOfLanes(
      float[] x, int at, int[] starts, int rows, int columns, Sums sums, int out) {
    int other = out + LANES / 2 * columns;
    for (int lane = 0; lane < LANES / 2; lane++) {
      int to = out + lane * columns;
      PlainColumns.lane(x, at, starts, lane, rows, columns, sums.hi, to);
      PlainColumns.lane(x, at, starts, lane + LANES / 2, rows, columns, sums.hi, other);
      sums.combine(Term.SQUARES, to, other, columns);
    }
  }
}
