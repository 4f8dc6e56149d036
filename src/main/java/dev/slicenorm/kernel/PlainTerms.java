package dev.slicenorm.kernel;

/**
 * Reductions of F32 rows and columns other than sums of squares, in plain Java.
 *
 * <p>A maximum, a minimum and a count are the same in every order. Of a row they are found among
 * the bits of the elements, four at a time, without a branch: 1024 elements in 0.43 µs by C2 and 1
 * by C1. {@link Math#max(float, float)} takes 0.24 to 0.5 and 2.6, and rows of 7 four times as long
 * in some JVMs; a branch for each larger element takes 0.2 or 1, by what was compiled before.
 */
public final class PlainTerms {

  /** The bits of a float without the sign: they order magnitudes, with NaN behind infinity. */
  public static final int SIZE = Integer.MAX_VALUE;

  /** The bits of infinity. */
  public static final int INFINITE = 0x7f800000;

  /** Added to the bits of a size, it leaves NaN, and only that, below 0: the smallest of all. */
  public static final int NAN_FIRST = SIZE - INFINITE;

  private PlainTerms() {}

  /** Reduces rows, as {@link SliceKernel#reduceRows} does. */
  static void reduceRows(
      Term term, float[] x, int at, int stride, int rows, int length, double[] results, int out) {
    if (isShort(length)) {
      for (int row = 0, start = at; row < rows; row++, start += stride) {
        results[out + row] = reduceUpTo8(term, x, start, 1, length);
      }
      return;
    }
    switch (term) {
      case SQUARES -> throw new AssertionError("PlainRows sums them");
      case ABSOLUTES -> {
        for (int row = 0, start = at; row < rows; row++, start += stride) {
          results[out + row] = PlainAbsolutes.sum(x, start, length);
        }
      }
      case NONZEROS -> {
        for (int row = 0, start = at; row < rows; row++, start += stride) {
          results[out + row] = countNonZeros(x, start, length);
        }
      }
      case MAXIMA -> {
        for (int row = 0, start = at; row < rows; row++, start += stride) {
          results[out + row] = largest(x, start, length);
        }
      }
      case MINIMA -> {
        for (int row = 0, start = at; row < rows; row++, start += stride) {
          results[out + row] = smallest(x, start, length);
        }
      }
    }
  }

  /**
   * {@return the result for a row of one block at most}
   *
   * @param term any but the squares
   */
  public static double reduceRow(Term term, float[] x, int at, int length) {
    if (isShort(length)) {
      return reduceUpTo8(term, x, at, 1, length);
    }
    return switch (term) {
      case SQUARES -> throw new AssertionError("PlainRow sums them");
      case ABSOLUTES -> PlainAbsolutes.sum(x, at, length);
      case NONZEROS -> countNonZeros(x, at, length);
      case MAXIMA -> largest(x, at, length);
      case MINIMA -> smallest(x, at, length);
    };
  }

  private static boolean isShort(int length) {
    return length > 0 && length <= ShortSlices.MOST;
  }

  /**
   * {@return the result for one to eight elements, some step apart}
   *
   * @param term any but the squares
   */
  static double reduceUpTo8(Term term, float[] x, int at, int step, int length) {
    int end = at + (length - 1) * step;
    int i = at;
    int size = Float.floatToRawIntBits(x[i]) & SIZE;
    switch (term) {
      case SQUARES -> throw new AssertionError("ShortSlices sums them");
      case ABSOLUTES -> {
        return PlainAbsolutes.upTo8(x, at, step, length);
      }
      case NONZEROS -> {
        int count = size != 0 ? 1 : 0;
        int nan = INFINITE - size;
        // By their number: with step 0 all are one, which changes no maximum.
        for (int left = length; left > 1; left--) {
          i += step;
          size = Float.floatToRawIntBits(x[i]) & SIZE;
          count += size != 0 ? 1 : 0;
          nan |= INFINITE - size;
        }
        return nan < 0 ? Double.NaN : count;
      }
      case MAXIMA -> {
        while (i != end) {
          i += step;
          size = Math.max(size, Float.floatToRawIntBits(x[i]) & SIZE);
        }
        return Float.intBitsToFloat(size);
      }
      case MINIMA -> {
        int least = size + NAN_FIRST;
        while (i != end) {
          i += step;
          least = Math.min(least, (Float.floatToRawIntBits(x[i]) & SIZE) + NAN_FIRST);
        }
        return Float.intBitsToFloat(least - NAN_FIRST);
      }
    }
    throw new AssertionError(term);
  }

