package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static dev.slicenorm.kernel.simd.FloatRows.addRest;
import static dev.slicenorm.kernel.simd.FloatRows.first;
import static dev.slicenorm.kernel.simd.Widening.DOUBLES;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static dev.slicenorm.kernel.simd.Widening.widen;

import dev.slicenorm.kernel.Sums;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;

/**
 * Sums of squares along rows, for 256 and 128 bits. They are apart from the products of {@link
 * FloatNarrowRows}: a conversion takes longer than all else here, and C2 would convert each element
 * twice (Zen 3, 4096 elements: 1.07 and 0.63 µs). The loops resemble each other on purpose: what is
 * shared by a method that takes vectors, C2 may box.
 */
final class FloatNarrowSquares {

  /** Shorter rows lie close together, and few groups would pay for sixteen sums. */
  private static final int LEAST_READ_BY_TWO = 128;

  private FloatNarrowSquares() {}

  /**
   * Sums rows of more than 16 elements each to one vector, with 256 bits, as {@link
   * FloatRows#squares} goes on. At the end of a row only those vectors are masked that it may end
   * in.
   */
  static void squares(
      float[] x, int at, int stride, int rows, int length, int step, double[] vectors) {
    int left = length % LANES;
    if (left == 0) {
      wholeGroups(x, at, stride, rows, length, step, vectors);
    } else if (left <= LANES / 2) {
      groupsAndHalf(x, at, stride, rows, length, step, vectors);
    } else {
      groupsAndRest(x, at, stride, rows, length, step, vectors);
    }
  }

  private static void wholeGroups(
      float[] x, int at, int stride, int rows, int length, int step, double[] vectors) {
    int half = length >= LEAST_READ_BY_TWO ? rows / 2 : 0;
    for (int row = 0; row < half; row++) {
      twoRows(x, at + row * stride, half * stride, length, vectors, row, half);
    }
    int done = 2 * half;
    for (int row = done, start = at + done * stride; row < rows; row++, start += stride) {
      DoubleVector a = DoubleVector.zero(DOUBLES);
      DoubleVector b = a;
      DoubleVector c = a;
      DoubleVector d = a;
      DoubleVector e = a;
      DoubleVector f = a;
      DoubleVector g = a;
      DoubleVector h = a;
      for (int i = start; i < start + length; i += step) {
        DoubleVector v0 = widen(x, i);
        DoubleVector v1 = widen(x, i + WIDTH);
        DoubleVector v2 = widen(x, i + 2 * WIDTH);
        DoubleVector v3 = widen(x, i + 3 * WIDTH);
        a = v0.fma(v0, a);
        b = v1.fma(v1, b);
        c = v2.fma(v2, c);
        d = v3.fma(v3, d);
        DoubleVector v4 = widen(x, i + 4 * WIDTH);
        DoubleVector v5 = widen(x, i + 5 * WIDTH);
        DoubleVector v6 = widen(x, i + 6 * WIDTH);
        DoubleVector v7 = widen(x, i + 7 * WIDTH);
        e = v4.fma(v4, e);
        f = v5.fma(v5, f);
        g = v6.fma(v6, g);
        h = v7.fma(v7, h);
      }
      DoubleVector even = a.add(e).add(c.add(g));
      even.add(b.add(f).add(d.add(h))).intoArray(vectors, row * WIDTH);
    }
  }

