package dev.slicenorm.jmh;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/**
 * The L2 norm of floats, to 50 digits. The square of a float is an integer below 2^48 times a power
 * of two, so squares are added as integers, one sum for each exponent: nothing is ever rounded
 * before the root.
 */
final class ExactNorm {

  private static final MathContext DIGITS = new MathContext(50);

  /** Below 2^48 each, so that so many fit a {@code long}. */
  private static final int MOST_SQUARES = 1 << 14;

  private static final int EXPONENTS = 256;
  private static final int FRACTION_BITS = 23;

  /** The exponent of the last fraction bit of the smallest floats. */
  private static final int LEAST_EXPONENT = -149;

  private ExactNorm() {}

  /**
   * {@return the norm}
   *
   * @param x finite floats
   */
  static BigDecimal of(float[] x) {
    BigInteger sum = BigInteger.ZERO;
    for (int start = 0; start < x.length; start += MOST_SQUARES) {
      long[] sums = new long[EXPONENTS];
      for (int i = start; i < Math.min(x.length, start + MOST_SQUARES); i++) {
        int bits = Float.floatToRawIntBits(x[i]);
        int exponent = (bits >>> FRACTION_BITS) & 0xff;
        long fraction = bits & 0x7fffff;
        if (exponent == 0) {
          exponent = 1;
        } else {
          fraction |= 0x800000;
        }
        sums[exponent] += fraction * fraction;
      }
      for (int exponent = 1; exponent < EXPONENTS; exponent++) {
        sum = sum.add(BigInteger.valueOf(sums[exponent]).shiftLeft(2 * (exponent - 1)));
      }
    }
    BigDecimal unit = BigDecimal.TWO.pow(-2 * LEAST_EXPONENT);
    return new BigDecimal(sum).divide(unit, MathContext.UNLIMITED).sqrt(DIGITS);
  }

  /**
   * {@return how far a norm is from the true one, in units of the last place of a float there}
   *
   * @param computed the norm
   * @param truth the true one
   */
  static double ulps(float computed, BigDecimal truth) {
    BigDecimal error = new BigDecimal(computed).subtract(truth, DIGITS).abs();
    return error.divide(new BigDecimal(Math.ulp(truth.floatValue())), DIGITS).doubleValue();
  }
}
