package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static dev.slicenorm.kernel.simd.FloatElements.NO_SIGN;
import static dev.slicenorm.kernel.simd.Widening.WHOLE;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static dev.slicenorm.kernel.simd.Widening.widen;
import static jdk.incubator.vector.VectorOperators.MIN;

import dev.slicenorm.kernel.Sums;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/** The loops of {@link FloatRows} for 512 bits: four vectors hold a sum for each lane. */
final class FloatWideRows {

  private FloatWideRows() {}

  /**
   * Sums rows of more than 32 elements each to one vector, as {@link FloatRows#squares} goes on.
   */
  static void squares(
      float[] x, int at, int stride, int rows, int length, int step, double[] vectors) {
    if (length % LANES == 0) {
      wholeGroups(x, at, stride, rows, length, step, vectors);
    } else {
      groupsAndRest(x, at, stride, rows, length, step, vectors);
    }
  }

  /** Rows of whole groups of 32: four accumulators of eight lanes. */
  private static void wholeGroups(
      float[] x, int at, int stride, int rows, int length, int step, double[] vectors) {
    for (int row = 0, start = at; row < rows; row++, start += stride) {
      DoubleVector a = DoubleVector.zero(Widening.DOUBLES);
      DoubleVector b = a;
      DoubleVector c = a;
      DoubleVector d = a;
      for (int i = start; i < start + length; i += step) {
        DoubleVector v0 = widen(x, i);
        DoubleVector v1 = widen(x, i + WIDTH);
        DoubleVector v2 = widen(x, i + 2 * WIDTH);
        DoubleVector v3 = widen(x, i + 3 * WIDTH);
        a = v0.fma(v0, a);
        b = v1.fma(v1, b);
        c = v2.fma(v2, c);
        d = v3.fma(v3, d);
      }
      a.add(c).add(b.add(d)).intoArray(vectors, row * WIDTH);
    }
  }

  /** Rows that end within a group, of which the rest is masked off. */
  private static void groupsAndRest(
      float[] x, int at, int stride, int rows, int length, int step, double[] vectors) {
    int full = length & -LANES;
    int left = length - full;
    VectorMask<Float> m0 = FloatRows.first(left);
    VectorMask<Float> m1 = FloatRows.first(left - WIDTH);
    VectorMask<Float> m2 = FloatRows.first(left - 2 * WIDTH);
    VectorMask<Float> m3 = FloatRows.first(left - 3 * WIDTH);
    for (int row = 0, start = at; row < rows; row++, start += stride) {
      DoubleVector a = DoubleVector.zero(Widening.DOUBLES);
      DoubleVector b = a;
      DoubleVector c = a;
      DoubleVector d = a;
      int end = start + full;
      for (int i = start; i < end; i += step) {
        DoubleVector v0 = widen(x, i);
        DoubleVector v1 = widen(x, i + WIDTH);
        DoubleVector v2 = widen(x, i + 2 * WIDTH);
        DoubleVector v3 = widen(x, i + 3 * WIDTH);
        a = v0.fma(v0, a);
        b = v1.fma(v1, b);
        c = v2.fma(v2, c);
        d = v3.fma(v3, d);
      }
      DoubleVector t0 = widen(x, end, m0);
      DoubleVector t1 = widen(x, end + WIDTH, m1);
      DoubleVector t2 = widen(x, end + 2 * WIDTH, m2);
      DoubleVector t3 = widen(x, end + 3 * WIDTH, m3);
      DoubleVector even = t0.fma(t0, a).add(t2.fma(t2, c));
      even.add(t1.fma(t1, b).add(t3.fma(t3, d))).intoArray(vectors, row * WIDTH);
    }
  }

