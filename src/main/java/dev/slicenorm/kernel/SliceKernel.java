package dev.slicenorm.kernel;

/**
 * The primitives over one kind of array. Each reduction follows {@link ReductionOrder}; each
 * element-wise primitive rounds as its formula says and nowhere else.
 *
 * <p>All positions and strides are in elements, and are trusted: callers have checked them.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
public interface SliceKernel<A> {

  /** {@return whether sums keep their rounding errors in {@link Sums#lo}} */
  boolean keepsErrors();

  /**
   * Reduces rows of at most one block each: {@code sums[out + r]} is the result for {@code length}
   * elements from {@code at + r·stride}.
   */
  void reduceRows(Term term, A x, int at, int stride, int rows, int length, Sums sums, int out);

  /**
   * Continues one lane of many columns: for rows {@code first, first + step, …}, {@code count} of
   * them, adds element {@code c} of the row to {@code sums[out + c]}, in that order.
   *
   * @param starts where each row starts, relative to {@code at}
   */
  void reduceColumns(
      Term term,
      A x,
      int at,
      int[] starts,
      int first,
      int step,
      int count,
      int columns,
      Sums sums,
      int out);

  /** Sums the products of two rows of at most one block: {@code sums[out] = Σ x·y}. */
  void dotRow(A x, int xAt, A y, int yAt, int length, Sums sums, int out);

  /** Continues one lane of the products of many columns, as {@link #reduceColumns} does. */
  void dotColumns(
      A x,
      int xAt,
      int[] xStarts,
      A y,
      int yAt,
      int[] yStarts,
      int first,
      int step,
      int count,
      int columns,
      Sums sums,
      int out);

  /** Scales a row: {@code y = (x·pre)·factor}, where {@code pre} is a power of two. */
  void scaleRow(A x, int xAt, A y, int yAt, int length, double pre, double factor);

  /** Scales a row with a factor for each column: {@code y = (x·pre[f + c])·factor[f + c]}. */
  void scaleColumns(A x, int xAt, A y, int yAt, int columns, double[] pre, double[] factor, int f);

  /**
   * The gradient of a row: {@code dv = ((dw − c·(v·pre))·a)·pre}, with {@code pre} a power of two.
   */
  void gradientRow(
      A v, int vAt, A dw, int dwAt, A dv, int dvAt, int length, double pre, double a, double c);

  /** The gradient of a row with coefficients for each column. */
  void gradientColumns(
      A v,
      int vAt,
      A dw,
      int dwAt,
      A dv,
      int dvAt,
      int columns,
      double[] pre,
      double[] a,
      double[] c,
      int f);
}
