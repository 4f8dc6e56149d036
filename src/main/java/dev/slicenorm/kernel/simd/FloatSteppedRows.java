package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static dev.slicenorm.kernel.simd.FloatPacking.BY_THREE;
import static dev.slicenorm.kernel.simd.FloatPacking.BY_TWO;
import static dev.slicenorm.kernel.simd.FloatPacking.SECOND;
import static dev.slicenorm.kernel.simd.FloatPacking.THIRD;
import static dev.slicenorm.kernel.simd.FloatPacking.UPPER;
import static dev.slicenorm.kernel.simd.Widening.DOUBLES;
import static dev.slicenorm.kernel.simd.Widening.WHOLE;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static jdk.incubator.vector.VectorOperators.F2D;

import dev.slicenorm.kernel.Sums;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * Sums of squares of every second or third element, for 512 bits: put together as in {@link
 * FloatPacking}, but widened at once instead of stored and loaded again.
 */
final class FloatSteppedRows {

  private FloatSteppedRows() {}

  /** {@return whether there is a way for a step; otherwise nothing was done} */
  static boolean squares(float[] x, int at, int step, int length, Sums sums, int out) {
    if (WIDTH < 8 || (step != 2 && step != 3)) {
      return false;
    }
    double[] lanes = sums.lanes();
    // The last element read is one or two behind the last one wanted, which may be the array's.
    boolean isInside = at + (long) length * step <= x.length;
    int full = (isInside ? length : length - 1) & -LANES;
    if (step == 2) {
      everySecond(x, at, full, lanes);
    } else {
      everyThird(x, at, full, lanes);
    }
    for (int i = full; i < length; i++) {
      double value = x[at + i * step];
      lanes[i - full] += value * value;
    }
    sums.foldLanes(out);
    return true;
  }

  private static void everySecond(float[] x, int at, int length, double[] lanes) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    for (int i = at; i < at + 2 * length; i += 2 * LANES) {
      FloatVector p = FloatVector.fromArray(WHOLE, x, i);
      FloatVector q = FloatVector.fromArray(WHOLE, x, i + 2 * WIDTH);
      p = p.rearrange(BY_TWO).blend(q.rearrange(BY_TWO), UPPER);
      FloatVector r = FloatVector.fromArray(WHOLE, x, i + 4 * WIDTH);
      FloatVector s = FloatVector.fromArray(WHOLE, x, i + 6 * WIDTH);
      r = r.rearrange(BY_TWO).blend(s.rearrange(BY_TWO), UPPER);
      DoubleVector v0 = (DoubleVector) p.convertShape(F2D, DOUBLES, 0);
      DoubleVector v1 = (DoubleVector) p.convertShape(F2D, DOUBLES, 1);
      DoubleVector v2 = (DoubleVector) r.convertShape(F2D, DOUBLES, 0);
      DoubleVector v3 = (DoubleVector) r.convertShape(F2D, DOUBLES, 1);
      a = v0.fma(v0, a);
      b = v1.fma(v1, b);
      c = v2.fma(v2, c);
      d = v3.fma(v3, d);
    }
    a.intoArray(lanes, 0);
    b.intoArray(lanes, WIDTH);
    c.intoArray(lanes, 2 * WIDTH);
    d.intoArray(lanes, 3 * WIDTH);
  }

  private static void everyThird(float[] x, int at, int length, double[] lanes) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    for (int i = at; i < at + 3 * length; i += 3 * LANES) {
      FloatVector p = FloatVector.fromArray(WHOLE, x, i);
      FloatVector q = FloatVector.fromArray(WHOLE, x, i + 2 * WIDTH);
      FloatVector r = FloatVector.fromArray(WHOLE, x, i + 4 * WIDTH);
      p = p.blend(q, SECOND).blend(r, THIRD).rearrange(BY_THREE);
      q = FloatVector.fromArray(WHOLE, x, i + 6 * WIDTH);
      r = FloatVector.fromArray(WHOLE, x, i + 8 * WIDTH);
      FloatVector s = FloatVector.fromArray(WHOLE, x, i + 10 * WIDTH);
      q = q.blend(r, SECOND).blend(s, THIRD).rearrange(BY_THREE);
      DoubleVector v0 = (DoubleVector) p.convertShape(F2D, DOUBLES, 0);
      DoubleVector v1 = (DoubleVector) p.convertShape(F2D, DOUBLES, 1);
      DoubleVector v2 = (DoubleVector) q.convertShape(F2D, DOUBLES, 0);
      DoubleVector v3 = (DoubleVector) q.convertShape(F2D, DOUBLES, 1);
      a = v0.fma(v0, a);
      b = v1.fma(v1, b);
      c = v2.fma(v2, c);
      d = v3.fma(v3, d);
    }
    a.intoArray(lanes, 0);
    b.intoArray(lanes, WIDTH);
    c.intoArray(lanes, 2 * WIDTH);
    d.intoArray(lanes, 3 * WIDTH);
  }
}
