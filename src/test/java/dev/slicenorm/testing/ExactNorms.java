package dev.slicenorm.testing;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.Tensor;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Norms of slices, the slow way: every element is turned into an integer times a power of two, and
 * sums of such integers are exact. Only the root at the end rounds, to 64 digits.
 */
public final class ExactNorms {

  private ExactNorms() {}

  /**
   * {@return the norm of each slice, in row-major order of the slices}
   *
   * @param p the order: 0 counts the non-zeros, positive infinity is the greatest and negative
   *     infinity the least magnitude
   * @param axes what is reduced
   * @param x the elements
   */
  public static List<Exact> norms(double p, Axes axes, Tensor x) {
    return slices(axes, x).stream().map(slice -> norm(p, slice)).toList();
  }

  /**
   * {@return the norm of one slice}
   *
   * @param p the order, as in {@link #norms}
   * @param slice the elements
   */
  public static Exact norm(double p, double... slice) {
    if (Arrays.stream(slice).anyMatch(Double::isNaN)) {
      return Exact.NAN;
    }
    if (p == 0) {
      return Exact.of((double) Arrays.stream(slice).filter(v -> v != 0).count());
    }
    if (p == Double.NEGATIVE_INFINITY) {
      return Exact.of(Arrays.stream(slice).map(Math::abs).min().orElse(0));
    }
    if (Arrays.stream(slice).anyMatch(Double::isInfinite)) {
      return Exact.INFINITY;
    }
    if (p == Double.POSITIVE_INFINITY) {
      return Exact.of(Arrays.stream(slice).map(Math::abs).max().orElse(0));
    }
    double[] magnitudes = Arrays.stream(slice).map(Math::abs).filter(v -> v > 0).toArray();
    if (magnitudes.length == 0) {
      return Exact.ZERO;
    }
    if (p == 1) {
      double[] ones = new double[magnitudes.length];
      Arrays.fill(ones, 1);
      return Exact.of(dot(magnitudes, ones));
    }
    if (p == 2) {
      return Exact.of(BigMath.sqrt(dot(magnitudes, magnitudes)));
    }
    BigDecimal sum = BigDecimal.ZERO;
    for (double magnitude : magnitudes) {
      sum = sum.add(BigMath.pow(new BigDecimal(magnitude), p), BigMath.PRECISION);
    }
    return Exact.of(BigMath.root(sum, p));
  }

  /** {@return the sum of the products of two rows of finite numbers; exact but for one rounding} */
  static BigDecimal dot(double[] a, double[] b) {
    int least = 0;
    for (int i = 0; i < a.length; i++) {
      least = Math.min(least, unit(a[i]) + unit(b[i]));
    }
    BigInteger sum = BigInteger.ZERO;
    for (int i = 0; i < a.length; i++) {
      sum =
          sum.add(integer(a[i]).multiply(integer(b[i])).shiftLeft(unit(a[i]) + unit(b[i]) - least));
    }
    return BigMath.scaled(sum, least);
  }

  /** {@return the exponent of the last of 53 bits} */
  private static int unit(double value) {
    return Math.max(Math.getExponent(value), Double.MIN_EXPONENT) - 52;
  }

  private static BigInteger integer(double value) {
    // Two steps, because the factor alone may lie outside the range of a double.
    double scaled =
        Math.scalb(Math.scalb(value, -unit(value) / 2), -unit(value) - -unit(value) / 2);
    return BigInteger.valueOf((long) scaled);
  }

  /** {@return the elements of each slice, in row-major order of the slices and within each} */
  static List<double[]> slices(Axes axes, Tensor x) {
    boolean[] reduced = axes.reduced(x.rank());
    long[] kept = axes.keptShape(x.shape());
    int slices = (int) Indices.count(kept);
    int length = slices == 0 ? 0 : (int) (x.count() / slices);
    List<double[]> result = new ArrayList<>();
    for (int i = 0; i < slices; i++) {
      result.add(new double[length]);
    }
    int[] filled = new int[slices];
    Indices.forEach(
        x.shape(),
        index -> {
          int slice = Indices.position(index, x.shape(), reduced);
          result.get(slice)[filled[slice]++] = x.get(index);
        });
    return result;
  }
}
