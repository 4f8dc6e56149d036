package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.simd.Widening.DOUBLES;
import static dev.slicenorm.kernel.simd.Widening.WHOLE;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static dev.slicenorm.kernel.simd.Widening.narrow;
import static dev.slicenorm.kernel.simd.Widening.widen;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.MIN;

import dev.slicenorm.kernel.Factors;
import dev.slicenorm.kernel.ReductionOrder;
import dev.slicenorm.kernel.SplitFactor;
import dev.slicenorm.kernel.Sums;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Element by element: scaling in F32, gradients in double; rounded once. F32 elements are never
 * multiplied by a power of two first, so there is no such factor here.
 */
final class FloatElements {

  /** Floats in a vector. */
  private static final int LANES = WHOLE.length();

  static final VectorSpecies<Integer> INTS = WHOLE.withLanes(int.class);

  static final int NO_SIGN = Integer.MAX_VALUE;

  /**
   * A product of a smaller rank, as {@link SplitFactor#leastRank} explains ranks, needs a second
   * look.
   */
  private static final int LEAST_RANK = Float.floatToRawIntBits(SplitFactor.LEAST) + NO_SIGN;

  private FloatElements() {}

  /**
   * Products as {@link SplitFactor} defines them, with a factor that is split.
   *
   * <p>Four vectors of them are computed as if none needed a second look, and stored if none can;
   * otherwise they are computed again, one by one. The elements are still there then, also where
   * the products take their place. It is they that are asked, since products wait for a factor that
   * may not be known yet (unit vectors of 384 elements on Zen 5: 54 -> 49 ns).
   */
  static void scale(float[] x, int xAt, float[] y, int yAt, int length, double factor) {
    float high = SplitFactor.high(factor);
    float low = SplitFactor.low(factor, high);
    int leastRank = SplitFactor.leastRank(high);
    int i = 0;
    for (; i <= length - 4 * LANES; i += 4 * LANES) {
      FloatVector a = FloatVector.fromArray(WHOLE, x, xAt + i);
      FloatVector b = FloatVector.fromArray(WHOLE, x, xAt + i + LANES);
      FloatVector c = FloatVector.fromArray(WHOLE, x, xAt + i + 2 * LANES);
      FloatVector d = FloatVector.fromArray(WHOLE, x, xAt + i + 3 * LANES);
      IntVector first = a.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN);
      IntVector second = b.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN);
      IntVector third = c.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN);
      IntVector fourth = d.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN);
      IntVector least = first.min(second).min(third.min(fourth));
      FloatVector p = a.fma(FloatVector.broadcast(WHOLE, high), a.mul(low));
      FloatVector q = b.fma(FloatVector.broadcast(WHOLE, high), b.mul(low));
      FloatVector r = c.fma(FloatVector.broadcast(WHOLE, high), c.mul(low));
      FloatVector s = d.fma(FloatVector.broadcast(WHOLE, high), d.mul(low));
      if (least.compare(LT, leastRank).anyTrue()) {
        scaleOneByOne(x, xAt + i, y, yAt + i, 4 * LANES, high, low, factor);
      } else {
        p.intoArray(y, yAt + i);
        q.intoArray(y, yAt + i + LANES);
        r.intoArray(y, yAt + i + 2 * LANES);
        s.intoArray(y, yAt + i + 3 * LANES);
      }
    }
    for (; i <= length - LANES; i += LANES) {
      FloatVector a = FloatVector.fromArray(WHOLE, x, xAt + i);
      FloatVector p = a.fma(FloatVector.broadcast(WHOLE, high), a.mul(low));
      IntVector rank = a.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN);
      if (rank.compare(LT, leastRank).anyTrue()) {
        scaleOneByOne(x, xAt + i, y, yAt + i, LANES, high, low, factor);
      } else {
        p.intoArray(y, yAt + i);
      }
    }
    scaleOneByOne(x, xAt + i, y, yAt + i, length - i, high, low, factor);
  }

  @SuppressWarnings("ReferenceEquality") // The very array is meant.
  static boolean isInPlace(float[] x, float[] y) {
    return x == y;
  }

  /**
   * As {@link #scale}, and sums the squares of {@code length} elements from {@code next} on, which
   * are not written here.
   */
  static void scaleAndSquare(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      int next,
      int length,
      double factor,
      Sums sums,
      int out) {
    float high = SplitFactor.high(factor);
    float low = SplitFactor.low(factor, high);
    int least = FloatRows.scaleAndSquare(x, xAt, y, yAt, next, length, high, low, sums, out);
    int done = least < LEAST_RANK ? 0 : length & -ReductionOrder.LANES;
    scaleOneByOne(x, xAt + done, y, yAt + done, length - done, high, low, factor);
  }

  private static void scaleOneByOne(
      float[] x, int xAt, float[] y, int yAt, int count, float high, float low, double factor) {
    for (int i = 0; i < count; i++) {
      y[yAt + i] = SplitFactor.product(x[xAt + i], high, low, factor);
    }
  }

  /**
   * Products of one row with factors that are all split. All are computed as if none needed a
   * second look; where they take the place of the elements, that is found out first.
   */
  static void scaleColumns(float[] x, int from, float[] y, int to, int columns, Factors factors) {
    int whole = columns - columns % LANES;
    if ((isInPlace(x, y) && leastColumnRank(x, from, whole, factors) < LEAST_RANK)
        || scaleColumnVectors(x, from, y, to, whole, factors) < LEAST_RANK) {
      scaleColumnsOneByOne(x, from, y, to, 0, whole, factors);
    }
    scaleColumnsOneByOne(x, from, y, to, whole, columns, factors);
  }

  private static int leastColumnRank(float[] x, int from, int columns, Factors factors) {
    float[] high = factors.high;
    float[] low = factors.low;
    IntVector least = IntVector.broadcast(INTS, Integer.MAX_VALUE);
    for (int c = 0; c < columns; c += LANES) {
      FloatVector a = FloatVector.fromArray(WHOLE, x, from + c);
      FloatVector p =
          a.fma(FloatVector.fromArray(WHOLE, high, c), a.mul(FloatVector.fromArray(WHOLE, low, c)));
      least = least.min(p.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN));
    }
    return least.reduceLanes(MIN);
  }

  private static int scaleColumnVectors(
      float[] x, int from, float[] y, int to, int columns, Factors factors) {
    float[] high = factors.high;
    float[] low = factors.low;
    IntVector least = IntVector.broadcast(INTS, Integer.MAX_VALUE);
    for (int c = 0; c < columns; c += LANES) {
      FloatVector a = FloatVector.fromArray(WHOLE, x, from + c);
      FloatVector p =
          a.fma(FloatVector.fromArray(WHOLE, high, c), a.mul(FloatVector.fromArray(WHOLE, low, c)));
      p.intoArray(y, to + c);
      least = least.min(p.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN));
    }
    return least.reduceLanes(MIN);
  }

  /**
   * Products of four rows that aren't written in place: factors are loaded once for four.
   *
   * @param row the first of them
   */
  static void scaleColumns4(
      float[] x,
      int xAt,
      int[] xStarts,
      float[] y,
      int yAt,
      int[] yStarts,
      int row,
      int columns,
      Factors factors) {
    float[] high = factors.high;
    float[] low = factors.low;
    int x0 = xAt + xStarts[row];
    int x1 = xAt + xStarts[row + 1];
    int x2 = xAt + xStarts[row + 2];
    int x3 = xAt + xStarts[row + 3];
    int y0 = yAt + yStarts[row];
    int y1 = yAt + yStarts[row + 1];
    int y2 = yAt + yStarts[row + 2];
    int y3 = yAt + yStarts[row + 3];
    int whole = columns - columns % LANES;
    IntVector least = IntVector.broadcast(INTS, Integer.MAX_VALUE);
    for (int i = 0; i < whole; i += LANES) {
      FloatVector a = FloatVector.fromArray(WHOLE, x, x0 + i);
      FloatVector b = FloatVector.fromArray(WHOLE, x, x1 + i);
      FloatVector c = FloatVector.fromArray(WHOLE, x, x2 + i);
      FloatVector d = FloatVector.fromArray(WHOLE, x, x3 + i);
      FloatVector p =
          a.fma(FloatVector.fromArray(WHOLE, high, i), a.mul(FloatVector.fromArray(WHOLE, low, i)));
      FloatVector q =
          b.fma(FloatVector.fromArray(WHOLE, high, i), b.mul(FloatVector.fromArray(WHOLE, low, i)));
      FloatVector r =
          c.fma(FloatVector.fromArray(WHOLE, high, i), c.mul(FloatVector.fromArray(WHOLE, low, i)));
      FloatVector s =
          d.fma(FloatVector.fromArray(WHOLE, high, i), d.mul(FloatVector.fromArray(WHOLE, low, i)));
      p.intoArray(y, y0 + i);
      q.intoArray(y, y1 + i);
      r.intoArray(y, y2 + i);
      s.intoArray(y, y3 + i);
      IntVector first = p.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN);
      IntVector second = q.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN);
      IntVector third = r.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN);
      IntVector fourth = s.reinterpretAsInts().and(NO_SIGN).add(NO_SIGN);
      least = least.min(first.min(second).min(third.min(fourth)));
    }
    int again = least.reduceLanes(MIN) < LEAST_RANK ? 0 : whole;
    scaleColumnsOneByOne(x, x0, y, y0, again, columns, factors);
    scaleColumnsOneByOne(x, x1, y, y1, again, columns, factors);
    scaleColumnsOneByOne(x, x2, y, y2, again, columns, factors);
    scaleColumnsOneByOne(x, x3, y, y3, again, columns, factors);
  }

  private static void scaleColumnsOneByOne(
      float[] x, int from, float[] y, int to, int first, int end, Factors factors) {
    for (int c = first; c < end; c++) {
      y[to + c] = factors.product(x[from + c], c);
    }
  }

  static void gradient(
      float[] v,
      int vAt,
      float[] dw,
      int dwAt,
      float[] dv,
      int dvAt,
      int length,
      double a,
      double c) {
    int whole = length - length % WIDTH;
    for (int i = 0; i < whole; i += WIDTH) {
      DoubleVector along = widen(v, vAt + i).mul(c);
      narrow(widen(dw, dwAt + i).sub(along).mul(a)).intoArray(dv, dvAt + i);
    }
    for (int i = whole; i < length; i++) {
      dv[dvAt + i] = (float) ((dw[dwAt + i] - c * v[vAt + i]) * a);
    }
  }

  /**
   * The gradient of two rows: factors are loaded once for both (4096² elements: 7.2 against 8.8 ms
   * on Zen 5, where four at once take 7.9, presumably since rows a power of two apart share the
   * sets of L1).
   *
   * @param row the first of them
   */
  static void gradientColumns2(
      float[] v,
      int vAt,
      int[] vStarts,
      float[] dw,
      int dwAt,
      int[] dwStarts,
      float[] dv,
      int dvAt,
      int[] dvStarts,
      int row,
      int columns,
      Factors factors) {
    double[] a = factors.factor;
    double[] c = factors.second;
    int v0 = vAt + vStarts[row];
    int v1 = vAt + vStarts[row + 1];
    int dw0 = dwAt + dwStarts[row];
    int dw1 = dwAt + dwStarts[row + 1];
    int dv0 = dvAt + dvStarts[row];
    int dv1 = dvAt + dvStarts[row + 1];
    int whole = columns - columns % WIDTH;
    for (int i = 0; i < whole; i += WIDTH) {
      DoubleVector factor = DoubleVector.fromArray(DOUBLES, a, i);
      DoubleVector second = DoubleVector.fromArray(DOUBLES, c, i);
      DoubleVector along = widen(v, v0 + i).mul(second);
      DoubleVector alongNext = widen(v, v1 + i).mul(second);
      narrow(widen(dw, dw0 + i).sub(along).mul(factor)).intoArray(dv, dv0 + i);
      narrow(widen(dw, dw1 + i).sub(alongNext).mul(factor)).intoArray(dv, dv1 + i);
    }
    gradientColumnsOneByOne(v, v0, dw, dw0, dv, dv0, whole, columns, factors);
    gradientColumnsOneByOne(v, v1, dw, dw1, dv, dv1, whole, columns, factors);
  }

  /** The gradient of one row. */
  static void gradientColumns(
      float[] v,
      int vAt,
      float[] dw,
      int dwAt,
      float[] dv,
      int dvAt,
      int columns,
      Factors factors) {
    double[] a = factors.factor;
    double[] c = factors.second;
    int whole = columns - columns % WIDTH;
    for (int i = 0; i < whole; i += WIDTH) {
      DoubleVector along = widen(v, vAt + i).mul(DoubleVector.fromArray(DOUBLES, c, i));
      narrow(widen(dw, dwAt + i).sub(along).mul(DoubleVector.fromArray(DOUBLES, a, i)))
          .intoArray(dv, dvAt + i);
    }
    gradientColumnsOneByOne(v, vAt, dw, dwAt, dv, dvAt, whole, columns, factors);
  }

  private static void gradientColumnsOneByOne(
      float[] v,
      int vAt,
      float[] dw,
      int dwAt,
      float[] dv,
      int dvAt,
      int first,
      int end,
      Factors factors) {
    double[] a = factors.factor;
    double[] c = factors.second;
    for (int i = first; i < end; i++) {
      dv[dvAt + i] = (float) ((dw[dwAt + i] - c[i] * v[vAt + i]) * a[i]);
    }
  }
}
