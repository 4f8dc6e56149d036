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

  /** The shortest row for masks (33 elements on Zen 5: 19 ns, by plain loops 14; 57: 17 and 21). */
  static final int LEAST_WITH_REST = 49;

  /** Shorter rows lie close together, and few groups would pay for sixteen sums. */
  private static final int LEAST_READ_BY_FOUR = 128;

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
    int quarter = length >= LEAST_READ_BY_FOUR ? rows / 4 : 0;
    for (int row = 0; row < quarter; row++) {
      fourRows(x, at + row * stride, quarter * stride, length, vectors, row, quarter);
    }
    int done = 4 * quarter;
    for (int row = done, start = at + done * stride; row < rows; row++, start += stride) {
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

  /**
   * Four rows at a time, some rows apart, so that memory is read at four places: what lies in no
   * cache comes faster then. One slice of 16M floats takes 4.3 to 5.3 ms this way on Sapphire
   * Rapids, and 6.0 to 7.4 row after row; 4096 of 4096 take 4.7 to 5.3, and 6.7 to 7.9. What lies
   * in a cache takes about as long either way (256 of 1024: 31 to 36 and 27 to 37 µs). The loop is
   * too long to be unrolled, so that it may count by a constant, which spares it the checks of
   * bounds (64K floats: 7.3 against 8.3 µs).
   */
  private static void fourRows(
      float[] x, int at, int apart, int length, double[] vectors, int row, int rowsApart) {
    DoubleVector zero = DoubleVector.zero(Widening.DOUBLES);
    DoubleVector a0 = zero;
    DoubleVector b0 = zero;
    DoubleVector c0 = zero;
    DoubleVector d0 = zero;
    DoubleVector a1 = zero;
    DoubleVector b1 = zero;
    DoubleVector c1 = zero;
    DoubleVector d1 = zero;
    DoubleVector a2 = zero;
    DoubleVector b2 = zero;
    DoubleVector c2 = zero;
    DoubleVector d2 = zero;
    DoubleVector a3 = zero;
    DoubleVector b3 = zero;
    DoubleVector c3 = zero;
    DoubleVector d3 = zero;
    for (int i0 = at; i0 < at + length; i0 += LANES) {
      int i1 = i0 + apart;
      int i2 = i1 + apart;
      int i3 = i2 + apart;
      DoubleVector v00 = widen(x, i0);
      DoubleVector v10 = widen(x, i0 + WIDTH);
      DoubleVector v20 = widen(x, i0 + 2 * WIDTH);
      DoubleVector v30 = widen(x, i0 + 3 * WIDTH);
      a0 = v00.fma(v00, a0);
      b0 = v10.fma(v10, b0);
      c0 = v20.fma(v20, c0);
      d0 = v30.fma(v30, d0);
      DoubleVector v01 = widen(x, i1);
      DoubleVector v11 = widen(x, i1 + WIDTH);
      DoubleVector v21 = widen(x, i1 + 2 * WIDTH);
      DoubleVector v31 = widen(x, i1 + 3 * WIDTH);
      a1 = v01.fma(v01, a1);
      b1 = v11.fma(v11, b1);
      c1 = v21.fma(v21, c1);
      d1 = v31.fma(v31, d1);
      DoubleVector v02 = widen(x, i2);
      DoubleVector v12 = widen(x, i2 + WIDTH);
      DoubleVector v22 = widen(x, i2 + 2 * WIDTH);
      DoubleVector v32 = widen(x, i2 + 3 * WIDTH);
      a2 = v02.fma(v02, a2);
      b2 = v12.fma(v12, b2);
      c2 = v22.fma(v22, c2);
      d2 = v32.fma(v32, d2);
      DoubleVector v03 = widen(x, i3);
      DoubleVector v13 = widen(x, i3 + WIDTH);
      DoubleVector v23 = widen(x, i3 + 2 * WIDTH);
      DoubleVector v33 = widen(x, i3 + 3 * WIDTH);
      a3 = v03.fma(v03, a3);
      b3 = v13.fma(v13, b3);
      c3 = v23.fma(v23, c3);
      d3 = v33.fma(v33, d3);
    }
    a0.add(c0).add(b0.add(d0)).intoArray(vectors, row * WIDTH);
    a1.add(c1).add(b1.add(d1)).intoArray(vectors, (row + rowsApart) * WIDTH);
    a2.add(c2).add(b2.add(d2)).intoArray(vectors, (row + 2 * rowsApart) * WIDTH);
    a3.add(c3).add(b3.add(d3)).intoArray(vectors, (row + 3 * rowsApart) * WIDTH);
  }

  /** Sums one row of whole groups in registers: no other row shares the last additions. */
  static double square(float[] x, int at, int length) {
    DoubleVector a = DoubleVector.zero(Widening.DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    for (int i = at; i < at + length; i += LANES) {
      DoubleVector v0 = widen(x, i);
      DoubleVector v1 = widen(x, i + WIDTH);
      DoubleVector v2 = widen(x, i + 2 * WIDTH);
      DoubleVector v3 = widen(x, i + 3 * WIDTH);
      a = v0.fma(v0, a);
      b = v1.fma(v1, b);
      c = v2.fma(v2, c);
      d = v3.fma(v3, d);
    }
    a = a.add(c).add(b.add(d));
    a = a.add(a.rearrange(Halving.BY_FOUR));
    a = a.add(a.rearrange(Halving.BY_TWO));
    return a.lane(0) + a.lane(1);
  }

  /** As {@link #square}, of a row that ends within a group, of which the rest is masked off. */
  static double squareWithRest(float[] x, int at, int length) {
    DoubleVector a = DoubleVector.zero(Widening.DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    int end = at + (length & -LANES);
    for (int i = at; i < end; i += LANES) {
      DoubleVector v0 = widen(x, i);
      DoubleVector v1 = widen(x, i + WIDTH);
      DoubleVector v2 = widen(x, i + 2 * WIDTH);
      DoubleVector v3 = widen(x, i + 3 * WIDTH);
      a = v0.fma(v0, a);
      b = v1.fma(v1, b);
      c = v2.fma(v2, c);
      d = v3.fma(v3, d);
    }
    int left = at + length - end;
    DoubleVector t0 = widen(x, end, FloatRows.first(left));
    DoubleVector t1 = widen(x, end + WIDTH, FloatRows.first(left - WIDTH));
    DoubleVector t2 = widen(x, end + 2 * WIDTH, FloatRows.first(left - 2 * WIDTH));
    DoubleVector t3 = widen(x, end + 3 * WIDTH, FloatRows.first(left - 3 * WIDTH));
    a = t0.fma(t0, a).add(t2.fma(t2, c)).add(t1.fma(t1, b).add(t3.fma(t3, d)));
    a = a.add(a.rearrange(Halving.BY_FOUR));
    a = a.add(a.rearrange(Halving.BY_TWO));
    return a.lane(0) + a.lane(1);
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
    if (i == length) {
      a.add(c).add(b.add(d)).intoArray(lanes, 0);
      e.add(g).add(f.add(h)).intoArray(dotLanes, 0);
      squares.hi[out] = Halving.fold(lanes, 0);
      dots.hi[out] = Halving.fold(dotLanes, 0);
      return;
    }
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
