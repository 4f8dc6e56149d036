package dev.slicenorm.kernel;

/**
 * Maxima, minima and counts of a whole block of neighbouring columns, which are the same in every
 * order. Some rows that follow without a gap are taken as one: loops over few columns take longer
 * to start than to run.
 */
final class AnyOrder {

  /**
   * Columns of a wide row, at most, if it is made of several (256 rows on Zen 5: of 9 columns 0.68
   * -> 0.40 ns an element; 20 rows of 64 gain by two at a time, and lose by four).
   */
  private static final int WIDTH = 128;

  /** Rows that make a wide row, at most: there is room for so many results for each column. */
  private static final int MOST = 16;

  private AnyOrder() {}

  /**
   * Reduces as {@link SliceKernel#reduceBlock} says.
   *
   * @param term one that {@linkplain Term#isAnyOrder is the same in every order}
   */
  static <A> void reduce(
      SliceKernel<A> kernel,
      Term term,
      A x,
      int at,
      int[] starts,
      boolean adjacent,
      int rows,
      int columns,
      Sums sums,
      int out) {
    int together = adjacent ? together(rows, columns) : 1;
    int wide = together * columns;
    sums.clear(term, kernel.keepsErrors(), out, wide);
    int groups = rows / together;
    kernel.reduceColumns(term, x, at, starts, 0, together, groups, wide, sums, out);
    int done = groups * together;
    if (done < rows) {
      int left = (rows - done) * columns;
      kernel.reduceColumns(term, x, at, starts, done, 1, 1, left, sums, out);
    }
    for (int half = together / 2; half > 0; half /= 2) {
      sums.combine(term, out, out + half * columns, half * columns);
    }
  }

  private static int together(int rows, int columns) {
    int most = Math.min(Math.min(MOST, rows / 2), WIDTH / Math.max(columns, 1));
    return Math.max(Integer.highestOneBit(most), 1);
  }
}