  /**
   * Two rows at a time, half of the rows apart, so that memory is read at two places: what lies in
   * no cache comes faster then. One slice of 16M floats takes 4.5 to 5.7 ms this way on Zen 3, and
   * 5.1 to 6.2 row after row; what lies in a cache takes as long either way. Four places would be
   * faster still in C (3.4 ms, two 4.9), but their 32 sums fit no registers, and to keep them in
   * memory costs a quarter where rows lie in a cache. The loop is too long to be unrolled, so that
   * it may count by a constant.
   */
  private static void twoRows(
      float[] x, int at, int apart, int length, double[] vectors, int row, int rowsApart) {
    DoubleVector a0 = DoubleVector.zero(DOUBLES);
    DoubleVector a1 = a0;
    DoubleVector b0 = a0;
    DoubleVector b1 = a0;
    DoubleVector c0 = a0;
    DoubleVector c1 = a0;
    DoubleVector d0 = a0;
    DoubleVector d1 = a0;
    DoubleVector e0 = a0;
    DoubleVector e1 = a0;
    DoubleVector f0 = a0;
    DoubleVector f1 = a0;
    DoubleVector g0 = a0;
    DoubleVector g1 = a0;
    DoubleVector h0 = a0;
    DoubleVector h1 = a0;
    for (int i0 = at; i0 < at + length; i0 += LANES) {
      int i1 = i0 + apart;
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
      DoubleVector v40 = widen(x, i0 + 4 * WIDTH);
      DoubleVector v50 = widen(x, i0 + 5 * WIDTH);
      DoubleVector v60 = widen(x, i0 + 6 * WIDTH);
      DoubleVector v70 = widen(x, i0 + 7 * WIDTH);
      e0 = v40.fma(v40, e0);
      f0 = v50.fma(v50, f0);
      g0 = v60.fma(v60, g0);
      h0 = v70.fma(v70, h0);
      DoubleVector v41 = widen(x, i1 + 4 * WIDTH);
      DoubleVector v51 = widen(x, i1 + 5 * WIDTH);
      DoubleVector v61 = widen(x, i1 + 6 * WIDTH);
      DoubleVector v71 = widen(x, i1 + 7 * WIDTH);
      e1 = v41.fma(v41, e1);
      f1 = v51.fma(v51, f1);
      g1 = v61.fma(v61, g1);
      h1 = v71.fma(v71, h1);
    }
    DoubleVector even0 = a0.add(e0).add(c0.add(g0));
    even0.add(b0.add(f0).add(d0.add(h0))).intoArray(vectors, row * WIDTH);
    DoubleVector even1 = a1.add(e1).add(c1.add(g1));
    even1.add(b1.add(f1).add(d1.add(h1))).intoArray(vectors, (row + rowsApart) * WIDTH);
  }

