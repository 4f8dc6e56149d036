package dev.slicenorm.weightnorm;

import dev.slicenorm.plan.NormValue;
import dev.slicenorm.plan.ScaleFactors;
import dev.slicenorm.plan.Walk;

/**
 * The gradients of the slices of a chunk: operand 0 is v, 1 is dw, 2 is dv, 3 is g, 4 is dg.
 *
 * @param factors knows what becomes of slices of norm zero
 */
record SliceGradient(ScaleFactors factors) {

  <A> void backward(Walk<A> walk) {
    boolean wide = factors.wide();
    if (wide) {
      NormValue.reduceSquares(walk, true);
      NormValue.reduceProducts(walk, true);
    } else {
      walk.squaresAndDots();
    }
    for (int slice = 0; slice < walk.count(); slice++) {
      double g = walk.read(3, slice);
      double product = walk.dots.hi[slice];
      if (wide) {
        product = NormValue.sum(product, walk.dots.lo[slice]);
      }
      if (factors.isFloored(walk, slice)) {
        setFloored(walk, slice, g, product);
      } else if (factors.staysZero(walk, slice)) {
        set(walk, slice, 0, 0, 0);
      } else {
        double n = NormValue.root(walk.sums.hi[slice], walk.sums.lo[slice]);
        double dg = product / n;
        if (wide) {
          dg /= walk.second[slice];
        }
        set(walk, slice, dg, g / n, dg / n);
      }
    }
    walk.gradient();
  }

  /**
   * Below the floor the norm is constant, and only {@code g} and the direction of {@code v} count.
   */
  private <A> void setFloored(Walk<A> walk, int slice, double g, double product) {
    double n = Math.sqrt(factors.leastSquare());
    double whole = factors.wide() ? product / walk.second[slice] / walk.pre[slice] : product;
    walk.pre[slice] = 1;
    set(walk, slice, whole / n, g / n, 0);
  }

  private static <A> void set(Walk<A> walk, int slice, double dg, double factor, double second) {
    walk.write(4, slice, dg);
    walk.factor[slice] = factor;
    walk.second[slice] = second;
  }
}
