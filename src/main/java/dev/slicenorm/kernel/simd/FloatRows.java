package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static dev.slicenorm.kernel.simd.FloatElements.NO_SIGN;
import static dev.slicenorm.kernel.simd.Widening.FLOATS;
import static dev.slicenorm.kernel.simd.Widening.WHOLE;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static dev.slicenorm.kernel.simd.Widening.widen;
import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.MIN;

import dev.slicenorm.kernel.PlainRows;
import dev.slicenorm.kernel.Sums;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/** Sums of products along rows of at most one block. */
final class FloatRows {

  /**
   * Rows whose squares are summed without vectors, from and to: with narrow ones more is lost at
   * the fold than is won before it (300 rows of 64 with 128 bits: 12.5 against 8.9 µs; of 72:
   * equal; of 50 with 256 bits: 14.8 against 8.9). Up to 16 elements, 256 bits have a way of their
   * own.
   */
  static final int SHORTEST_PLAIN = WIDTH == 4 ? 4 * WIDTH + 1 : 0;

  static final int LONGEST_PLAIN = WIDTH == 2 ? 72 : WIDTH == 4 ? 63 : -1;

  private FloatRows() {}

  static void squares(float[] x, int at, int stride, int rows, int length, Sums sums, int out) {
    if (length <= LONGEST_PLAIN && length >= SHORTEST_PLAIN) {
      PlainRows.squares(x, at, stride, rows, length, sums, out);
      return;
    }
    int done = 0;
    if (WIDTH == 8 || (WIDTH == 4 && length <= 4 * WIDTH)) {
      int roomy = roomyRows(x, at, stride, rows, length);
      double[] vectors = sums.vectors(Halving.BATCH * WIDTH);
      int step = sums.group();
      while (done < roomy) {
        int batch = Math.min(Halving.BATCH, roomy - done);
        squareVectors(x, at + done * stride, stride, batch, length, step, vectors);
        Halving.foldBatch(vectors, batch, sums.hi, out + done);
        done += batch;
      }
    }
    for (int start = at + done * stride; done < rows; done++, start += stride) {
      dot(x, start, x, start, length, sums, out + done);
    }
  }

  /**
   * {@return how many rows have whole vectors inside the array, masked lanes included}
   *
   * <p>A masked load across the end of an array takes another path through the Vector API. Once any
   * caller has done so, C2 compiles that path everywhere, and vectors are boxed where the two meet.
   */
  static int roomyRows(float[] x, int at, int stride, int rows, int length) {
    int window = length <= WIDTH ? WIDTH : (length + LANES - 1) & -LANES;
    int roomy = rows;
    while (roomy > 0
        && (at + (long) (roomy - 1) * stride + window > x.length || at + window > x.length)) {
      roomy--;
    }
    return roomy;
  }

  /** Sums each row to one vector: all of the halving tree but the steps inside a vector. */
  private static void squareVectors(
      float[] x, int at, int stride, int rows, int length, int step, double[] vectors) {
    if (length <= WIDTH) {
      oneVectorEach(x, at, stride, rows, length, vectors);
    } else if (length <= 4 * WIDTH) {
      fourVectorsEach(x, at, stride, rows, length, vectors);
    } else if (length % LANES == 0) {
      wholeGroups(x, at, stride, rows, length, step, vectors);
    } else {
      groupsAndRest(x, at, stride, rows, length, step, vectors);
    }
  }

  private static void oneVectorEach(
      float[] x, int at, int stride, int rows, int length, double[] vectors) {
    VectorMask<Float> inside = first(length);
    for (int row = 0, start = at; row < rows; row++, start += stride) {
      DoubleVector v = widen(x, start, inside);
      v.mul(v).intoArray(vectors, row * WIDTH);
    }
  }

  private static void fourVectorsEach(
      float[] x, int at, int stride, int rows, int length, double[] vectors) {
    VectorMask<Float> m1 = first(length - WIDTH);
    VectorMask<Float> m2 = first(length - 2 * WIDTH);
    VectorMask<Float> m3 = first(length - 3 * WIDTH);
    for (int row = 0, start = at; row < rows; row++, start += stride) {
      DoubleVector a = widen(x, start);
      DoubleVector b = widen(x, start + WIDTH, m1);
      DoubleVector c = widen(x, start + 2 * WIDTH, m2);
      DoubleVector d = widen(x, start + 3 * WIDTH, m3);
      c.fma(c, a.mul(a)).add(d.fma(d, b.mul(b))).intoArray(vectors, row * WIDTH);
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
    VectorMask<Float> m0 = first(left);
    VectorMask<Float> m1 = first(left - WIDTH);
    VectorMask<Float> m2 = first(left - 2 * WIDTH);
    VectorMask<Float> m3 = first(left - 3 * WIDTH);
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

  /** {@return the mask of the first {@code count} lanes: none from 0 down, all from WIDTH up} */
  static VectorMask<Float> first(int count) {
    return VectorMask.fromLong(FLOATS, (1L << Math.clamp(count, 0, WIDTH)) - 1);
  }

  static void dot(float[] x, int xAt, float[] y, int yAt, int length, Sums sums, int out) {
    if (WIDTH == 8) {
      dot4(x, xAt, y, yAt, length, sums, out);
    } else {
      // Eight accumulators at a time; narrow vectors go over the block, which is in L1, twice or
      // more.
      for (int lane = 0; lane < LANES; lane += 8 * WIDTH) {
        dotLanes8(x, xAt + lane, y, yAt + lane, length - lane, sums, lane);
      }
      sums.foldLanes(out);
    }
  }

  private static void dot4(float[] x, int xAt, float[] y, int yAt, int length, Sums sums, int out) {
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
    addRest(x, xAt + i, y, yAt + i, length - i, lanes, 0);
    sums.foldLanes(out);
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

  /**
   * Scales a row as {@link FloatElements#scale} does and sums the squares of the next one, for
   * vectors of eight lanes: the next row comes in while results go out.
   *
   * @return the least rank of the products of whole groups of 32
   */
  static int scaleAndSquare8(
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
    addRest(x, next + i, x, next + i, length - i, lanes, 0);
    sums.foldLanes(out);
    return least.reduceLanes(MIN);
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
