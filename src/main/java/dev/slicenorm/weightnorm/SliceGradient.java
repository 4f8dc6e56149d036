package dev.slicenorm.weightnorm;

import dev.slicenorm.kernel.PairNorm;
import dev.slicenorm.plan.NormValue;
import dev.slicenorm.plan.ScaleFactors;
import dev.slicenorm.plan.Walk;
import java.util.List;

/**
 * The gradients of the slices of a chunk: operand 0 is v, 1 is dw, 2 is dv, 3 is g, 4 is dg.
 *
 * <p>For F64, the kernel's formula {@code (dw − second·v)·factor} is right while the norm, both
 * coefficients and dg stay away from the ends of the range; other slices are left to {@link
 * RareSlice}. What that leaves open is a product {@code second·v} below 2⁻¹⁰²², where bits below
 * 2⁻¹⁰⁷⁴ are lost: dv is then wrong by up to 2⁻¹⁰⁷⁴·g/n, which is below 2⁻⁸⁷⁴.
 *
 * @param factors knows what becomes of slices of norm zero
 */
record SliceGradient(ScaleFactors factors) {

  private static final double LEAST = 0x1p-900;
  private static final double MOST = 0x1p900;

  /** The largest {@code g/n}. */
  private static final double MOST_FACTOR = 0x1p200;

  /** Computes slices of elements no wider than F32. */
  void ofFloats(Walk<float[]> walk) {
    walk.squaresAndDots();
    for (int slice = 0; slice < walk.count(); slice++) {
      if (staysZero(walk, slice)) {
        set(walk, slice, 0, 0, 0);
      } else {
        setNarrow(walk, slice);
      }
    }
    walk.gradient();
    clearZeros(walk);
  }

  /** Computes slices of any elements. */
  void ofDoubles(Walk<double[]> walk) {
    NormValue.reduceSquaresAndProducts(walk);
    List<RareSlice.Elements> rare = List.of();
    for (int slice = 0; slice < walk.count(); slice++) {
      if (staysZero(walk, slice)) {
        set(walk, slice, 0, 0, 0);
      } else if (!setWide(walk, slice)) {
        RareSlice.Gradients gradients = rareGradients(walk, slice);
        rare = RareSlice.Elements.add(rare, slice, gradients.dv());
        set(walk, slice, gradients.dg(), 1, 0);
      }
      walk.pre[slice] = 1;
    }
    walk.gradient();
    clearZeros(walk);
    RareSlice.Elements.store(rare, walk, 2);
  }

  private boolean staysZero(Walk<?> walk, int slice) {
    return factors.staysZero(walk, slice) && !factors.isFloored(walk, slice);
  }

  /** An infinite or NaN dw times 0 is NaN: in the sum, and in dv. */
  private void clearZeros(Walk<?> walk) {
    for (int slice = 0; slice < walk.count(); slice++) {
      if (staysZero(walk, slice) && Double.isNaN(walk.dots.hi[slice])) {
        walk.clear(2, slice);
      }
    }
  }

  /** Where only g can leave the range, and nothing else comes near its ends. */
  private void setNarrow(Walk<?> walk, int slice) {
    boolean floored = factors.isFloored(walk, slice);
    double n = Math.sqrt(floored ? factors.leastSquare() : walk.sums.hi[slice]);
    double g = walk.read(3, slice);
    double factor = g / n;
    if (Double.isInfinite(factor) && Double.isFinite(g) && n > 0) {
      // Beyond F32 for any gradient but 0, and then 0 is right.
      factor = Math.copySign(Double.MAX_VALUE, factor);
    }
    double dg = walk.dots.hi[slice] / n;
    set(walk, slice, dg, factor, floored ? 0 : dg / n);
  }

  /**
   * Below the floor the norm is constant, and nothing is projected out.
   *
   * @return false if the kernel's formula can't be used
   */
  private boolean setWide(Walk<?> walk, int slice) {
    boolean floored = factors.isFloored(walk, slice);
    double pre = walk.pre[slice];
    double power = walk.second[slice];
    double g = walk.read(3, slice);
    double product = NormValue.sum(walk.dots.hi[slice], walk.dots.lo[slice]);
    double n =
        floored
            ? Math.sqrt(factors.leastSquare())
            : PairNorm.root(walk.sums.hi[slice], walk.sums.lo[slice]) / pre;
    boolean finite = Double.isFinite(walk.sums.hi[slice]) && Double.isFinite(product);
    double dg = finite ? product / n / power : product / n;
    double factor = g / n;
    double second = floored ? 0 : dg / n;
    boolean ordinary =
        (pre == 1 || floored)
            && !Double.isNaN(power)
            && (product == 0 || (isMiddle(product) && isMiddle(dg)))
            && (product == 0 || floored || isMiddle(second))
            && (g == 0 || !Double.isFinite(g) || isMiddle(factor))
            && !(Math.abs(factor) > MOST_FACTOR);
    if (!ordinary && finite && n != 0) {
      return false;
    }
    set(walk, slice, dg, factor, second);
    return true;
  }

  private RareSlice.Gradients rareGradients(Walk<double[]> walk, int slice) {
    RareSlice rare = new RareSlice(walk.copy(0, slice), walk.read(3, slice), factors.leastSquare());
    return rare.gradients(walk.copy(1, slice));
  }

  private static boolean isMiddle(double x) {
    double size = Math.abs(x);
    return size >= LEAST && size <= MOST;
  }

  private static void set(Walk<?> walk, int slice, double dg, double factor, double second) {
    walk.write(4, slice, dg);
    walk.factor[slice] = factor;
    walk.second[slice] = second;
  }
}
