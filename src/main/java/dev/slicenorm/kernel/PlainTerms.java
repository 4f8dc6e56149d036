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

  /**
   * Added to the bits of a size, it brings those from 1 to {@link #INFINITE} below {@link #END}.
   */
  private static final int NUMBERS_FIRST = Integer.MIN_VALUE - 1;

  private static final int END = Integer.MIN_VALUE + INFINITE;

  private PlainTerms() {}

  /**
   * Reduces rows, as {@link SliceKernel#reduceRows} does. Each term has a loop of its own: to
   * choose for each row takes as long as a short one (7 absolute values on Zen 5: 5.2 -> 2.2 ns).
   */
  static void reduceRows(
      Term term, float[] x, int at, int stride, int rows, int length, double[] results, int out) {
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

  private static int size(float[] x, int at) {
    return Float.floatToRawIntBits(x[at]) & SIZE;
  }

  /** {@return how many of one to eight elements, some step apart, are not 0; NaN with a NaN} */
  static double countUpTo8(float[] x, int at, int step, int length) {
    int count = 0;
    // By their number: with step 0 all are one. One comparison tells 0 and NaN from all others (16
    // slices of 8 on Zen 5: 154 -> 90 ns; by C1 a comparison of floats takes 1.6 times as long).
    for (int left = length, i = at; left > 0; left--, i += step) {
      int size = size(x, i);
      if (size + NUMBERS_FIRST < END) {
        count++;
      } else if (size != 0) {
        return Double.NaN;
      }
    }
    return count;
  }

  /** {@return the largest size of one to eight elements, some step apart} */
  static double largestOfUpTo8(float[] x, int at, int step, int length) {
    int end = at + (length - 1) * step;
    int most = size(x, at);
    for (int i = at; i != end; ) {
      i += step;
      most = Math.max(most, size(x, i));
    }
    return Float.intBitsToFloat(most);
  }

  /** {@return the smallest size of one to eight elements, some step apart} */
  static double smallestOfUpTo8(float[] x, int at, int step, int length) {
    int end = at + (length - 1) * step;
    int least = size(x, at) + NAN_FIRST;
    for (int i = at; i != end; ) {
      i += step;
      least = Math.min(least, size(x, i) + NAN_FIRST);
    }
    return Float.intBitsToFloat(least - NAN_FIRST);
  }

  /**
   * {@return how many elements of a row of one block at most are not 0; NaN with a NaN}
   *
   * <p>Each loop has a method of its own: one that C1 compiles before its loop was entered keeps
   * calls there (1024 elements: 1.3 µs, 9.0 with both loops here).
   */
  static double countNonZeros(float[] x, int at, int length) {
    return isShort(length) ? countUpTo8(x, at, 1, length) : countMany(x, at, length);
  }

  /** By the bits, without a branch for each element: 0.27 ns, with a test for NaN 0.45 to 0.7. */
  private static double countMany(float[] x, int at, int length) {
    int count = 0;
    int nan = 0;
    for (int i = at; i < at + length; i++) {
      int size = size(x, i);
      count += size != 0 ? 1 : 0;
      nan |= INFINITE - size;
    }
    return nan < 0 ? Double.NaN : count;
  }

  /** {@return the largest size of a row of one block at most} */
  static double largest(float[] x, int at, int length) {
    return isShort(length) ? largestOfUpTo8(x, at, 1, length) : largestOfMany(x, at, length);
  }

  private static double largestOfMany(float[] x, int at, int length) {
    int a = 0;
    int b = 0;
    int c = 0;
    int d = 0;
    int end = at + length;
    int i = at;
    for (; i < end - 3; i += 4) {
      a = Math.max(a, size(x, i));
      b = Math.max(b, size(x, i + 1));
      c = Math.max(c, size(x, i + 2));
      d = Math.max(d, size(x, i + 3));
    }
    for (; i < end; i++) {
      a = Math.max(a, size(x, i));
    }
    return Float.intBitsToFloat(Math.max(Math.max(a, b), Math.max(c, d)));
  }

  /** {@return the smallest size of a row of one block at most} */
  static double smallest(float[] x, int at, int length) {
    return isShort(length) ? smallestOfUpTo8(x, at, 1, length) : smallestOfMany(x, at, length);
  }

  private static double smallestOfMany(float[] x, int at, int length) {
    int a = INFINITE + NAN_FIRST;
    int b = a;
    int c = a;
    int d = a;
    int end = at + length;
    int i = at;
    for (; i < end - 3; i += 4) {
      a = Math.min(a, size(x, i) + NAN_FIRST);
      b = Math.min(b, size(x, i + 1) + NAN_FIRST);
      c = Math.min(c, size(x, i + 2) + NAN_FIRST);
      d = Math.min(d, size(x, i + 3) + NAN_FIRST);
    }
    for (; i < end; i++) {
      a = Math.min(a, size(x, i) + NAN_FIRST);
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
        case SQUARES, ABSOLUTES -> throw new AssertionError("are summed in an order");
        case NONZEROS -> addNonZeros(x, start, columns, hi, out);
        case MAXIMA -> raise(x, start, columns, hi, out);
        case MINIMA -> lower(x, start, columns, hi, out);
      }
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