  /** By the bits, without a branch for each element: 0.27 ns, with a test for NaN 0.45 to 0.7. */
  private static double countNonZeros(float[] x, int at, int length) {
    int count = 0;
    int nan = 0;
    for (int i = at; i < at + length; i++) {
      int size = Float.floatToRawIntBits(x[i]) & SIZE;
      count += size != 0 ? 1 : 0;
      nan |= INFINITE - size;
    }
    return nan < 0 ? Double.NaN : count;
  }

  private static double largest(float[] x, int at, int length) {
    int a = 0;
    int b = 0;
    int c = 0;
    int d = 0;
    int end = at + length;
    int i = at;
    for (; i < end - 3; i += 4) {
      a = Math.max(a, Float.floatToRawIntBits(x[i]) & SIZE);
      b = Math.max(b, Float.floatToRawIntBits(x[i + 1]) & SIZE);
      c = Math.max(c, Float.floatToRawIntBits(x[i + 2]) & SIZE);
      d = Math.max(d, Float.floatToRawIntBits(x[i + 3]) & SIZE);
    }
    for (; i < end; i++) {
      a = Math.max(a, Float.floatToRawIntBits(x[i]) & SIZE);
    }
    return Float.intBitsToFloat(Math.max(Math.max(a, b), Math.max(c, d)));
  }

  private static double smallest(float[] x, int at, int length) {
    int a = INFINITE + NAN_FIRST;
    int b = a;
    int c = a;
    int d = a;
    int end = at + length;
    int i = at;
    for (; i < end - 3; i += 4) {
      a = Math.min(a, (Float.floatToRawIntBits(x[i]) & SIZE) + NAN_FIRST);
      b = Math.min(b, (Float.floatToRawIntBits(x[i + 1]) & SIZE) + NAN_FIRST);
      c = Math.min(c, (Float.floatToRawIntBits(x[i + 2]) & SIZE) + NAN_FIRST);
      d = Math.min(d, (Float.floatToRawIntBits(x[i + 3]) & SIZE) + NAN_FIRST);
    }
    for (; i < end; i++) {
      a = Math.min(a, (Float.floatToRawIntBits(x[i]) & SIZE) + NAN_FIRST);
    }
    return Float.intBitsToFloat(Math.min(Math.min(a, b), Math.min(c, d)) - NAN_FIRST);
  }

  /** Goes on with one lane of columns, as {@link SliceKernel#reduceColumns} does. */
  static void reduceColumns(
      Term term,
      float[] x,
      int at,
      int[] starts,
      int first,
      int step,
      int count,
      int columns,
      double[] hi,
      int out) {
    for (int i = 0, row = first; i < count; i++, row += step) {
      int start = at + starts[row];
      switch (term) {
        case SQUARES -> throw new AssertionError("PlainColumns sums them");
        case ABSOLUTES -> addSizes(x, start, columns, hi, out);
        case NONZEROS -> addNonZeros(x, start, columns, hi, out);
        case MAXIMA -> raise(x, start, columns, hi, out);
        case MINIMA -> lower(x, start, columns, hi, out);
      }
    }
  }

  private static void addSizes(float[] x, int start, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      hi[out + c] += Math.abs((double) x[start + c]);
    }
  }

  /** Adds 1 for each element but 0, which the power of two takes to 1 or more, and NaN for NaN. */
  private static void addNonZeros(float[] x, int start, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      hi[out + c] += Math.min(Math.abs((double) x[start + c]) * 0x1p149, 1);
    }
  }

  private static void raise(float[] x, int start, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      hi[out + c] = Math.max(hi[out + c], Math.abs((double) x[start + c]));
    }
  }

  private static void lower(float[] x, int start, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      hi[out + c] = Math.min(hi[out + c], Math.abs((double) x[start + c]));
    }
  }
}
