package dev.slicenorm.kernel;

import java.util.Arrays;

/**
 * Rows across columns times a factor for each column, in plain Java, as {@link SplitFactor} defines
 * the products.
 *
 * <p>A row's products are computed aside, twice: in ways that agree wherever no second look is
 * needed, and have no branches. There, all arrays are gone through with one index: only then does
 * C2 know that no result takes the place of a later element, and vectorizes. The comparison is the
 * JVM's own, also under C1. 1024 products take 0.3 µs; one by one, without FMA instructions, 5 µs.
 */
final class PlainProducts {

  /**
   * Takes every float below {@link SplitFactor#LEAST} to 0, and one that {@link #FROM_ZERO} takes
   * back to what it was lost nothing.
   */
  private static final float TO_ZERO = 0x1p-50f;

  private static final float FROM_ZERO = 0x1p50f;

  /** The shortest row that is worth what goes around its loop. */
  private static final int LEAST = 128;

  /** Elements of a row whose products are computed at a time, so that all stay in L1. */
  private static final int PIECE = 1024;

  private PlainProducts() {}

  /**
   * {@return whether rows of a length are for {@link #writeRow}}
   *
   * <p>Longer ones with FMA instructions are: 1024 rows of 1024 took 1.36 to 1.40 ms so in all,
   * sums included, and 1.55 where elements were looked at first and multiplied then (without C2 2.9
   * and 3.2). Without them the two roundings gain nothing where there is no AVX either.
   */
  static boolean suit(int length) {
    return FusedMultiplyAdd.HARDWARE && length >= LEAST;
  }

  /**
   * Writes the products of one row with a factor that is split; also in place.
   *
   * @param length one that {@linkplain #suit suits}
   * @param room to work in
   */
  static void writeRow(
      float[] x, int from, float[] y, int to, int length, double factor, Factors room) {
    float high = SplitFactor.high(factor);
    float low = SplitFactor.low(factor, high);
    float[] products = room.products;
    float[] again = room.again;
    for (int done = 0; done < length; done += PIECE) {
      int size = Math.min(PIECE, length - done);
      System.arraycopy(x, from + done, products, 0, size);
      fuse(products, high, low, again, size);
      for (int i = difference(products, again, 0, size);
          i < size;
          i = difference(products, again, i + 1, size)) {
        products[i] = SplitFactor.product(x[from + done + i], high, low, factor);
      }
      System.arraycopy(products, 0, y, to + done, size);
    }
  }

  /** Writes the products of a row across columns, whose factors are all split; also in place. */
  static void writeAcross(float[] x, int from, float[] y, int to, int columns, Factors factors) {
    float[] products = factors.products;
    float[] again = factors.again;
    System.arraycopy(x, from, products, 0, columns);
    if (FusedMultiplyAdd.HARDWARE) {
      fuse(products, factors.high, factors.low, again, columns);
    } else {
      UpperHalves.clear(factors.factor);
      roundTwice(products, factors.factor, again, columns);
    }
    for (int c = difference(products, again, 0, columns);
        c < columns;
        c = difference(products, again, c + 1, columns)) {
      products[c] = factors.product(x[from + c], c);
    }
    System.arraycopy(products, 0, y, to, columns);
  }

  private static int difference(float[] products, float[] again, int from, int end) {
    int found = Arrays.mismatch(products, from, end, again, from, end);
    return found < 0 ? end : from + found;
  }

  /** As the one below, with one factor. */
  static void fuse(float[] products, float high, float low, float[] again, int count) {
    for (int i = 0; i < count; i++) {
      float product = Math.fma(products[i], high, products[i] * low);
      products[i] = product;
      again[i] = product * TO_ZERO * FROM_ZERO;
    }
  }

  /** Makes products of elements, and sets {@code again} to others where they are too small. */
  static void fuse(float[] products, float[] high, float[] low, float[] again, int columns) {
    for (int c = 0; c < columns; c++) {
      float product = Math.fma(products[c], high[c], products[c] * low[c]);
      products[c] = product;
      again[c] = product * TO_ZERO * FROM_ZERO;
    }
  }

  /**
   * Makes products of elements without FMA instructions, and sets {@code again} to others where
   * they are close to the middle between two floats, where every bit counts, or too small.
   */
  static void roundTwice(float[] products, double[] factor, float[] again, int columns) {
    for (int c = 0; c < columns; c++) {
      double product = products[c] * factor[c];
      products[c] = (float) (product * SplitFactor.GREATER);
      again[c] = (float) (product * SplitFactor.SMALLER) * TO_ZERO * FROM_ZERO;
    }
  }
}
