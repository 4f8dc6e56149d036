package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.ColumnLoops.LEVEL;
import static dev.slicenorm.kernel.ReductionOrder.LANES;

/**
 * Sums of squares of neighbouring columns of few elements, by rows that are spaced evenly.
 *
 * <p>Each step of halving, and each addition within a lane, joins rows half as many apart as the
 * step before. So eight rows an eighth of a power of two apart make one sum, which needs no room on
 * the way. What is left to be halved is a part for each row before the second of the eight: parts
 * are summed in the order in which they are joined, so that few sums for each column are kept, and
 * they stay in L1.
 */
final class FewRows {

  /** Rows up to which eight or fewer make one sum. */
  private static final int MOST = 8 * LANES;

  /** Rows up to which those of a part don't belong to one lane. */
  private static final int MOST_AS_ONE_ROW = 4 * LANES;

  /** Columns of which whole rows are taken as one: of few, calls and ends of loops cost. */
  private static final int WIDE_COLUMNS = 256;

  /** Sums for each column that are kept at once: of each halving, and of what is added next. */
  private static final int LEVELS = 6;

  private FewRows() {}

  /** {@return whether this is a way for so many rows and columns} */
  static boolean fit(boolean adjacent, int rows, int columns) {
    return rows <= (isOneRow(adjacent, columns) ? MOST_AS_ONE_ROW : MOST);
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
    int parts = parts(rows);
    if (isOneRow(adjacent, columns)) {
      sumAsOneRow(kernel, x, at, starts, parts, rows, columns, sums.hi, out);
      sums.halve(out, parts, columns);
      return;
    }
    double[] levels = sums.vectors(LEVELS * LEVEL);
    for (int c = 0; c < columns; c += LEVEL) {
      int width = Math.min(LEVEL, columns - c);
      setLevel(kernel, x, at + c, starts, 0, 1, parts, rows, width, levels, 0);
      System.arraycopy(levels, 0, sums.hi, out + c, width);
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
    int parts = parts(rows);
    if (parts > 1 && isOneRow(adjacent, columns)) {
      sumAsOneRow(kernel, x, at, starts, parts, rows, columns, sums.hi, 0);
      sums.halve(0, parts / 2, 2 * columns);
      Sums.writeRoots(sums.hi, columns, columns, norms, to);
      return;
    }
    double[] levels = parts == 1 ? sums.hi : sums.vectors(LEVELS * LEVEL);
    for (int c = 0; c < columns; c += LEVEL) {
      int width = Math.min(LEVEL, columns - c);
      if (parts == 1) {
        kernel.eightRows(x, at + c, starts, 0, 1, rows, width, levels, 0);
        Sums.writeRoots(levels, width, norms, to + c);
        continue;
      }
      setLevel(kernel, x, at + c, starts, 0, 2, parts, rows, width, levels, 0);
      setLevel(kernel, x, at + c, starts, 1, 2, parts, rows, width, levels, LEVEL);
      Sums.writeRoots(levels, LEVEL, width, norms, to + c);
    }
  }

  private static int parts(int rows) {
    int parts = 1;
    while (8 * parts < rows) {
      parts *= 2;
    }
    return parts;
  }

  /** Sums all parts, each by itself. So many rows are one wide row, the last may be cut short. */
  private static void sumAsOneRow(
      ScalarFloatKernel kernel,
      float[] x,
      int at,
      int[] starts,
      int parts,
      int rows,
      int columns,
      double[] hi,
      int out) {
    int present = rows / parts;
    int cut = rows % parts * columns;
    if (cut > 0) {
      kernel.eightRows(x, at, starts, 0, parts, present + 1, cut, hi, out);
    }
    kernel.eightRows(x, at + cut, starts, 0, parts, present, parts * columns - cut, hi, out + cut);
  }

  /** Sets a level to the sum of the parts {@code part, part + step, …}. */
  private static void setLevel(
      ScalarFloatKernel kernel,
      float[] x,
      int at,
      int[] starts,
      int part,
      int step,
      int parts,
      int rows,
      int columns,
      double[] levels,
      int level) {
    if (step == parts) {
      int present = (rows - part + parts - 1) / parts;
      kernel.eightRows(x, at, starts, part, parts, present, columns, levels, level);
      return;
    }
    setLevel(kernel, x, at, starts, part, 2 * step, parts, rows, columns, levels, level);
    int other = part + step;
    int present = (rows - other + parts - 1) / parts;
    if (2 * step == parts && present < 8) {
      PlainColumns.addSeven(x, at, starts, other, parts, present, columns, levels, level);
      return;
    }
    setLevel(kernel, x, at, starts, other, 2 * step, parts, rows, columns, levels, level + LEVEL);
    ColumnLoops.addLevel(columns, levels, level);
  }
}
