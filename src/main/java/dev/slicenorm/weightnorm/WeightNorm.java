package dev.slicenorm.weightnorm;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.Tensor;

/** Stand-in with the final signatures. */
public final class WeightNorm {
  private final Axes axes;
  private final ZeroSlice zeroSlice;

  private WeightNorm(Axes axes, ZeroSlice zeroSlice) {
    this.axes = axes;
    this.zeroSlice = zeroSlice;
  }

  /** x. */
  public record Decomposition(Tensor g, Tensor v) {}

  /** x. */
  public record Gradients(Tensor dg, Tensor dv) {}

  public static WeightNorm of(Axes axes) {
    return new WeightNorm(axes, ZeroSlice.ZERO);
  }

  public WeightNorm withZeroSlice(ZeroSlice policy) {
    return new WeightNorm(axes, policy);
  }

  public Axes axes() {
    return axes;
  }

  public ZeroSlice zeroSlice() {
    return zeroSlice;
  }

  public Decomposition decompose(Tensor w) {
    Tensor g = Tensor.zeros(w.dtype(), axes.keptShape(w.shape()));
    each(w, (i, k) -> g.set(g.get(k) + w.get(i) * w.get(i), k));
    each(g, (i, k) -> g.set(Math.sqrt(g.get(i)), i));
    return new Decomposition(g, w.copy());
  }

  public Tensor compose(Tensor v, Tensor g) {
    Tensor w = Tensor.zeros(v.dtype(), v.shape());
    compose(v, g, w);
    return w;
  }

  public void compose(Tensor v, Tensor g, Tensor w) {
    Tensor n = decompose(v).g();
    Tensor gk = g.rank() == 0 ? g.reshape(n.shape()) : g;
    each(v, (i, k) -> w.set(n.get(k) == 0 ? 0 : v.get(i) * (gk.get(k) / n.get(k)), i));
  }

  public Gradients backward(Tensor v, Tensor g, Tensor dw) {
    Tensor dg = Tensor.zeros(g.dtype(), g.shape());
    Tensor dv = Tensor.zeros(v.dtype(), v.shape());
    backward(v, g, dw, dg, dv);
    return new Gradients(dg, dv);
  }

  public void backward(Tensor v, Tensor g, Tensor dw, Tensor dg, Tensor dv) {
    Tensor n = decompose(v).g();
    Tensor gk = g.rank() == 0 ? g.reshape(n.shape()) : g;
    Tensor s = Tensor.zeros(dev.slicenorm.tensor.DType.F64, n.shape());
    each(v, (i, k) -> s.set(s.get(k) + dw.get(i) * v.get(i), k));
    Tensor dgk = dg.rank() == 0 ? dg.reshape(n.shape()) : dg;
    each(n, (i, k) -> dgk.set(n.get(i) == 0 ? 0 : s.get(i) / n.get(i), i));
    each(
        v,
        (i, k) -> {
          double nk = n.get(k);
          dv.set(
              nk == 0 ? 0 : gk.get(k) / nk * (dw.get(i) - v.get(i) * s.get(k) / (nk * nk)), i);
        });
  }

  private interface Visit {
    void at(long[] index, long[] kept);
  }

  private void each(Tensor t, Visit visit) {
    long[] index = new long[t.rank()];
    boolean[] reduced = axes.reduced(t.rank());
    for (long n = 0; n < t.count(); n++) {
      long[] kept = index.clone();
      for (int a = 0; a < kept.length; a++) {
        if (reduced[a]) {
          kept[a] = 0;
        }
      }
      visit.at(index.clone(), kept);
      for (int a = index.length - 1; a >= 0 && ++index[a] == t.size(a); a--) {
        index[a] = 0;
      }
    }
  }
}
