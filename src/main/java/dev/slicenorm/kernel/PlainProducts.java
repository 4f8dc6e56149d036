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

  private PlainProducts() {}

  /** Writes the products of one row with factors that are all split; also in place. */
  static void write(float[] x, int from, float[] y, int to, int columns, Factors factors) {
    float[] products = factors.products;
    float[] again = factors.again;
    System.arraycopy(x, from, products, 0, columns);
    if (FusedMultiplyAdd.HARDWARE) {
      fuse(products, factors.high, factors.low, again, columns);
    } else {
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
