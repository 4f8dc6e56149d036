package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.FusedMultiplyAdd.fma;
import static dev.slicenorm.kernel.FusedMultiplyAdd.productError;
import static dev.slicenorm.kernel.Sums.sumError;

/**
 * From sums of squares of F64 elements, which are pairs, to norms.
 *
 * <p>A plain sum of squares may overflow, or lose what falls below the smallest numbers. Such a sum
 * gives itself away by its size, and the slice is then summed again with its elements multiplied by
 * a power of two, which is exact (the idea of Blue 1978, "A portable Fortran program to find the
 * Euclidean norm of a vector").
 */
public final class PairNorm {

  /** Below this sum of squares, squares or their rounding errors may have been lost. */
  public static final double LEAST_SAFE = 0x1p-900;

  /** Brings any sum that is below {@link #LEAST_SAFE} into the middle of the range. */
  public static final double ENLARGE = 0x1p600;

  /** Brings any finite sum into range: an element is below 2¹⁰²⁴, and there are fewer than 2⁶³. */
  public static final double SHRINK = 0x1p-600;

  private PairNorm() {}

  /**
   * {@return by what elements are to be multiplied before they are summed again; 1 if their sum of
   * squares is good as it is, or NaN}
   */
  public static double rescaling(double square) {
    if (square < LEAST_SAFE) {
      return ENLARGE;
    }
    return square == Double.POSITIVE_INFINITY ? SHRINK : 1;
  }

  /** {@return the root of a sum of squares, rounded correctly but for a tiny part of an ULP} */
  public static double root(double hi, double lo) {
    double root = Math.sqrt(hi);
    if (lo == 0 || !(root > 0 && root < Double.POSITIVE_INFINITY)) {
      return root;
    }
    double rest = fma(-root, root, hi) + lo;
    return root + rest / (2 * root);
  }

  /** {@return whether {@link #upTo8} is a way for rows of a length} */
  public static boolean isShort(int length) {
    return length > 0 && length <= 8;
  }

  /**
   * {@return the norm of a row, with the bits of {@link PairLanes}; -1 if its elements must be
   * multiplied first} It needs no memory on the way (rows of 7 on Zen 5: 10 ns with the root, their
   * sums by way of lanes 18 without it).
   *
   * @param length its elements, 1 to 8
   */
  public static double upTo8(double[] x, int at, int length) {
    double a = x[at] * x[at];
    double aLow = productError(x[at], x[at], a);
    double b = 0;
    double bLow = 0;
    if (length > 1) {
      b = x[at + 1] * x[at + 1];
      bLow = productError(x[at + 1], x[at + 1], b);
    }
    if (length > 2) {
      double c = x[at + 2] * x[at + 2];
      double cLow = productError(x[at + 2], x[at + 2], c);
      double d = 0;
      double dLow = 0;
      if (length > 3) {
        d = x[at + 3] * x[at + 3];
        dLow = productError(x[at + 3], x[at + 3], d);
      }
      if (length > 4) {
        double e = x[at + 4] * x[at + 4];
        double sum = a + e;
        aLow += productError(x[at + 4], x[at + 4], e) + sumError(a, e, sum);
        a = sum;
      }
      if (length > 5) {
        double e = x[at + 5] * x[at + 5];
        double sum = b + e;
        bLow += productError(x[at + 5], x[at + 5], e) + sumError(b, e, sum);
        b = sum;
      }
      if (length > 6) {
        double e = x[at + 6] * x[at + 6];
        double sum = c + e;
        cLow += productError(x[at + 6], x[at + 6], e) + sumError(c, e, sum);
        c = sum;
      }
      if (length > 7) {
        double e = x[at + 7] * x[at + 7];
        double sum = d + e;
        dLow += productError(x[at + 7], x[at + 7], e) + sumError(d, e, sum);
        d = sum;
      }
      double even = a + c;
      aLow += cLow + sumError(a, c, even);
      a = even;
      double odd = b + d;
      bLow += dLow + sumError(b, d, odd);
      b = odd;
    }
    double sum = a + b;
    double low = aLow + (bLow + sumError(a, b, sum));
    return rescaling(sum) == 1 ? root(sum, low) : -1;
  }
}