  static void dot(float[] x, int xAt, float[] y, int yAt, int length, Sums sums, int out) {
    DoubleVector a = DoubleVector.zero(Widening.DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    int i = 0;
    for (; i <= length - LANES; i += LANES) {
      a = widen(x, xAt + i).fma(widen(y, yAt + i), a);
      b = widen(x, xAt + i + WIDTH).fma(widen(y, yAt + i + WIDTH), b);
      c = widen(x, xAt + i + 2 * WIDTH).fma(widen(y, yAt + i + 2 * WIDTH), c);
      d = widen(x, xAt + i + 3 * WIDTH).fma(widen(y, yAt + i + 3 * WIDTH), d);
    }
    if (i == length) {
      double[] vector = sums.lanes();
      a.add(c).add(b.add(d)).intoArray(vector, 0);
      sums.hi[out] = Halving.fold(vector, 0);
      return;
    }
    double[] lanes = sums.lanes();
    a.intoArray(lanes, 0);
    b.intoArray(lanes, WIDTH);
    c.intoArray(lanes, 2 * WIDTH);
    d.intoArray(lanes, 3 * WIDTH);
    FloatRows.addRest(x, xAt + i, y, yAt + i, length - i, lanes, 0);
    sums.foldLanes(out);
  }

  /** As {@link FloatRows#scaleAndSquare}. */
  static int scaleAndSquare(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      int next,
      int length,
      float high,
      float low,
      Sums sums,
      int out) {
    DoubleVector a = DoubleVector.zero(Widening.DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    IntVector least = IntVector.broadcast(FloatElements.INTS, Integer.MAX_VALUE);
    int i = 0;
    for (; i <= length - LANES; i += LANES) {
      FloatVector p = FloatVector.fromArray(WHOLE, x, xAt + i);
      FloatVector q = FloatVector.fromArray(WHOLE, x, xAt + i + 2 * WIDTH);
      p = p.fma(FloatVector.broadcast(WHOLE, high), p.mul(low));
      q = q.fma(FloatVector.broadcast(WHOLE, high), q.mul(low));
      DoubleVector v0 = widen(x, next + i);
      DoubleVector v1 = widen(x, next + i + WIDTH);
      DoubleVector v2 = widen(x, next + i + 2 * WIDTH);
      DoubleVector v3 = widen(x, next + i + 3 * WIDTH);
      a = v0.fma(v0, a);
      b = v1.fma(v1, b);
      c = v2.fma(v2, c);
      d = v3.fma(v3, d);
      p.intoArray(y, yAt + i);
      q.intoArray(y, yAt + i + 2 * WIDTH);
      IntVector ranks = p.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN);
      least = least.min(ranks.min(q.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN)));
    }
    double[] lanes = sums.lanes();
    if (i == length) {
      a.add(c).add(b.add(d)).intoArray(lanes, 0);
      sums.hi[out] = Halving.fold(lanes, 0);
      return least.reduceLanes(MIN);
    }
    a.intoArray(lanes, 0);
    b.intoArray(lanes, WIDTH);
    c.intoArray(lanes, 2 * WIDTH);
    d.intoArray(lanes, 3 * WIDTH);
    FloatRows.addRest(x, next + i, x, next + i, length - i, lanes, 0);
    sums.foldLanes(out);
    return least.reduceLanes(MIN);
  }

  /** Sums {@code x²} and {@code x·y} in one pass. */
  static void squaresAndDots(
      float[] x, int xAt, float[] y, int yAt, int length, Sums squares, Sums dots, int out) {
    DoubleVector a = DoubleVector.zero(Widening.DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    DoubleVector e = a;
    DoubleVector f = a;
    DoubleVector g = a;
    DoubleVector h = a;
    int i = 0;
    for (; i <= length - LANES; i += LANES) {
      DoubleVector v = widen(x, xAt + i);
      a = v.fma(v, a);
      e = v.fma(widen(y, yAt + i), e);
      v = widen(x, xAt + i + WIDTH);
      b = v.fma(v, b);
      f = v.fma(widen(y, yAt + i + WIDTH), f);
      v = widen(x, xAt + i + 2 * WIDTH);
      c = v.fma(v, c);
      g = v.fma(widen(y, yAt + i + 2 * WIDTH), g);
      v = widen(x, xAt + i + 3 * WIDTH);
      d = v.fma(v, d);
      h = v.fma(widen(y, yAt + i + 3 * WIDTH), h);
    }
    double[] lanes = squares.lanes();
    double[] dotLanes = dots.lanes();
    a.intoArray(lanes, 0);
    b.intoArray(lanes, WIDTH);
    c.intoArray(lanes, 2 * WIDTH);
    d.intoArray(lanes, 3 * WIDTH);
    e.intoArray(dotLanes, 0);
    f.intoArray(dotLanes, WIDTH);
    g.intoArray(dotLanes, 2 * WIDTH);
    h.intoArray(dotLanes, 3 * WIDTH);
    FloatRows.addRest(x, xAt + i, x, xAt + i, length - i, lanes, 0);
    FloatRows.addRest(x, xAt + i, y, yAt + i, length - i, dotLanes, 0);
    squares.foldLanes(out);
    dots.foldLanes(out);
  }
}
