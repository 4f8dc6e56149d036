package dev.slicenorm.norm;

import dev.slicenorm.plan.Direction;
import dev.slicenorm.plan.Precision;
import dev.slicenorm.plan.ScaleFactors;
import dev.slicenorm.plan.SlicePlan;
import dev.slicenorm.plan.Walk;
import dev.slicenorm.plan.Walks;
import dev.slicenorm.plan.Work;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.function.Consumer;

/** Multiplies slices by factors: to unit norm, down to a largest norm, or by given ones. */
final class SliceScaling implements Walk.SliceAction {

  private final Norm norm;
  private final ZeroSlice zeroSlice;
  private final boolean wide;
  private final ScaleFactors factors;

  private SliceScaling(Norm norm, ZeroSlice zeroSlice, boolean wide) {
    this.norm = norm;
    this.zeroSlice = zeroSlice;
    this.wide = wide;
    this.factors = new ScaleFactors(zeroSlice.leastSquare(), zeroSlice.dividesByZero(), wide);
  }

  /** Operands: x, the unit slices, the magnitudes. */
  static void normalize(SliceNorms norms, Tensor x, Tensor unit, Tensor magnitudes) {
    boolean wide = isWide(norms.norm(), x, unit);
    SliceScaling scaling = new SliceScaling(norms.norm(), norms.zeroSlice(), wide);
    run(norms, wide, scaling::normalize, scaling::normalize, x, unit, magnitudes);
  }

  /** Operands: x, the result, the norms before. */
  static void clip(SliceNorms norms, double most, Tensor x, Tensor out, Tensor before) {
    boolean wide = isWide(norms.norm(), x, out);
    SliceScaling scaling = new SliceScaling(norms.norm(), norms.zeroSlice(), wide);
    run(
        norms,
        wide,
        walk -> scaling.clip(walk, most),
        walk -> scaling.clip(walk, most),
        x,
        out,
        before);
  }

  /** Operands: x, the result, the factors. */
  static void scale(SliceNorms norms, Tensor x, Tensor factors, Tensor out) {
    boolean wide = isWide(Norm.L2, x, out);
    run(norms, wide, SliceScaling::multiply, SliceScaling::multiply, x, out, factors);
  }

  private static boolean isWide(Norm norm, Tensor x, Tensor out) {
    return x.dtype() == DType.F64 || out.dtype() != DType.F32 || NormReducer.needsDouble(norm);
  }

  private static void run(
      SliceNorms norms,
      boolean wide,
      Consumer<Walk<float[]>> floats,
      Consumer<Walk<double[]>> doubles,
      Tensor x,
      Tensor out,
      Tensor perSlice) {
    SlicePlan plan = norms.scalingPlan(x, out, perSlice);
    int threads = norms.parallelism().threadsFor(x.count());
    if (wide) {
      Walks.run(
          Walks.begin(plan, Precision.DOUBLE).with(x).with(out).with(perSlice),
          threads,
          doubles,
          Work.SCALING);
    } else {
      Walks.run(
          Walks.begin(plan, Precision.SINGLE).with(x).with(out).with(perSlice),
          threads,
          floats,
          Work.SCALING);
    }
  }

  private <A> void normalize(Walk<A> walk) {
    if (norm.equals(Norm.L2) && !wide) {
      walk.scaleBySquares(1, this);
      return;
    }
    new NormReducer(norm, wide).reduce(walk);
    boolean squares = norm.equals(Norm.L2);
    for (int slice = 0; slice < walk.count(); slice++) {
      double value = walk.factor[slice];
      walk.write(2, slice, value);
      if (squares) {
        factors.set(walk, slice, 1);
      } else if (value == 0 && !zeroSlice.dividesByZero()) {
        walk.factor[slice] = 0;
      } else {
        setQuotient(walk, slice, 1);
      }
    }
    walk.scale(1);
  }

  /** Writes the norm of a slice, and sets the factor that makes it 1. */
  @Override
  public void at(Walk<?> walk, int slice) {
    walk.write(2, slice, Math.sqrt(walk.sums.hi[slice]));
    factors.set(walk, slice, 1);
  }

  private <A> void clip(Walk<A> walk, double most) {
    new NormReducer(norm, wide).reduce(walk);
    for (int slice = 0; slice < walk.count(); slice++) {
      double value = walk.factor[slice];
      walk.write(2, slice, value);
      if (value > most && norm.equals(Norm.L2)) {
        // From the sum, which still tells the norm where that is beyond the range.
        Direction.setFactor(walk, slice, most, wide);
      } else if (value > most) {
        setQuotient(walk, slice, most);
      } else {
        walk.pre[slice] = 1;
        walk.factor[slice] = 1;
      }
    }
    walk.scale(1);
  }

  /** Sets what takes a slice to norm {@code g}, from what the reducer left. */
  private void setQuotient(Walk<?> walk, int slice, double g) {
    double power = walk.pre[slice];
    double scaled = power == 1 ? walk.factor[slice] : walk.second[slice];
    Direction.setQuotient(walk, slice, g, scaled, power, wide);
  }

  private static <A> void multiply(Walk<A> walk) {
    for (int slice = 0; slice < walk.count(); slice++) {
      walk.factor[slice] = walk.read(2, slice);
    }
    walk.scale(1);
  }
}
