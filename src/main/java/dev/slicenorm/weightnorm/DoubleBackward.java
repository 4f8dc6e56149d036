package dev.slicenorm.weightnorm;

import dev.slicenorm.kernel.FusedMultiplyAdd;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNorm.SecondGradients;

/**
 * The gradient of the gradient: that of {@code F = Σ ddv·dv + Σ ddg·dg}, where {@code dg = s/n} and
 * {@code dv = (g/n)·(dw − v·s/n²)} come from {@link WeightNorm#backward}.
 *
 * <p>Per slice, with {@code u = v/n}, {@code s = Σ dw·u}, {@code t = Σ ddv·u} and {@code q = Σ
 * ddv·dw}, {@code F = (g/n)·(q − t·s) + ddg·s}. From {@code ∂n/∂v = u} and {@code ∂(Σ x·u)/∂v = (x
 * − u·Σ x·u)/n} follow
 *
 * <pre>{@code
 * ∂F/∂g  = (q − t·s)/n
 * ∂F/∂dw = (g/n)·(ddv − u·t) + ddg·u
 * ∂F/∂v  = u·((g/n²)·(3·t·s − q) − ddg·s/n) − (g/n²)·(s·ddv + t·dw) + (ddg/n)·dw
 * }</pre>
 *
 * <p>A norm below a floor is constant: {@code F = (g/n)·q + ddg·s}, and only {@code (ddg/n)·dw} is
 * left of {@code ∂F/∂v}, {@code t} counting as 0.
 *
 * <p>It works on row-major copies in F64 and one thread, walking all elements twice in their order.
 */
final class DoubleBackward {

  private final boolean[] reduced;
  private final long[] shape;
  private final double[] v;
  private final double[] dw;
  private final double[] ddv;

  /** For each slice: the norm, and sums of products with the direction of unit length. */
  private final double[] n;

  private final double[] s;
  private final double[] t;
  private final double[] q;

  DoubleBackward(Axes axes, Tensor v, Tensor dw, Tensor ddv, Tensor norms) {
    this.shape = v.shape();
    this.reduced = axes.reduced(shape.length);
    this.v = v.toDoubleArray();
    this.dw = dw.toDoubleArray();
    this.ddv = ddv.toDoubleArray();
    this.n = norms.toDoubleArray();
    this.s = new double[n.length];
    this.t = new double[n.length];
    this.q = new double[n.length];
  }

  /**
   * {@return the gradients in F64}
   *
   * @param magnitudes g, one for each slice
   * @param ddgs the gradients with respect to dg, likewise
   */
  SecondGradients gradients(double[] magnitudes, double[] ddgs, ZeroSlice policy, long[] kept) {
    double least = Math.sqrt(policy.leastSquare());
    boolean[] constant = new boolean[n.length];
    boolean[] zero = new boolean[n.length];
    for (int slice = 0; slice < n.length; slice++) {
      constant[slice] = n[slice] < least;
      n[slice] = constant[slice] ? least : n[slice];
      // Slices without elements have no quotient either, as in backward.
      zero[slice] = n[slice] == 0 && (v.length == 0 || !policy.dividesByZero());
    }
    sum();
    double[] byMagnitude = new double[n.length];
    for (int slice = 0; slice < n.length; slice++) {
      t[slice] = constant[slice] ? 0 : t[slice];
      byMagnitude[slice] = zero[slice] ? 0 : (q[slice] - t[slice] * s[slice]) / n[slice];
    }
    double[] byV = new double[v.length];
    double[] byDw = new double[v.length];
    eachElement((element, slice) -> {
      if (zero[slice]) {
        return;
      }
      double norm = n[slice];
      double u = v[element] / norm;
      double ddg = ddgs[slice];
      double scale = magnitudes[slice] / norm;
      byDw[element] = scale * (ddv[element] - u * t[slice]) + ddg * u;
      if (constant[slice]) {
        byV[element] = ddg / norm * dw[element];
        return;
      }
      double along = 3 * t[slice] * s[slice] - q[slice];
      double across = s[slice] * ddv[element] + t[slice] * dw[element];
      byV[element] = (scale * (u * along - across) + ddg * (dw[element] - u * s[slice])) / norm;
    });
    return new SecondGradients(
        Tensor.of(byMagnitude, kept), Tensor.of(byV, shape), Tensor.of(byDw, shape));
  }

  /** Sums with their rounding errors (Ogita, Rump and Oishi 2005, Dot2). */
  private void sum() {
    double[] sLow = new double[n.length];
    double[] tLow = new double[n.length];
    double[] qLow = new double[n.length];
    eachElement((element, slice) -> {
      double u = v[element] / n[slice];
      add(dw[element], u, slice, s, sLow);
      add(ddv[element], u, slice, t, tLow);
      add(ddv[element], dw[element], slice, q, qLow);
    });
    for (int slice = 0; slice < n.length; slice++) {
      s[slice] += sLow[slice];
      t[slice] += tLow[slice];
      q[slice] += qLow[slice];
    }
  }

  private static void add(double a, double b, int slice, double[] high, double[] low) {
    double product = a * b;
    double before = high[slice];
    double sum = before + product;
    double part = sum - before;
    low[slice] += (before - (sum - part)) + (product - part);
    low[slice] += FusedMultiplyAdd.productError(a, b, product);
    high[slice] = sum;
  }

  @FunctionalInterface
  private interface Element {
    void visit(int element, int slice);
  }

  /** Visits all elements in row-major order, each with its slice. */
  private void eachElement(Element task) {
    int rank = shape.length;
    int[] step = new int[rank];
    int slices = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
      step[axis] = reduced[axis] ? 0 : slices;
      slices *= reduced[axis] ? 1 : (int) shape[axis];
    }
    long[] index = new long[rank];
    int slice = 0;
    for (int element = 0; element < v.length; element++) {
      task.visit(element, slice);
      int axis = rank - 1;
      while (axis >= 0 && ++index[axis] == shape[axis]) {
        slice -= step[axis] * (int) (shape[axis] - 1);
        index[axis--] = 0;
      }
      slice += axis >= 0 ? step[axis] : 0;
    }
  }

  /** {@return the gradients, each rounded to its element type} */
  static SecondGradients rounded(SecondGradients exact, Tensor g, Tensor v, Tensor dw) {
    return new SecondGradients(
        as(exact.dg(), g.dtype()).reshape(g.shape()),
        as(exact.dv(), v.dtype()),
        as(exact.ddw(), dw.dtype()));
  }

  private static Tensor as(Tensor tensor, DType dtype) {
    return tensor.dtype() == dtype ? tensor : tensor.to(dtype);
  }
}
