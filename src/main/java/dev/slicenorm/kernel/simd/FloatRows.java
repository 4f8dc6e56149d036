package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static dev.slicenorm.kernel.simd.Widening.FLOATS;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static dev.slicenorm.kernel.simd.Widening.widen;
import static jdk.incubator.vector.VectorOperators.ABS;

import dev.slicenorm.kernel.Sums;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;

/** Sums of products along rows of at most one block. */
final class FloatRows {

  /** Rows up to here are summed several at a time, one to four vectors each. */
  private static final int SHORT = 4 * WIDTH;

  private FloatRows() {}

  static void squares(float[] x, int at, int stride, int rows, int length, Sums sums, int out) {
    int done = 0;
    if (length <= SHORT && WIDTH >= 4) {
      done = roomyRows(x, at, stride, rows, length <= WIDTH ? WIDTH : SHORT);
      done -= done % WIDTH;
      shortSquares(x, at, stride, done, length, sums, out);
    }
    for (int row = done, start = at + done * stride; row < rows; row++, start += stride) {
      dot(x, start, x, start, length, sums, out + row);
    }
  }

  /**
   * {@return how many rows have whole vectors inside the array, masked lanes included}
   *
   * <p>A masked load across the end of an array takes another path through the Vector API. Once any
   * caller has done so, C2 compiles that path everywhere, and vectors are boxed where the two meet.
   */
  private static int roomyRows(float[] x, int at, int stride, int rows, int window) {
    int roomy = rows;
    while (roomy > 0
        && (at + (long) (roomy - 1) * stride + window > x.length || at + window > x.length)) {
      roomy--;
    }
    return roomy;
  }

  private static void shortSquares(
      float[] x, int at, int stride, int rows, int length, Sums sums, int out) {
    if (WIDTH == 8) {
      if (length <= WIDTH) {
        shortSquares8(x, at, stride, rows, length, sums.hi, out);
      } else {
        mediumSquares8(x, at, stride, rows, length, sums.hi, out);
      }
    } else {
      shortSquares4(x, at, stride, rows, length, sums.hi, out);
    }
    Arrays.fill(sums.lo, out, out + rows, 0);
  }

  /** Rows of at most one vector of eight lanes: one masked load each, folded eight at a time. */
  private static void shortSquares8(
      float[] x, int at, int stride, int rows, int length, double[] sums, int out) {
    VectorMask<Float> inside = FLOATS.indexInRange(0, length);
    for (int row = 0, start = at; row < rows; row += 8, start += 8 * stride) {
      DoubleVector s0 = widen(x, start, inside);
      DoubleVector s1 = widen(x, start + stride, inside);
      DoubleVector s2 = widen(x, start + 2 * stride, inside);
      DoubleVector s3 = widen(x, start + 3 * stride, inside);
      DoubleVector s4 = widen(x, start + 4 * stride, inside);
      DoubleVector s5 = widen(x, start + 5 * stride, inside);
      DoubleVector s6 = widen(x, start + 6 * stride, inside);
      DoubleVector s7 = widen(x, start + 7 * stride, inside);
      Halving.foldTogether(
              s0.mul(s0),
              s1.mul(s1),
              s2.mul(s2),
              s3.mul(s3),
              s4.mul(s4),
              s5.mul(s5),
              s6.mul(s6),
              s7.mul(s7))
          .intoArray(sums, out + row);
    }
  }

  private static void mediumSquares8(
      float[] x, int at, int stride, int rows, int length, double[] sums, int out) {
    VectorMask<Float> m0 = FLOATS.indexInRange(0, length);
    VectorMask<Float> m1 = FLOATS.indexInRange(WIDTH, length);
    VectorMask<Float> m2 = FLOATS.indexInRange(2 * WIDTH, length);
    VectorMask<Float> m3 = FLOATS.indexInRange(3 * WIDTH, length);
    for (int row = 0, start = at; row < rows; row += 8, start += 8 * stride) {
      Halving.foldTogether(
              four(x, start, m0, m1, m2, m3),
              four(x, start + stride, m0, m1, m2, m3),
              four(x, start + 2 * stride, m0, m1, m2, m3),
              four(x, start + 3 * stride, m0, m1, m2, m3),
              four(x, start + 4 * stride, m0, m1, m2, m3),
              four(x, start + 5 * stride, m0, m1, m2, m3),
              four(x, start + 6 * stride, m0, m1, m2, m3),
              four(x, start + 7 * stride, m0, m1, m2, m3))
          .intoArray(sums, out + row);
    }
  }

  private static void shortSquares4(
      float[] x, int at, int stride, int rows, int length, double[] sums, int out) {
    VectorMask<Float> m0 = FLOATS.indexInRange(0, length);
    VectorMask<Float> m1 = FLOATS.indexInRange(WIDTH, length);
    VectorMask<Float> m2 = FLOATS.indexInRange(2 * WIDTH, length);
    VectorMask<Float> m3 = FLOATS.indexInRange(3 * WIDTH, length);
    for (int row = 0, start = at; row < rows; row += 4, start += 4 * stride) {
      Halving.foldTogether(
              four(x, start, m0, m1, m2, m3),
              four(x, start + stride, m0, m1, m2, m3),
              four(x, start + 2 * stride, m0, m1, m2, m3),
              four(x, start + 3 * stride, m0, m1, m2, m3))
          .intoArray(sums, out + row);
    }
  }

  /** Up to four vectors of one row, their lanes halved to one vector. */
  private static DoubleVector four(
      float[] x,
      int at,
      VectorMask<Float> m0,
      VectorMask<Float> m1,
      VectorMask<Float> m2,
      VectorMask<Float> m3) {
    DoubleVector a = widen(x, at, m0);
    DoubleVector b = widen(x, at + WIDTH, m1);
    DoubleVector c = widen(x, at + 2 * WIDTH, m2);
    DoubleVector d = widen(x, at + 3 * WIDTH, m3);
    return a.mul(a).add(c.mul(c)).add(b.mul(b).add(d.mul(d)));
  }

