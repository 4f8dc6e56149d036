package dev.slicenorm.testing;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Roots, powers and logarithms to more than 50 digits, from their series.
 *
 * <p>Slow and plain: each function brings its argument near 0 or 1 by an exact identity, and sums a
 * Taylor series there until the terms vanish.
 */
final class BigMath {

  /** Working precision. Every result here is good to at least 50 of the 64 digits. */
  static final MathContext PRECISION = new MathContext(64);

  static final MathContext DISPLAY = new MathContext(20);

  private static final BigDecimal TINY = BigDecimal.ONE.scaleByPowerOfTen(-70);

  private static final BigDecimal LN2 = twiceArtanh(ratio(1, 3));
  private static final BigDecimal LN10 = LN2.multiply(three()).add(twiceArtanh(ratio(1, 9)));

  private static final Map<Integer, BigDecimal> POWERS_OF_TWO = new ConcurrentHashMap<>();

  private BigMath() {}

  /** {@return 2 to an integer power} */
  static BigDecimal powerOfTwo(int exponent) {
    return POWERS_OF_TWO.computeIfAbsent(
        exponent,
        e ->
            e >= 0
                ? new BigDecimal(BigInteger.TWO.pow(e)).round(PRECISION)
                : BigDecimal.ONE.divide(new BigDecimal(BigInteger.TWO.pow(-e)), PRECISION));
  }

  /** {@return integer · 2^exponent} */
  static BigDecimal scaled(BigInteger integer, int exponent) {
    // 320 bits are more than PRECISION holds; cutting the rest keeps the decimal conversion short.
    int cut = Math.max(0, integer.bitLength() - 320);
    return new BigDecimal(integer.shiftRight(cut)).multiply(powerOfTwo(exponent + cut), PRECISION);
  }

  static BigDecimal sqrt(BigDecimal x) {
    return x.signum() == 0 ? BigDecimal.ZERO : x.sqrt(PRECISION);
  }

  /** {@return x to the power p, for x > 0} */
  static BigDecimal pow(BigDecimal x, double p) {
    return exp(ln(x).multiply(new BigDecimal(p), PRECISION));
  }

  /** {@return the p-th root of x, for x > 0} */
  static BigDecimal root(BigDecimal x, double p) {
    return exp(ln(x).divide(new BigDecimal(p), PRECISION));
  }

  /** {@return the natural logarithm of x > 0} */
  static BigDecimal ln(BigDecimal x) {
    if (x.signum() <= 0) {
      throw new ArithmeticException("ln " + x);
    }
    int tens = x.precision() - x.scale() - 1;
    BigDecimal mantissa = x.scaleByPowerOfTen(-tens);
    int twos = (int) Math.rint(Math.log(mantissa.doubleValue()) / Math.log(2));
    BigDecimal near1 = mantissa.multiply(powerOfTwo(-twos), PRECISION);
    BigDecimal ratio = near1.subtract(BigDecimal.ONE).divide(near1.add(BigDecimal.ONE), PRECISION);
    return twiceArtanh(ratio)
        .add(LN2.multiply(BigDecimal.valueOf(twos)))
        .add(LN10.multiply(BigDecimal.valueOf(tens)))
        .round(PRECISION);
  }

  /** {@return e to the power x} */
  static BigDecimal exp(BigDecimal x) {
    int halvings = 8;
    BigDecimal twos = x.divide(LN2, PRECISION).setScale(0, RoundingMode.HALF_EVEN);
    BigDecimal rest = x.subtract(twos.multiply(LN2)).multiply(powerOfTwo(-halvings), PRECISION);
    BigDecimal sum = BigDecimal.ONE;
    BigDecimal term = BigDecimal.ONE;
    for (int n = 1; term.abs().compareTo(TINY) > 0; n++) {
      term = term.multiply(rest, PRECISION).divide(BigDecimal.valueOf(n), PRECISION);
      sum = sum.add(term, PRECISION);
    }
    for (int i = 0; i < halvings; i++) {
      sum = sum.multiply(sum, PRECISION);
    }
    return sum.multiply(powerOfTwo(twos.intValueExact()), PRECISION);
  }

  /** {@return 2 artanh(y) = ln((1 + y) / (1 − y)), for |y| well below 1} */
  private static BigDecimal twiceArtanh(BigDecimal y) {
    BigDecimal square = y.multiply(y, PRECISION);
    BigDecimal power = y;
    BigDecimal sum = BigDecimal.ZERO;
    for (int n = 1; power.abs().compareTo(TINY) > 0; n += 2) {
      sum = sum.add(power.divide(BigDecimal.valueOf(n), PRECISION), PRECISION);
      power = power.multiply(square, PRECISION);
    }
    return sum.add(sum);
  }

  private static BigDecimal ratio(int above, int below) {
    return BigDecimal.valueOf(above).divide(BigDecimal.valueOf(below), PRECISION);
  }

  private static BigDecimal three() {
    return BigDecimal.valueOf(3);
  }
}
