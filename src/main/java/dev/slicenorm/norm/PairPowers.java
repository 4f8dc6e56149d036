package dev.slicenorm.norm;

import static dev.slicenorm.kernel.FusedMultiplyAdd.fma;
import static dev.slicenorm.kernel.FusedMultiplyAdd.productError;

import dev.slicenorm.kernel.Sums;
import dev.slicenorm.plan.Direction;

/**
 * The p-norm of a slice for {@code p < 1}, where {@code (Σ(|x|/max)ᵖ)^(1/p)} magnifies a rounding
 * error of the sum {@code 1/p} times. Powers are computed here as unevaluated pairs {@code hi + lo}
 * to about 75 bits, so that some 60 are left for {@code p = 2⁻¹²}; below that, the norm of two
 * elements or more lies beyond the range.
 *
 * <p>{@code exp} is that of Hida, Li and Bailey 2001, "Algorithms for quad-double precision
 * floating point arithmetic", section 4: the argument is brought below {@code ln 2 / 2} by a
 * multiple of {@code ln 2} and divided by 512, the series of {@code exp − 1} is summed, and squared
 * nine times. {@code log} is one step of Newton's method on it, from {@link StrictMath#log}. All of
 * it is made of sums, products and their exact errors (Dekker 1971, Knuth), so it has the same bits
 * everywhere.
 *
 * <p>An element costs two exponentials of pairs, some 0.4 µs: about twice a plain power.
 */
final class PairPowers {

  /** Powers below e⁻¹⁰⁰ can't be seen beside the one of the largest element, which is 1. */
  private static final double LEAST_LOG = -100;

  /** More than the logarithm of any quotient of two doubles. */
  private static final double MOST_LOG = 1500;

  /** {@code ln 2} in three parts; multiples of the first two, below 2¹², are exact. */
  private static final double LN2_HIGH = 0x1.62e42fefa2p-1;

  private static final double LN2_MIDDLE = 0x1.9ef35793c6p-41;
  private static final double LN2_LOW = 0x1.673007e5ed5e8p-81;
  private static final double PER_LN2 = 1.4426950408889634;

  private final double p;
  private final int maxExponent;
  private final double maxFraction;
  private final double maxLogHigh;
  private final double maxLogLow;

  /** What the powers lack that were put in a row. */
  private double rest;

  /** The result of the last operation, {@code hi + lo}. */
  private double hi;

  private double lo;

  /**
   * Prepares the norm of a slice.
   *
   * @param p the exponent, above 0
   * @param max the largest absolute value, finite and not 0
   */
  PairPowers(double p, double max) {
    this.p = p;
    this.maxExponent = Direction.exponent(max);
    this.maxFraction = Math.scalb(max, -maxExponent);
    log(maxFraction, 0);
    this.maxLogHigh = hi;
    this.maxLogLow = lo;
  }

  /** Whether an exponent needs pairs. A square root is exact enough. */
  static boolean areNeeded(double p) {
    return p < 1 && p != 0.5;
  }

  /** Replaces elements by {@code (|x|/max)ᵖ}, the leading parts; the others are added up. */
  void map(double[] row, int size) {
    for (int i = 0; i < size; i++) {
      row[i] = power(Math.abs(row[i]));
    }
  }

  private double power(double x) {
    if (x == 0) {
      return 0;
    }
    int exponent = Direction.exponent(x);
    log(Math.scalb(x, -exponent), 0);
    add(-maxLogHigh, -maxLogLow);
    addMultipleOfLn2(exponent - maxExponent);
    double high = hi * p;
    if (!(high > LEAST_LOG)) {
      return 0;
    }
    int twos = exp(high, productError(hi, p, high) + lo * p);
    rest += Math.scalb(lo, twos);
    return Math.scalb(hi, twos);
  }

  /**
   * {@return the norm}
   *
   * @param sumHigh the sum of the mapped elements, leading part
   * @param sumLow the trailing part
   */
  double root(double sumHigh, double sumLow) {
    double low = sumLow + rest;
    double high = sumHigh + low;
    low = Sums.sumError(sumHigh, low, high);
    int exponent = Math.getExponent(high);
    log(Math.scalb(high, -exponent), Math.scalb(low, -exponent));
    addMultipleOfLn2(exponent);
    double quotient = hi / p;
    if (quotient > MOST_LOG) {
      return Double.POSITIVE_INFINITY;
    }
    int twos = exp(quotient, (fma(-quotient, p, hi) + lo) / p);
    double product = maxFraction * hi;
    product += productError(maxFraction, hi, product) + maxFraction * lo;
    return Math.scalb(product, twos + maxExponent);
  }

  /** Sets the result to the logarithm of a number from 1 to 2. */
  private void log(double high, double low) {
    double near = StrictMath.log(high);
    int twos = exp(-near, 0);
    double factor = Math.scalb(hi, twos);
    double product = high * factor;
    double error = productError(high, factor, product) + high * Math.scalb(lo, twos) + low * factor;
    double over = (product - 1) + error;
    set(near, over - over * over / 2);
  }

  /**
   * Sets the result to {@code exp(high + low)} without a power of two.
   *
   * @return the exponent of that power
   */
  private int exp(double high, double low) {
    double twos = Math.rint(high * PER_LN2);
    set(high - twos * LN2_HIGH, low);
    add(-twos * LN2_MIDDLE, -twos * LN2_LOW);
    double a = hi / 512;
    double aLow = lo / 512;
    double square = a * a;
    double squareError = productError(a, a, square) + 2 * a * aLow;
    double series = 1.0 / 6 + a * (1.0 / 24 + a * (1.0 / 120 + a * (1.0 / 720 + a / 5040)));
    set(a, aLow);
    add(square / 2, squareError / 2 + square * a * series);
    for (int doubling = 0; doubling < 9; doubling++) {
      double one = hi;
      double oneLow = lo;
      double product = one * one;
      double productLow = productError(one, one, product) + 2 * one * oneLow;
      set(2 * one, 2 * oneLow);
      add(product, productLow);
    }
    double less = hi;
    double lessLow = lo;
    set(1, 0);
    add(less, lessLow);
    return (int) twos;
  }

  private void addMultipleOfLn2(int multiple) {
    double low = multiple * LN2_MIDDLE;
    add(multiple * LN2_HIGH, low + multiple * LN2_LOW);
  }

  private void set(double high, double low) {
    double sum = high + low;
    lo = Sums.sumError(high, low, sum);
    hi = sum;
  }

  private void add(double high, double low) {
    double sum = hi + high;
    double error = Sums.sumError(hi, high, sum);
    set(sum, error + (lo + low));
  }
}
