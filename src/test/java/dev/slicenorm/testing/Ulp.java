package dev.slicenorm.testing;

import dev.slicenorm.tensor.DType;
import java.math.BigDecimal;

/**
 * The error of a computed value, in units of the last place that its element type has at the truth.
 *
 * <p>The unit is that of the truth's binade, and of the smallest subnormal below the normal range.
 * An infinite result counts as the number that would follow the greatest finite one, as in IEEE
 * rounding, so that overflow is right exactly where rounding asks for it. Any other difference in
 * class (NaN, infinite, finite) is an infinite error. The sign of a zero is not looked at.
 */
public final class Ulp {

  private Ulp() {}

  /**
   * {@return the error, 0 or more}
   *
   * @param dtype the element type that {@code got} was rounded to
   * @param got what was computed
   * @param truth what it should be
   */
  public static double error(DType dtype, double got, Exact truth) {
    if (!truth.isFinite() || Double.isNaN(got)) {
      return Double.compare(got, truth.nearest()) == 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    BigDecimal want = truth.finite();
    BigDecimal have;
    if (Double.isInfinite(got)) {
      have = BigMath.powerOfTwo(maxExponent(dtype) + 1);
      have = got > 0 ? have : have.negate();
      if (want.signum() == have.signum() && want.abs().compareTo(have.abs()) >= 0) {
        return 0;
      }
    } else {
      have = new BigDecimal(got);
    }
    return have.subtract(want)
        .abs()
        .multiply(BigMath.powerOfTwo(-unitExponent(dtype, want)), BigMath.PRECISION)
        .doubleValue();
  }

  /** {@return the binary exponent of the last place at a size} */
  static int unitExponent(DType dtype, BigDecimal size) {
    return Math.max(exponent(dtype, size) - fractionBits(dtype), minUnitExponent(dtype));
  }

  /**
   * {@return the binary exponent of the last place at a size that may lie above the range of the
   * type, as terms may whose difference does not}
   */
  static int termUnitExponent(DType dtype, BigDecimal size) {
    int down = -1500;
    return Double.isFinite(size.doubleValue())
        ? Math.max(exponent(size) - fractionBits(dtype), minUnitExponent(dtype))
        : exponent(size.multiply(BigMath.powerOfTwo(down))) - down - fractionBits(dtype);
  }

  private static int exponent(DType dtype, BigDecimal size) {
    return Math.min(exponent(size), maxExponent(dtype));
  }

  private static int exponent(BigDecimal size) {
    double nearest = Math.abs(size.doubleValue());
    if (nearest == 0) {
      return Double.MIN_EXPONENT - 1;
    }
    if (Double.isInfinite(nearest)) {
      return Double.MAX_EXPONENT + 1;
    }
    int exponent = Math.getExponent(nearest);
    // Rounding to the nearest double may have stepped up into the next binade.
    if (exponent >= Double.MIN_EXPONENT
        && size.abs().compareTo(new BigDecimal(Math.scalb(1.0, exponent))) < 0) {
      exponent--;
    }
    return exponent;
  }

  private static int fractionBits(DType dtype) {
    return switch (dtype) {
      case F16 -> 10;
      case BF16 -> 7;
      case F32 -> 23;
      case F64 -> 52;
    };
  }

  private static int maxExponent(DType dtype) {
    return switch (dtype) {
      case F16 -> 15;
      case BF16, F32 -> 127;
      case F64 -> 1023;
    };
  }

  private static int minUnitExponent(DType dtype) {
    return switch (dtype) {
      case F16 -> -24;
      case BF16 -> -133;
      case F32 -> -149;
      case F64 -> -1074;
    };
  }
}
