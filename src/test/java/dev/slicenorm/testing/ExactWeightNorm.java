package dev.slicenorm.testing;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.Tensor;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Weight norm and its gradients to more than 40 digits, straight from the formulas: with {@code n =
 * ‖v‖} and {@code s = Σ dw·v} of a slice, {@code w = v·g/n}, {@code dg = s/n}, {@code dv =
 * (g/n)·(dw − v·s/n²)}.
 *
 * <p>A slice with a value that is not finite has no number to compare with: there {@code w} is what
 * IEEE arithmetic makes of the formula, and the gradients are NaN.
 */
public final class ExactWeightNorm {

  private static final MathContext PRECISION = BigMath.PRECISION;

  private final ZeroSlice policy;
  private final boolean[] reduced;
  private final Tensor v;
  private final List<double[]> slices;
  private final double[] g;

  /**
   * Prepares the computation.
   *
   * @param axes what is reduced
   * @param policy what becomes of a zero slice; {@link ZeroSlice#REJECT} has no numbers
   * @param v the directions
   * @param g the magnitudes, one for each slice in row-major order
   */
  public ExactWeightNorm(Axes axes, ZeroSlice policy, Tensor v, Tensor g) {
    this.policy = policy;
    this.reduced = axes.reduced(v.rank());
    this.v = v;
    this.slices = ExactNorms.slices(axes, v);
    this.g = elements(g);
  }

  /** {@return the weight, in row-major order} */
  public List<Exact> weight() {
    List<Exact> norms = norms();
    List<Exact> weight = new ArrayList<>();
    Indices.forEach(
        v.shape(),
        index -> {
          int slice = Indices.position(index, v.shape(), reduced);
          weight.add(weight(v.get(index), g[slice], norms.get(slice)));
        });
    return weight;
  }

  private Exact weight(double element, double magnitude, Exact norm) {
    if (norm.isFinite() && norm.finite().signum() == 0) {
      return policy.equals(ZeroSlice.NAN) ? Exact.NAN : Exact.ZERO;
    }
    if (!norm.isFinite() || !Double.isFinite(magnitude)) {
      return Exact.of(element * (magnitude / norm.nearest()));
    }
    return Exact.of(
        new BigDecimal(element)
            .multiply(new BigDecimal(magnitude))
            .divide(norm.finite(), PRECISION));
  }

  /**
   * The gradients, and how large the terms are that they are differences of.
   *
   * @param dg the gradient of the magnitudes, one for each slice
   * @param dgSize {@code Σ |dw·v| / n}, the size that rounding errors of dg are relative to
   * @param dv the gradient of the directions, in row-major order
   * @param dvSize {@code |g|/n·(|dw| + |v|·Σ|dw·v|/n²)}, likewise for dv
   */
  public record Gradients(
      List<Exact> dg, List<BigDecimal> dgSize, List<Exact> dv, List<BigDecimal> dvSize) {}

