package dev.slicenorm.jmh;

import java.math.BigDecimal;
import java.math.MathContext;

/** A vector scaled to length 1, to 30 digits, which is far beyond what a float tells apart. */
final class ExactUnit {

  private static final MathContext DIGITS = new MathContext(30);

  private final BigDecimal[] elements;

  /**
   * Computes it.
   *
   * @param vector finite elements, not all 0
   */
  ExactUnit(float[] vector) {
    BigDecimal length = ExactNorm.of(vector);
    elements = new BigDecimal[vector.length];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = new BigDecimal(vector[i]).divide(length, DIGITS);
    }
  }

  /**
   * {@return how far an element is from the true one, at most, in ULP; NaN if one is not finite}
   */
  double largestError(float[] unit) {
    double largest = 0;
    for (int i = 0; i < elements.length; i++) {
      if (!Float.isFinite(unit[i])) {
        return Double.NaN;
      }
      largest = Math.max(largest, ExactNorm.ulps(unit[i], elements[i]));
    }
    return largest;
  }
}
