package dev.slicenorm.checkpoint;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;

/** The norms of the slices of a tensor, and what is remarkable about them. */
public final class SliceStatistics {

  private final double[] norms;
  private final double[] finite;

  private SliceStatistics(double[] norms) {
    this.norms = norms;
    this.finite = Arrays.stream(norms).filter(Double::isFinite).sorted().toArray();
  }

  /**
   * {@return the statistics of a tensor's slices}
   *
   * @param tensor the tensor
   * @param axes the axes that are reduced
   */
  public static SliceStatistics of(Tensor tensor, Axes axes) {
    return new SliceStatistics(SliceNorms.l2(axes).of(tensor, DType.F64).toDoubleArray());
  }

  /** {@return the norm of each slice, in row-major order, a copy} */
  public double[] norms() {
    return norms.clone();
  }

  /** {@return the number of slices} */
  public int slices() {
    return norms.length;
  }

  /** {@return the least finite norm, or NaN if there is none} */
  public double min() {
    return finite.length == 0 ? Double.NaN : finite[0];
  }

  /** {@return the median of the finite norms (of two in the middle their mean), or NaN} */
  public double median() {
    int half = finite.length / 2;
    if (finite.length == 0) {
      return Double.NaN;
    }
    return finite.length % 2 == 1 ? finite[half] : middle(finite[half - 1], finite[half]);
  }

  /** {@return the mean of two, whose sum may be infinite} */
  private static double middle(double a, double b) {
    return Double.isFinite(a + b) ? (a + b) / 2 : a / 2 + b / 2;
  }

  /** {@return the greatest finite norm, or NaN if there is none} */
  public double max() {
    return finite.length == 0 ? Double.NaN : finite[finite.length - 1];
  }

  /** {@return the number of slices with norm 0} */
  public long zero() {
    return Arrays.stream(norms).filter(norm -> norm == 0).count();
  }

  /** {@return the number of slices that hold a NaN} */
  public long nan() {
    return Arrays.stream(norms).filter(Double::isNaN).count();
  }

  /**
   * {@return the number of slices whose norm is infinite: by an infinity and no NaN, or overflow}
   */
  public long infinite() {
    return Arrays.stream(norms).filter(Double::isInfinite).count();
  }

  /**
   * {@return how many finite norms fall into each of some equal ranges from the least to the
   * greatest}
   *
   * @param ranges the number of ranges, 1 or more
   */
  public long[] histogram(int ranges) {
    if (ranges < 1) {
      throw new IllegalArgumentException("ranges " + ranges + ": expected 1 or more");
    }
    long[] counts = new long[ranges];
    double width = max() - min();
    for (double norm : finite) {
      int range = width > 0 ? (int) ((norm - min()) / width * ranges) : 0;
      counts[Math.min(range, ranges - 1)]++;
    }
    return counts;
  }
}
