package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static dev.slicenorm.kernel.simd.FloatElements.NO_SIGN;
import static dev.slicenorm.kernel.simd.FloatRows.addRest;
import static dev.slicenorm.kernel.simd.Widening.DOUBLES;
import static dev.slicenorm.kernel.simd.Widening.WHOLE;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static dev.slicenorm.kernel.simd.Widening.widen;
import static jdk.incubator.vector.VectorOperators.MIN;

import dev.slicenorm.kernel.Sums;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * The loops of {@link FloatRows} for 256 bits, of which eight vectors hold a sum for each lane, and
 * for 128 bits, which go over the block, in L1 by then, twice or more. Squares have loops of their
 * own, {@link FloatNarrowSquares}.
 */
final class FloatNarrowRows {

  /** Sums that vectors and what is added to them leave registers for. */
  static final int AT_ONCE = 8 * WIDTH;

  private FloatNarrowRows() {}

  static void dot(float[] x, int xAt, float[] y, int yAt, int length, Sums sums, int out) {
    for (int lane = 0; lane < LANES; lane += AT_ONCE) {
      dotLanes(x, xAt + lane, y, yAt + lane, length - lane, sums.lanes(), lane);
    }
    sums.foldLanes(out);
  }

  private static void dotLanes(
      float[] x, int xAt, float[] y, int yAt, int length, double[] lanes, int lane) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    DoubleVector e = a;
    DoubleVector f = a;
    DoubleVector g = a;
    DoubleVector h = a;
    int i = 0;
    for (; i <= length - AT_ONCE; i += LANES) {
      a = widen(x, xAt + i).fma(widen(y, yAt + i), a);
      b = widen(x, xAt + i + WIDTH).fma(widen(y, yAt + i + WIDTH), b);
      c = widen(x, xAt + i + 2 * WIDTH).fma(widen(y, yAt + i + 2 * WIDTH), c);
      d = widen(x, xAt + i + 3 * WIDTH).fma(widen(y, yAt + i + 3 * WIDTH), d);
      e = widen(x, xAt + i + 4 * WIDTH).fma(widen(y, yAt + i + 4 * WIDTH), e);
      f = widen(x, xAt + i + 5 * WIDTH).fma(widen(y, yAt + i + 5 * WIDTH), f);
      g = widen(x, xAt + i + 6 * WIDTH).fma(widen(y, yAt + i + 6 * WIDTH), g);
      h = widen(x, xAt + i + 7 * WIDTH).fma(widen(y, yAt + i + 7 * WIDTH), h);
    }
    a.intoArray(lanes, lane);
    b.intoArray(lanes, lane + WIDTH);
    c.intoArray(lanes, lane + 2 * WIDTH);
    d.intoArray(lanes, lane + 3 * WIDTH);
    e.intoArray(lanes, lane + 4 * WIDTH);
    f.intoArray(lanes, lane + 5 * WIDTH);
    g.intoArray(lanes, lane + 6 * WIDTH);
    h.intoArray(lanes, lane + 7 * WIDTH);
    addRest(x, xAt + i, y, yAt + i, length - i, lanes, lane);
  }

  static void squaresAndDots(
      float[] x, int xAt, float[] y, int yAt, int length, Sums squares, Sums dots, int out) {
    double[] lanes = squares.lanes();
    double[] dotLanes = dots.lanes();
    for (int lane = 0; lane < LANES; lane += AT_ONCE / 2) {
      int left = length - lane;
      int done = bothLanes(x, xAt + lane, y, yAt + lane, left, lanes, dotLanes, lane);
      addRest(x, xAt + lane + done, x, xAt + lane + done, left - done, lanes, lane);
      addRest(x, xAt + lane + done, y, yAt + lane + done, left - done, dotLanes, lane);
    }
    squares.foldLanes(out);
    dots.foldLanes(out);
  }

  /** {@return how far whole vectors went, which each element is converted once for} */
  private static int bothLanes(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      int length,
      double[] squares,
      double[] dots,
      int lane) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    DoubleVector e = a;
    DoubleVector f = a;
    DoubleVector g = a;
    DoubleVector h = a;
    int i = 0;
    for (; i <= length - AT_ONCE / 2; i += LANES) {
      DoubleVector v0 = widen(x, xAt + i);
      a = v0.fma(v0, a);
      e = v0.fma(widen(y, yAt + i), e);
      DoubleVector v1 = widen(x, xAt + i + WIDTH);
      b = v1.fma(v1, b);
      f = v1.fma(widen(y, yAt + i + WIDTH), f);
      DoubleVector v2 = widen(x, xAt + i + 2 * WIDTH);
      c = v2.fma(v2, c);
      g = v2.fma(widen(y, yAt + i + 2 * WIDTH), g);
      DoubleVector v3 = widen(x, xAt + i + 3 * WIDTH);
      d = v3.fma(v3, d);
      h = v3.fma(widen(y, yAt + i + 3 * WIDTH), h);
    }
    a.intoArray(squares, lane);
    b.intoArray(squares, lane + WIDTH);
    c.intoArray(squares, lane + 2 * WIDTH);
    d.intoArray(squares, lane + 3 * WIDTH);
    e.intoArray(dots, lane);
    f.intoArray(dots, lane + WIDTH);
    g.intoArray(dots, lane + 2 * WIDTH);
    h.intoArray(dots, lane + 3 * WIDTH);
    return i;
  }

  /**
   * As {@link FloatRows#scaleAndSquare}. Each half of the lanes goes over the rows by itself: all
   * at once are more calls than C2 inlines into a method.
   */
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
    double[] lanes = sums.lanes();
    int full = length & -LANES;
    int least = Integer.MAX_VALUE;
    for (int lane = 0; lane < LANES; lane += 4 * WIDTH) {
      int half =
          halfOfEach(x, xAt + lane, y, yAt + lane, next + lane, full, high, low, lanes, lane);
      least = Math.min(least, half);
    }
    addRest(x, next + full, x, next + full, length - full, lanes, 0);
    sums.foldLanes(out);
    return least;
  }

  private static int halfOfEach(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      int next,
      int full,
      float high,
      float low,
      double[] lanes,
      int lane) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    IntVector least = IntVector.broadcast(FloatElements.INTS, Integer.MAX_VALUE);
    for (int i = 0; i < full; i += LANES) {
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
    a.intoArray(lanes, lane);
    b.intoArray(lanes, lane + WIDTH);
    c.intoArray(lanes, lane + 2 * WIDTH);
    d.intoArray(lanes, lane + 3 * WIDTH);
    return least.reduceLanes(MIN);
  }
}
