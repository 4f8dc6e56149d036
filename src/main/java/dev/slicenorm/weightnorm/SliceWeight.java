package dev.slicenorm.weightnorm;

import dev.slicenorm.plan.NormValue;
import dev.slicenorm.plan.ScaleFactors;
import dev.slicenorm.plan.Walk;
import java.util.List;

/**
 * The weights of the slices of a chunk: operand 0 is v, 1 is w, 2 is g.
 *
 * <p>An F64 slice whose quotient {@code g/n} no two doubles express is left to {@link RareSlice}.
 *
 * @param factors knows what becomes of slices of norm zero
 */
record SliceWeight(ScaleFactors factors) {

  /** Composes slices of elements no wider than F32. */
  void composeFloats(Walk<float[]> walk) {
    walk.scaleBySquares(1, factors);
  }

  /** Composes slices of any elements. */
  void composeDoubles(Walk<double[]> walk) {
    NormValue.reduceSquares(walk, true);
    List<RareSlice.Elements> rare = List.of();
    for (int slice = 0; slice < walk.count(); slice++) {
      double g = walk.read(2, slice);
      if (!factors.set(walk, slice, g)) {
        double[] w = new RareSlice(walk.copy(0, slice), g, 0).weight();
        rare = RareSlice.Elements.add(rare, slice, w);
        walk.pre[slice] = 1;
        walk.factor[slice] = 1;
      }
    }
    walk.scale(1);
    RareSlice.Elements.store(rare, walk, 1);
  }
}
