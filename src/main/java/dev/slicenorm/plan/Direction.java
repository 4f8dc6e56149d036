package dev.slicenorm.plan;

import static dev.slicenorm.kernel.FusedMultiplyAdd.fma;

/**
 * The factor that turns a slice of norm {@code n} into one of norm {@code |g|}: {@code g / n}, for
 * each slice of a chunk.
 *
 * <p>For F64 elements the quotient can leave the range of a {@code double} although its products
 * with the elements do not: {@code n} goes from 2⁻¹⁰⁷⁴ to beyond 2¹⁰²⁴, and so does {@code g}. Then
 * {@link Walk#pre} takes part of it, a power of two. It is chosen so that no product is hurt:
 *
 * <ul>
 *   <li>A quotient near 2ᵏ above the range: elements are enlarged, which is exact; as {@code |x|·2ᵏ
 *       ≤ |g|}, they are far below 2¹⁰²⁴ afterwards.
 *   <li>A quotient near 2⁻ᵏ below the range: elements are made smaller until the factor is about
 *       2⁻⁹⁰⁰. One whose product is at least 2⁻¹⁰⁷⁴ is then at least 2⁻¹⁷⁴, so it stayed exact. The
 *       power stops at 2⁻¹⁰⁶⁰; quotients that would need more leave products below 2⁻¹⁰⁵⁸, of which
 *       no more bits exist than the factor, itself subnormal then, still has.
 * </ul>
 */
public final class Direction {

  /** Quotients within 2⁻⁹⁰⁰ and 2⁹⁰⁰ need no power of two. */
  private static final int MIDDLE = 900;

  private static final int LEAST_POWER = -1060;

  private Direction() {}

  /**
   * Sets {@link Walk#factor} and {@link Walk#pre} so that {@code (x·pre)·factor} is {@code x·g/n}.
   *
   * @param walk holds the sums of squares, and in {@code pre} what the elements were multiplied by
   *     for them
   * @param slice the slice, whose sum is not 0
   * @param g the norm wanted
   * @param wide whether the elements are F64, whose quotient can leave the range
   * @return false if a quotient from 2²⁰⁴⁷ can't be expressed: all elements are subnormal then, and
   *     {@code g} is near the end of the range
   */
  public static <A> boolean setFactor(Walk<A> walk, int slice, double g, boolean wide) {
    double hi = walk.sums.hi[slice];
    if (!wide) {
      walk.factor[slice] = finite(g / Math.sqrt(hi), g, hi);
      return true;
    }
    double lo = walk.sums.lo[slice];
    double power = walk.pre[slice];
    walk.pre[slice] = 1;
    if (g == 0 || hi == 0 || !Double.isFinite(g) || !Double.isFinite(hi)) {
      walk.factor[slice] = g / Math.sqrt(hi);
      return true;
    }
    if (power == 1) {
      double factor = quotient(g, hi, lo);
      if (isInMiddle(factor)) {
        walk.factor[slice] = factor;
        return true;
      }
    }
    int exponent = exponent(g);
    double mantissa = quotient(Math.scalb(g, -exponent), hi, lo);
    return set(walk, slice, mantissa, exponent + Math.getExponent(power));
  }

  /**
   * Sets {@link Walk#factor} and {@link Walk#pre} so that {@code (x·pre)·factor} is {@code
   * x·g·power/n}.
   *
   * @param n the norm of the slice times {@code power}, not below 2⁻⁵⁴⁰ unless g is at most 1
   * @param power a power of two, 1 unless the norm is beyond the range
   * @param wide whether the elements are F64
   */
  public static void setQuotient(
      Walk<?> walk, int slice, double g, double n, double power, boolean wide) {
    double factor = g / n * power;
    walk.pre[slice] = 1;
    if (!wide) {
      walk.factor[slice] = finite(factor, g, n);
    } else if (g == 0
        || n == 0
        || !Double.isFinite(g)
        || !Double.isFinite(n)
        || isInMiddle(factor)) {
      walk.factor[slice] = factor;
    } else {
      int above = exponent(g);
      int below = exponent(n);
      set(
          walk,
          slice,
          Math.scalb(g, -above) / Math.scalb(n, -below),
          above - below + Math.getExponent(power));
    }
  }

  /**
   * {@return the quotient, but not an infinity that only stands for a large number}
   *
   * <p>That can only happen where a {@code g} in F64 meets shorter elements. A product with one of
   * those is then beyond its type anyway, unless the element is 0.
   */
  private static double finite(double quotient, double g, double divisor) {
    boolean overflowed = Double.isInfinite(quotient) && Double.isFinite(g) && divisor > 0;
    return overflowed ? Math.copySign(Double.MAX_VALUE, quotient) : quotient;
  }

  private static boolean isInMiddle(double factor) {
    double size = Math.abs(factor);
    return size > 0x1p-900 && size < 0x1p900;
  }

  /** Sets the quotient {@code mantissa·2^exponent}. */
  private static boolean set(Walk<?> walk, int slice, double mantissa, int exponent) {
    int size = Math.getExponent(mantissa) + exponent;
    int power = 0;
    if (size > MIDDLE) {
      power = Math.min(size - MIDDLE, Double.MAX_EXPONENT);
    } else if (size < -MIDDLE) {
      power = Math.max(size + MIDDLE, LEAST_POWER);
    }
    if (size - power > Double.MAX_EXPONENT) {
      return false;
    }
    walk.pre[slice] = Math.scalb(1.0, power);
    walk.factor[slice] = Math.scalb(mantissa, exponent - power);
    return true;
  }

  /** {@return the binary exponent of a finite number other than 0, subnormal ones included} */
  public static int exponent(double x) {
    int exponent = Math.getExponent(x);
    return exponent < Double.MIN_EXPONENT ? Math.getExponent(x * 0x1p64) - 64 : exponent;
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
