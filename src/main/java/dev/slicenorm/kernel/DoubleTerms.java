package dev.slicenorm.kernel;

/**
 * Maxima, minima and counts of F64 rows in plain Java, which are the same in every order: found
 * among the bits of the elements, four at a time, as {@link PlainTerms} does for F32.
 */
public final class DoubleTerms {

  /** The bits of a double without the sign: they order magnitudes, with NaN behind infinity. */
  private static final long SIZE = Long.MAX_VALUE;

  /** The bits of infinity. */
  private static final long INFINITE = 0x7ffL << 52;

  /** Added to the bits of a size, it leaves NaN, and only that, below 0: the smallest of all. */
  private static final long NAN_FIRST = SIZE - INFINITE;

  private DoubleTerms() {}

  /** Reduces rows, as {@link SliceKernel#reduceRows} does. */
  static void reduceRows(
      Term term, double[] x, int at, int stride, int rows, int length, double[] results, int out) {
    for (int row = 0, start = at; row < rows; row++, start += stride) {
      results[out + row] = reduceRow(term, x, start, length);
    }
  }

  /**
   * {@return the result for a row of one block at most}
   *
   * @param term any but the sums
   */
  public static double reduceRow(Term term, double[] x, int at, int length) {
    return switch (term) {
      case SQUARES, ABSOLUTES -> throw new AssertionError("PairLanes sums them");
      case NONZEROS -> countNonZeros(x, at, length);
      case MAXIMA -> largest(x, at, length);
      case MINIMA -> smallest(x, at, length);
    };
  }

  private static double countNonZeros(double[] x, int at, int length) {
    int count = 0;
    long nan = 0;
    for (int i = at; i < at + length; i++) {
      long size = Double.doubleToRawLongBits(x[i]) & SIZE;
      count += size != 0 ? 1 : 0;
      nan |= INFINITE - size;
    }
    return nan < 0 ? Double.NaN : count;
  }

  private static double largest(double[] x, int at, int length) {
    long a = 0;
    long b = 0;
    long c = 0;
    long d = 0;
    int end = at + length;
    int i = at;
    for (; i < end - 3; i += 4) {
      a = Math.max(a, Double.doubleToRawLongBits(x[i]) & SIZE);
      b = Math.max(b, Double.doubleToRawLongBits(x[i + 1]) & SIZE);
      c = Math.max(c, Double.doubleToRawLongBits(x[i + 2]) & SIZE);
      d = Math.max(d, Double.doubleToRawLongBits(x[i + 3]) & SIZE);
    }
    for (; i < end; i++) {
      a = Math.max(a, Double.doubleToRawLongBits(x[i]) & SIZE);
    }
    return Double.longBitsToDouble(Math.max(Math.max(a, b), Math.max(c, d)));
  }

  private static double smallest(double[] x, int at, int length) {
    long a = INFINITE + NAN_FIRST;
    long b = a;
    long c = a;
    long d = a;
    int end = at + length;
    int i = at;
    for (; i < end - 3; i += 4) {
      a = Math.min(a, (Double.doubleToRawLongBits(x[i]) & SIZE) + NAN_FIRST);
      b = Math.min(b, (Double.doubleToRawLongBits(x[i + 1]) & SIZE) + NAN_FIRST);
      c = Math.min(c, (Double.doubleToRawLongBits(x[i + 2]) & SIZE) + NAN_FIRST);
      d = Math.min(d, (Double.doubleToRawLongBits(x[i + 3]) & SIZE) + NAN_FIRST);
    }
    for (; i < end; i++) {
      a = Math.min(a, (Double.doubleToRawLongBits(x[i]) & SIZE) + NAN_FIRST);
    }
    return Double.longBitsToDouble(Math.min(Math.min(a, b), Math.min(c, d)) - NAN_FIRST);
  }
}