  /**
   * {@return the gradients}
   *
   * @param dw the gradient that reaches the weight
   */
  public Gradients gradients(Tensor dw) {
    List<Exact> norms = norms();
    List<double[]> dwSlices = regroup(dw);
    Exact[] sums = new Exact[norms.size()];
    BigDecimal[] sizes = new BigDecimal[norms.size()];
    List<Exact> dg = new ArrayList<>();
    List<BigDecimal> dgSize = new ArrayList<>();
    for (int slice = 0; slice < sums.length; slice++) {
      double[] a = slices.get(slice);
      double[] b = dwSlices.get(slice);
      boolean finite = norms.get(slice).isFinite() && Arrays.stream(b).allMatch(Double::isFinite);
      sums[slice] = finite ? Exact.of(ExactNorms.dot(a, b)) : Exact.NAN;
      sizes[slice] = finite ? ExactNorms.dot(magnitudes(a), magnitudes(b)) : BigDecimal.ZERO;
      // A slice without elements has no part in the loss, whatever the policy says of its norm.
      dg.add(a.length == 0 ? Exact.ZERO : perNorm(sums[slice], norms.get(slice)));
      Exact size = finite ? perNorm(Exact.of(sizes[slice]), norms.get(slice)) : Exact.ZERO;
      dgSize.add(size.isFinite() ? size.finite() : BigDecimal.ZERO);
    }
    List<Exact> dv = new ArrayList<>();
    List<BigDecimal> dvSize = new ArrayList<>();
    Indices.forEach(
        v.shape(),
        index -> {
          int slice = Indices.position(index, v.shape(), reduced);
          Exact norm = norms.get(slice);
          if (!sums[slice].isFinite() || !Double.isFinite(g[slice])) {
            dv.add(Exact.NAN);
            dvSize.add(BigDecimal.ZERO);
          } else if (norm.finite().signum() == 0) {
            dv.add(policy.equals(ZeroSlice.NAN) ? Exact.NAN : Exact.ZERO);
            dvSize.add(BigDecimal.ZERO);
          } else {
            // Below the floor the norm is a constant, so nothing is projected out.
            boolean floored = isFloored(slices.get(slice));
            BigDecimal scale = new BigDecimal(g[slice]).divide(norm.finite(), PRECISION);
            BigDecimal element = new BigDecimal(v.get(index));
            BigDecimal gradient = new BigDecimal(dw.get(index));
            BigDecimal shared =
                floored ? BigDecimal.ZERO : perSquare(element, sums[slice].finite(), norm);
            BigDecimal sharedSize =
                floored ? BigDecimal.ZERO : perSquare(element.abs(), sizes[slice], norm);
            dv.add(Exact.of(scale.multiply(gradient.subtract(shared), PRECISION)));
            dvSize.add(scale.abs().multiply(gradient.abs().add(sharedSize), PRECISION));
          }
        });
    return new Gradients(dg, dgSize, dv, dvSize);
  }

  private static BigDecimal perSquare(BigDecimal element, BigDecimal sum, Exact norm) {
    return element
        .multiply(sum, PRECISION)
        .divide(norm.finite().multiply(norm.finite(), PRECISION), PRECISION);
  }

  private Exact perNorm(Exact sum, Exact norm) {
    if (!sum.isFinite()) {
      return Exact.NAN;
    }
    if (norm.finite().signum() == 0) {
      return policy.equals(ZeroSlice.NAN) ? Exact.NAN : Exact.ZERO;
    }
    return Exact.of(sum.finite().divide(norm.finite(), PRECISION));
  }

  private List<Exact> norms() {
    List<Exact> norms = new ArrayList<>();
    for (double[] slice : slices) {
      norms.add(
          isFloored(slice)
              ? Exact.of(BigMath.sqrt(new BigDecimal(policy.leastSquare())))
              : ExactNorms.norm(2, slice));
    }
    return norms;
  }

  private boolean isFloored(double[] slice) {
    return policy.leastSquare() > 0
        && Arrays.stream(slice).allMatch(Double::isFinite)
        && ExactNorms.dot(slice, slice).compareTo(new BigDecimal(policy.leastSquare())) < 0;
  }

  private List<double[]> regroup(Tensor dw) {
    List<double[]> groups = new ArrayList<>();
    slices.forEach(slice -> groups.add(new double[slice.length]));
    int[] filled = new int[groups.size()];
    Indices.forEach(
        dw.shape(),
        index -> {
          int slice = Indices.position(index, dw.shape(), reduced);
          groups.get(slice)[filled[slice]++] = dw.get(index);
        });
    return groups;
  }

  private static double[] magnitudes(double[] values) {
    return Arrays.stream(values).map(Math::abs).toArray();
  }

  private static double[] elements(Tensor tensor) {
    double[] elements = new double[(int) tensor.count()];
    int[] filled = {0};
    Indices.forEach(tensor.shape(), index -> elements[filled[0]++] = tensor.get(index));
    return elements;
  }
}
