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

  /**
   * Columns up to which rows that follow without a gap are taken as one wide row for all lanes,
   * however few they are: loops over so few columns take longer to start than to run (33 rows of 64
   * on Zen 5: F64 squares 2.4 -> 1.2 ns an element, of 9 4.4 -> 1.9; of 128 as fast).
   */
  int NARROW = 64;

  /**
   * {@return whether sums keep their rounding errors in {@link Sums#lo}; otherwise no primitive
   * writes there, and it stays zero}
   */
  boolean keepsErrors();

  /**
   * Reduces rows of at most one block each: {@code sums[out + r]} is the result for {@code length}
   * elements from {@code at + r·stride}.
   */
  void reduceRows(Term term, A x, int at, int stride, int rows, int length, Sums sums, int out);

  /**
   * {@return whether {@link #squareRow} is a way for a row of one block at most}
   *
   * @param length its elements
   */
  boolean squaresRow(int length);

  /**
   * {@return the sum of squares of one row, as {@link #reduceRows} has it; needs no room}
   *
   * @param length a length for which {@link #squaresRow}
   */
  double squareRow(A x, int at, int length);

  /**
   * Sums the squares of {@code length} elements, of one block at most, from {@code at} on, {@code
   * step} apart, if this kernel has a way for them that beats packing them first.
   *
   * @return whether it has; otherwise {@code sums[out]} is of no use
   */
  default boolean squareStepped(A x, int at, int step, int length, Sums sums, int out) {
    return false;
  }

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

  /**
   * Reduces a whole block of neighbouring columns into {@code sums[out]} and following, if this
   * kernel has a way that beats lane by lane.
   *
   * @param adjacent whether the rows follow one another without a gap
   * @param sums has room for seventeen times {@code columns} from {@code out}
   * @return whether it has; otherwise nothing was done
   */
  default boolean reduceBlock(
      Term term,
      A x,
      int at,
      int[] starts,
      boolean adjacent,
      int rows,
      int columns,
      Sums sums,
      int out) {
    return false;
  }

  /**
   * Writes the roots of what {@link #reduceRows} gives for squares, if this kernel has a way that
   * beats taking them afterwards.
   *
   * @param sums room to work in
   * @param norms receives one norm for each row, from {@code to} on
   * @return whether it has; otherwise nothing was done
   */
  default boolean normRows(
      A x, int at, int stride, int rows, int length, Sums sums, A norms, int to) {
    return false;
  }

  /**
   * Writes the roots of what {@link #reduceBlock} gives for squares of columns that are no longer
   * than the block, if this kernel has a way that beats taking them afterwards.
   *
   * @param starts where each row starts, relative to {@code at}
   * @param adjacent whether the rows follow one another without a gap
   * @param sums room to work in, for seventeen times {@code columns}
   * @param norms receives one norm for each column, from {@code to} on
   * @return whether it has; otherwise nothing was done
   */
  default boolean normColumns(
      A x,
      int at,
      int[] starts,
      boolean adjacent,
      int rows,
      int columns,
      Sums sums,
      A norms,
      int to) {
    return false;
  }

  /**
   * Writes norms as {@link #normColumns} does, of many blocks that are too small to be taken one by
   * one, if this kernel has a way for them.
   *
   * @param rowStep from each row of a block to the next
   * @param blockStep from each block to the next
   * @param norms receives one norm for each column, those of a block from {@code to} on, of the
   *     next from {@code to + toStep} on
   * @return whether it has; otherwise nothing was done
   */
  default boolean normBlocks(
      A x,
      int at,
      int rowStep,
      int blockStep,
      int blocks,
      int rows,
      int columns,
      A norms,
      int to,
      int toStep) {
    return false;
  }

  /** Sums {@code x²} and {@code x·y} over two rows of at most one block. */
  default void squaresAndDotsRow(
      A x, int xAt, A y, int yAt, int length, Sums squares, Sums dots, int out) {
    dotRow(x, xAt, x, xAt, length, squares, out);
    dotRow(x, xAt, y, yAt, length, dots, out);
  }

  /**
   * Continues one lane of {@code x²} and {@code x·y} of many columns, as {@link #reduceColumns}
   * does.
   */
  default void squaresAndDotsColumns(
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
      Sums squares,
      Sums dots,
      int out) {
    reduceColumns(Term.SQUARES, x, xAt, xStarts, first, step, count, columns, squares, out);
    dotColumns(x, xAt, xStarts, y, yAt, yStarts, first, step, count, columns, dots, out);
  }

  /** Copies elements at an even step, which may be negative, to neighbouring places. */
  void pack(A x, int at, int step, A row, int to, int count);

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

  /**
   * {@return whether {@link #scaleRow} is as fast for a row as {@link #scaleRows}}
   *
   * @param length its elements
   */
  boolean scalesRow(int length);

  /** Scales an F32 row as {@link #scaleRows} does, and needs no room: {@code y = x·factor}. */
  void scaleRow(A x, int xAt, A y, int yAt, int length, double factor);

  /**
   * Scales rows with a factor for each: {@code y = (x·pre)·factor}, where {@code pre} is a power of
   * two, and 1 for F32, whose products {@link SplitFactor} defines.
   *
   * @param xStride from each row to the next
   * @param yStride from each result to the next
   * @param factors holds the factors of the rows, and room
   * @param first the slice that the first row is
   */
  void scaleRows(
      A x,
      int xAt,
      int xStride,
      A y,
      int yAt,
      int yStride,
      int rows,
      int length,
      Factors factors,
      int first);

  /**
   * Scales the row of a slice as {@link #scaleRows} does, without a power of two, and sums the
   * squares of another row of the same array: {@code sums[slice + 1] = Σ x²} from {@code next} on.
   * The results lie elsewhere than that row.
   */
  default void scaleRowAndSquare(
      A x, int xAt, A y, int yAt, int next, int length, Factors factors, int slice, Sums sums) {
    scaleRows(x, xAt, 0, y, yAt, 0, 1, length, factors, slice);
    reduceRows(Term.SQUARES, x, next, 0, 1, length, sums, slice + 1);
  }

  /**
   * Scales rows with a factor for each column.
   *
   * @param xStarts where each row starts, relative to {@code xAt}
   * @param yStarts where each result starts, relative to {@code yAt}
   * @param factors for F32, {@linkplain Factors#split split}
   */
  void scaleColumns(
      A x,
      int xAt,
      int[] xStarts,
      A y,
      int yAt,
      int[] yStarts,
      int rows,
      int columns,
      Factors factors);

  /**
   * The gradient of a row: {@code dv = ((dw − c·(v·pre))·a)·pre}, with {@code pre} a power of two.
   *
   * @param factors holds factor for a, second for c, and room
   * @param slice the slice that the row is
   */
  void gradientRow(
      A v, int vAt, A dw, int dwAt, A dv, int dvAt, int length, Factors factors, int slice);

  /** The gradient of rows with coefficients for each column: factor for a, second for c. */
  void gradientColumns(
      A v,
      int vAt,
      int[] vStarts,
      A dw,
      int dwAt,
      int[] dwStarts,
      A dv,
      int dvAt,
      int[] dvStarts,
      int rows,
      int columns,
      Factors factors);
}
