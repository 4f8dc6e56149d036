package dev.slicenorm.weightnorm;

import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.plan.Direction;
import dev.slicenorm.plan.NormValue;
import dev.slicenorm.plan.Walk;

/**
 * Composes the slices of a chunk: operand 0 is v, operand 1 is w, operand 2 is g.
 *
 * @param zeroSlice the policy for slices of norm zero
 * @param wide whether sums of squares can leave the range
 */
record SliceScale(ZeroSlice zeroSlice, boolean wide) {

  <A> void compose(Walk<A> walk) {
    NormValue.reduceSquares(walk, wide);
    for (int slice = 0; slice < walk.count(); slice++) {
      double g = walk.read(2, slice);
      if (isFloored(walk, slice)) {
        walk.pre[slice] = 1;
        walk.factor[slice] = g / Math.sqrt(zeroSlice.leastSquare());
      } else if (walk.sums.hi[slice] == 0 && !zeroSlice.equals(ZeroSlice.NAN)) {
        walk.factor[slice] = 0;
      } else {
        Direction.setFactor(walk, slice, g, wide);
      }
    }
    walk.scale(1);
  }

  /**
   * {@return whether the sum of squares, as if no elements had been multiplied, is below the floor}
   */
  <A> boolean isFloored(Walk<A> walk, int slice) {
    double pre = walk.pre[slice];
    return walk.sums.hi[slice] / pre / pre < zeroSlice.leastSquare();
  }
}
