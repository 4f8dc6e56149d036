package dev.slicenorm.plan;

import static dev.slicenorm.kernel.FusedMultiplyAdd.fma;

/**
 * The factor that turns a slice of norm {@code n} into one of norm {@code |g|}: {@code g / n}, for
 * each slice of a chunk, kept in range with the help of {@link Walk#pre}.
 */
public final class Direction {

  private Direction() {}

  /**
   * Sets {@link Walk#factor} so that {@code (x·pre)·factor} has norm {@code |g|}.
   *
   * @param walk holds the sums of squares
   * @param slice the slice, whose sum is not 0
   * @param g the norm wanted
   * @param wide whether the elements are F64, whose quotient can leave the range
   */
  public static <A> void setFactor(Walk<A> walk, int slice, double g, boolean wide) {
    double hi = walk.sums.hi[slice];
    if (!wide) {
      walk.factor[slice] = g / Math.sqrt(hi);
      return;
    }
    double lo = walk.sums.lo[slice];
    double factor = quotient(g, hi, lo);
    double size = Math.abs(factor);
    if (walk.pre[slice] == 1 && g != 0 && (size < 0x1p-1000 || size > 0x1p1000)) {
      // The quotient leaves the range although its product with x does not: shift the slice
      // instead.
      double power = size < 1 ? NormValue.SHRINK : NormValue.ENLARGE;
      double root = Math.sqrt(hi) * power;
      if (root > 0 && root < Double.POSITIVE_INFINITY) {
        walk.pre[slice] = power;
        factor = g / root;
      }
    }
    walk.factor[slice] = factor;
  }

  /**
   * Sets {@link Walk#factor} to {@code g / n}, and {@link Walk#pre} so that it stays in range.
   *
   * @param n the norm of the slice, not 0
   */
  public static void setQuotient(Walk<?> walk, int slice, double g, double n) {
    double factor = g / n;
    double size = Math.abs(factor);
    walk.pre[slice] = 1;
    if (g != 0 && n < Double.POSITIVE_INFINITY && (size < 0x1p-1000 || size > 0x1p1000)) {
      walk.pre[slice] = size < 1 ? NormValue.SHRINK : NormValue.ENLARGE;
      factor = g / (n * walk.pre[slice]);
    }
    walk.factor[slice] = factor;
  }

  /** {@return {@code g / √(hi + lo)}, rounded correctly but for a tiny part of an ULP} */
  private static double quotient(double g, double hi, double lo) {
    double root = Math.sqrt(hi);
    double quotient = g / root;
    double size = Math.abs(quotient);
    if (!(root > 0 && root < Double.POSITIVE_INFINITY && size < Double.POSITIVE_INFINITY)) {
      return quotient;
    }
    double rootRest = (fma(-root, root, hi) + lo) / (2 * root);
    double rest = fma(-quotient, root, g) - quotient * rootRest;
    return quotient + rest / root;
  }
}
