package dev.slicenorm.kernel;

/** What is made of each element, and how the results are combined. */
public enum Term {
  /** The sum of {@code x²}. */
  SQUARES,
  /** The sum of {@code |x|}. */
  ABSOLUTES,
  /** The number of elements that are not 0; NaN if one is NaN. */
  NONZEROS,
  /** The largest {@code |x|}; NaN if one is NaN. */
  MAXIMA,
  /** The smallest {@code |x|}; NaN if one is NaN. */
  MINIMA;

  /** {@return the result for no elements, which changes nothing when combined} */
  public double identity() {
    return this == MINIMA ? Double.POSITIVE_INFINITY : 0;
  }

  /** {@return whether the result is the same in whatever order elements are taken} */
  public boolean isAnyOrder() {
    return this == NONZEROS || this == MAXIMA || this == MINIMA;
  }

  /** {@return two results combined, where no rounding error is kept} */
  public double combine(double a, double b) {
    return switch (this) {
      case SQUARES, ABSOLUTES, NONZEROS -> a + b;
      case MAXIMA -> Math.max(a, b);
      case MINIMA -> Math.min(a, b);
    };
  }
}