  static void dot(float[] x, int xAt, float[] y, int yAt, int length, Sums sums, int out) {
    if (WIDTH == 8) {
      dot4(x, xAt, y, yAt, length, sums, out);
    } else {
      // Eight accumulators at a time; narrow vectors go over the block, which is in L1, twice or more.
      for (int lane = 0; lane < LANES; lane += 8 * WIDTH) {
        dotLanes8(x, xAt + lane, y, yAt + lane, length - lane, sums, lane);
      }
      sums.foldLanes(out);
    }
  }

  /** Four accumulators of eight lanes. No vector is assigned inside a condition: that would box it. */
  private static void dot4(
      float[] x, int xAt, float[] y, int yAt, int length, Sums sums, int out) {
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
    int p = xAt + i;
    int q = yAt + i;
    if (i == length) {
      sums.hi[out] = Halving.fold(a.add(c).add(b.add(d)));
      sums.lo[out] = 0;
    } else if (p + LANES <= x.length && q + LANES <= y.length) {
      int pEnd = xAt + length;
      int qEnd = yAt + length;
      DoubleVector a1 = widen(x, p, pEnd).fma(widen(y, q, qEnd), a);
      DoubleVector b1 = widen(x, p + WIDTH, pEnd).fma(widen(y, q + WIDTH, qEnd), b);
      DoubleVector c1 = widen(x, p + 2 * WIDTH, pEnd).fma(widen(y, q + 2 * WIDTH, qEnd), c);
      DoubleVector d1 = widen(x, p + 3 * WIDTH, pEnd).fma(widen(y, q + 3 * WIDTH, qEnd), d);
      sums.hi[out] = Halving.fold(a1.add(c1).add(b1.add(d1)));
      sums.lo[out] = 0;
    } else {
      double[] lanes = sums.lanes();
      a.intoArray(lanes, 0);
      b.intoArray(lanes, WIDTH);
      c.intoArray(lanes, 2 * WIDTH);
      d.intoArray(lanes, 3 * WIDTH);
      addRest(x, p, y, q, length - i, lanes, 0);
      sums.foldLanes(out);
    }
  }

  private static void addRest(
      float[] x, int xAt, float[] y, int yAt, int count, double[] lanes, int lane) {
    for (int j = 0; j < count; j++) {
      lanes[lane + j] += (double) x[xAt + j] * y[yAt + j];
    }
  }

  /** Sums products in lanes {@code lane} to {@code lane + 8·WIDTH − 1} of {@code sums}' lanes. */
  private static void dotLanes8(
      float[] x, int xAt, float[] y, int yAt, int length, Sums sums, int lane) {
    DoubleVector a = DoubleVector.zero(Widening.DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    DoubleVector e = a;
    DoubleVector f = a;
    DoubleVector g = a;
    DoubleVector h = a;
    int i = 0;
    for (; i <= length - 8 * WIDTH; i += LANES) {
      a = widen(x, xAt + i).fma(widen(y, yAt + i), a);
      b = widen(x, xAt + i + WIDTH).fma(widen(y, yAt + i + WIDTH), b);
      c = widen(x, xAt + i + 2 * WIDTH).fma(widen(y, yAt + i + 2 * WIDTH), c);
      d = widen(x, xAt + i + 3 * WIDTH).fma(widen(y, yAt + i + 3 * WIDTH), d);
      e = widen(x, xAt + i + 4 * WIDTH).fma(widen(y, yAt + i + 4 * WIDTH), e);
      f = widen(x, xAt + i + 5 * WIDTH).fma(widen(y, yAt + i + 5 * WIDTH), f);
      g = widen(x, xAt + i + 6 * WIDTH).fma(widen(y, yAt + i + 6 * WIDTH), g);
      h = widen(x, xAt + i + 7 * WIDTH).fma(widen(y, yAt + i + 7 * WIDTH), h);
    }
    double[] lanes = sums.lanes();
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

  static void absolutes(float[] x, int at, int length, Sums sums, int out) {
    double[] lanes = sums.lanes();
    int full = length & -LANES;
    for (int lane = 0; lane < LANES; lane += 4 * WIDTH) {
      DoubleVector a = DoubleVector.zero(Widening.DOUBLES);
      DoubleVector b = a;
      DoubleVector c = a;
      DoubleVector d = a;
      for (int i = at + lane; i < at + full; i += LANES) {
        a = a.add(widen(x, i).lanewise(ABS));
        b = b.add(widen(x, i + WIDTH).lanewise(ABS));
        c = c.add(widen(x, i + 2 * WIDTH).lanewise(ABS));
        d = d.add(widen(x, i + 3 * WIDTH).lanewise(ABS));
      }
      a.intoArray(lanes, lane);
      b.intoArray(lanes, lane + WIDTH);
      c.intoArray(lanes, lane + 2 * WIDTH);
      d.intoArray(lanes, lane + 3 * WIDTH);
    }
    for (int i = full; i < length; i++) {
      lanes[i - full] += Math.abs((double) x[at + i]);
    }
    sums.foldLanes(out);
  }

  /** Sums {@code x²} and {@code x·y} in one pass, for vectors of eight lanes. */
  static void squaresAndDots8(
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
    addRest(x, xAt + i, x, xAt + i, length - i, lanes, 0);
    addRest(x, xAt + i, y, yAt + i, length - i, dotLanes, 0);
    squares.foldLanes(out);
    dots.foldLanes(out);
  }
}
