package dev.slicenorm.norm;

import static dev.slicenorm.kernel.FusedMultiplyAdd.fma;

/**
 * Powers and roots with the same bits on every machine: {@link StrictMath}, because {@link
 * Math#pow} may differ between processors.
 */
final class Powers {

  private Powers() {}

  /** {@return {@code x} to the power of {@code p}, for {@code 0 ≤ x ≤ 1}} */
  static double power(double x, double p) {
    if (p == 3) {
      return x * x * x;
    }
    if (p == 0.5) {
      return Math.sqrt(x);
    }
    return StrictMath.pow(x, p);
  }

  /**
   * {@return the p-th root of {@code sum}, which is at least 1}
   *
   * <p>The exponent {@code 1/p} is rounded; its error {@code δ} makes the power wrong by {@code
   * sum^δ ≈ 1 + δ·ln sum}, several ULP for long slices, and is taken back here.
   */
  static double root(double sum, double p) {
    if (p == 3) {
      return StrictMath.cbrt(sum);
    }
    if (p == 0.5) {
      return sum * sum;
    }
    double exponent = 1 / p;
    double lost = fma(-exponent, p, 1) / p;
    double root = StrictMath.pow(sum, exponent);
    return fma(root, lost * StrictMath.log(sum), root);
  }
}