  /** Rows that end within the first half of a group. */
  private static void groupsAndHalf(
      float[] x, int at, int stride, int rows, int length, int step, double[] vectors) {
    int full = length & -LANES;
    int left = length - full;
    VectorMask<Float> m0 = first(left);
    VectorMask<Float> m1 = first(left - WIDTH);
    VectorMask<Float> m2 = first(left - 2 * WIDTH);
    VectorMask<Float> m3 = first(left - 3 * WIDTH);
    for (int row = 0, start = at; row < rows; row++, start += stride) {
      DoubleVector a = DoubleVector.zero(DOUBLES);
      DoubleVector b = a;
      DoubleVector c = a;
      DoubleVector d = a;
      DoubleVector e = a;
      DoubleVector f = a;
      DoubleVector g = a;
      DoubleVector h = a;
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
        DoubleVector v4 = widen(x, i + 4 * WIDTH);
        DoubleVector v5 = widen(x, i + 5 * WIDTH);
        DoubleVector v6 = widen(x, i + 6 * WIDTH);
        DoubleVector v7 = widen(x, i + 7 * WIDTH);
        e = v4.fma(v4, e);
        f = v5.fma(v5, f);
        g = v6.fma(v6, g);
        h = v7.fma(v7, h);
      }
      DoubleVector t0 = widen(x, end, m0);
      DoubleVector t1 = widen(x, end + WIDTH, m1);
      DoubleVector t2 = widen(x, end + 2 * WIDTH, m2);
      DoubleVector t3 = widen(x, end + 3 * WIDTH, m3);
      a = t0.fma(t0, a);
      b = t1.fma(t1, b);
      c = t2.fma(t2, c);
      d = t3.fma(t3, d);
      DoubleVector even = a.add(e).add(c.add(g));
      even.add(b.add(f).add(d.add(h))).intoArray(vectors, row * WIDTH);
    }
  }

  /** Rows that end within the second half of a group. */
  private static void groupsAndRest(
      float[] x, int at, int stride, int rows, int length, int step, double[] vectors) {
    int full = length & -LANES;
    int left = length - full - LANES / 2;
    VectorMask<Float> m4 = first(left);
    VectorMask<Float> m5 = first(left - WIDTH);
    VectorMask<Float> m6 = first(left - 2 * WIDTH);
    VectorMask<Float> m7 = first(left - 3 * WIDTH);
    for (int row = 0, start = at; row < rows; row++, start += stride) {
      DoubleVector a = DoubleVector.zero(DOUBLES);
      DoubleVector b = a;
      DoubleVector c = a;
      DoubleVector d = a;
      DoubleVector e = a;
      DoubleVector f = a;
      DoubleVector g = a;
      DoubleVector h = a;
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
        DoubleVector v4 = widen(x, i + 4 * WIDTH);
        DoubleVector v5 = widen(x, i + 5 * WIDTH);
        DoubleVector v6 = widen(x, i + 6 * WIDTH);
        DoubleVector v7 = widen(x, i + 7 * WIDTH);
        e = v4.fma(v4, e);
        f = v5.fma(v5, f);
        g = v6.fma(v6, g);
        h = v7.fma(v7, h);
      }
      DoubleVector t0 = widen(x, end);
      DoubleVector t1 = widen(x, end + WIDTH);
      DoubleVector t2 = widen(x, end + 2 * WIDTH);
      DoubleVector t3 = widen(x, end + 3 * WIDTH);
      a = t0.fma(t0, a);
      b = t1.fma(t1, b);
      c = t2.fma(t2, c);
      d = t3.fma(t3, d);
      DoubleVector t4 = widen(x, end + 4 * WIDTH, m4);
      DoubleVector t5 = widen(x, end + 5 * WIDTH, m5);
      DoubleVector t6 = widen(x, end + 6 * WIDTH, m6);
      DoubleVector t7 = widen(x, end + 7 * WIDTH, m7);
      e = t4.fma(t4, e);
      f = t5.fma(t5, f);
      g = t6.fma(t6, g);
      h = t7.fma(t7, h);
      DoubleVector even = a.add(e).add(c.add(g));
      even.add(b.add(f).add(d.add(h))).intoArray(vectors, row * WIDTH);
    }
  }

  /** Sums the squares of one row of whole groups of 32 in registers, for 256 bits. */
  static double square(float[] x, int at, int length) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    DoubleVector e = a;
    DoubleVector f = a;
    DoubleVector g = a;
    DoubleVector h = a;
    for (int i = at; i < at + length; i += LANES) {
      DoubleVector v0 = widen(x, i);
      DoubleVector v1 = widen(x, i + WIDTH);
      DoubleVector v2 = widen(x, i + 2 * WIDTH);
      DoubleVector v3 = widen(x, i + 3 * WIDTH);
      a = v0.fma(v0, a);
      b = v1.fma(v1, b);
      c = v2.fma(v2, c);
      d = v3.fma(v3, d);
      DoubleVector v4 = widen(x, i + 4 * WIDTH);
      DoubleVector v5 = widen(x, i + 5 * WIDTH);
      DoubleVector v6 = widen(x, i + 6 * WIDTH);
      DoubleVector v7 = widen(x, i + 7 * WIDTH);
      e = v4.fma(v4, e);
      f = v5.fma(v5, f);
      g = v6.fma(v6, g);
      h = v7.fma(v7, h);
    }
    DoubleVector even = a.add(e).add(c.add(g));
    a = even.add(b.add(f).add(d.add(h)));
    a = a.add(a.rearrange(Halving.BY_TWO));
    return a.lane(0) + a.lane(1);
  }

  /** Sums the squares of one row, without masks. */
  static void square(float[] x, int at, int length, Sums sums, int out) {
    for (int lane = 0; lane < LANES; lane += FloatNarrowRows.AT_ONCE) {
      squareLanes(x, at + lane, length - lane, sums.lanes(), lane);
    }
    sums.foldLanes(out);
  }

  private static void squareLanes(float[] x, int at, int length, double[] lanes, int lane) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    DoubleVector e = a;
    DoubleVector f = a;
    DoubleVector g = a;
    DoubleVector h = a;
    int i = 0;
    for (; i <= length - FloatNarrowRows.AT_ONCE; i += LANES) {
      DoubleVector v0 = widen(x, at + i);
      DoubleVector v1 = widen(x, at + i + WIDTH);
      DoubleVector v2 = widen(x, at + i + 2 * WIDTH);
      DoubleVector v3 = widen(x, at + i + 3 * WIDTH);
      a = v0.fma(v0, a);
      b = v1.fma(v1, b);
      c = v2.fma(v2, c);
      d = v3.fma(v3, d);
      DoubleVector v4 = widen(x, at + i + 4 * WIDTH);
      DoubleVector v5 = widen(x, at + i + 5 * WIDTH);
      DoubleVector v6 = widen(x, at + i + 6 * WIDTH);
      DoubleVector v7 = widen(x, at + i + 7 * WIDTH);
      e = v4.fma(v4, e);
      f = v5.fma(v5, f);
      g = v6.fma(v6, g);
      h = v7.fma(v7, h);
    }
    a.intoArray(lanes, lane);
    b.intoArray(lanes, lane + WIDTH);
    c.intoArray(lanes, lane + 2 * WIDTH);
    d.intoArray(lanes, lane + 3 * WIDTH);
    e.intoArray(lanes, lane + 4 * WIDTH);
    f.intoArray(lanes, lane + 5 * WIDTH);
    g.intoArray(lanes, lane + 6 * WIDTH);
    h.intoArray(lanes, lane + 7 * WIDTH);
    addRest(x, at + i, x, at + i, length - i, lanes, lane);
  }
}
