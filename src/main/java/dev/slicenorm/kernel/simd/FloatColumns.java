package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.simd.Widening.DOUBLES;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static dev.slicenorm.kernel.simd.Widening.widen;

import jdk.incubator.vector.DoubleVector;

/** Sums of squares of neighbouring columns. Columns left over after whole vectors are masked. */
final class FloatColumns {

  private FloatColumns() {}

  /**
   * Adds eight rows of one lane, {@code row, row + step, …}, to the sums: one load and store for
   * eight.
   */
  static void squares8(
      float[] x, int at, int[] starts, int row, int step, int columns, double[] sums, int out) {
    int s0 = at + starts[row];
    int s1 = at + starts[row + step];
    int s2 = at + starts[row + 2 * step];
    int s3 = at + starts[row + 3 * step];
    int s4 = at + starts[row + 4 * step];
    int s5 = at + starts[row + 5 * step];
    int s6 = at + starts[row + 6 * step];
    int s7 = at + starts[row + 7 * step];
    int c = 0;
    for (; c <= columns - WIDTH; c += WIDTH) {
      DoubleVector sum = DoubleVector.fromArray(DOUBLES, sums, out + c);
      DoubleVector v0 = widen(x, s0 + c);
      DoubleVector v1 = widen(x, s1 + c);
      DoubleVector v2 = widen(x, s2 + c);
      DoubleVector v3 = widen(x, s3 + c);
      sum = v3.fma(v3, v2.fma(v2, v1.fma(v1, v0.fma(v0, sum))));
      DoubleVector v4 = widen(x, s4 + c);
      DoubleVector v5 = widen(x, s5 + c);
      DoubleVector v6 = widen(x, s6 + c);
      DoubleVector v7 = widen(x, s7 + c);
      sum = v7.fma(v7, v6.fma(v6, v5.fma(v5, v4.fma(v4, sum))));
      sum.intoArray(sums, out + c);
    }
    for (; c < columns; c++) {
      double sum = sums[out + c];
      sum += square(x, s0 + c);
      sum += square(x, s1 + c);
      sum += square(x, s2 + c);
      sum += square(x, s3 + c);
      sum += square(x, s4 + c);
      sum += square(x, s5 + c);
      sum += square(x, s6 + c);
      sum += square(x, s7 + c);
      sums[out + c] = sum;
    }
  }

  /** Adds four rows of one lane to the sums. */
  static void squares4(
      float[] x, int at, int[] starts, int row, int step, int columns, double[] sums, int out) {
    int s0 = at + starts[row];
    int s1 = at + starts[row + step];
    int s2 = at + starts[row + 2 * step];
    int s3 = at + starts[row + 3 * step];
    int c = 0;
    for (; c <= columns - WIDTH; c += WIDTH) {
      DoubleVector sum = DoubleVector.fromArray(DOUBLES, sums, out + c);
      DoubleVector v0 = widen(x, s0 + c);
      DoubleVector v1 = widen(x, s1 + c);
      DoubleVector v2 = widen(x, s2 + c);
      DoubleVector v3 = widen(x, s3 + c);
      v3.fma(v3, v2.fma(v2, v1.fma(v1, v0.fma(v0, sum)))).intoArray(sums, out + c);
    }
    for (; c < columns; c++) {
      double sum = sums[out + c];
      sum += square(x, s0 + c);
      sum += square(x, s1 + c);
      sum += square(x, s2 + c);
      sums[out + c] = sum + square(x, s3 + c);
    }
  }

  /** Adds two rows to the sums. */
  static void squares2(float[] x, int first, int second, int columns, double[] sums, int out) {
    int c = 0;
    for (; c <= columns - WIDTH; c += WIDTH) {
      DoubleVector sum = DoubleVector.fromArray(DOUBLES, sums, out + c);
      DoubleVector v0 = widen(x, first + c);
      DoubleVector v1 = widen(x, second + c);
      v1.fma(v1, v0.fma(v0, sum)).intoArray(sums, out + c);
    }
    for (; c < columns; c++) {
      sums[out + c] = sums[out + c] + square(x, first + c) + square(x, second + c);
    }
  }

  static void squares1(float[] x, int start, int columns, double[] sums, int out) {
    int c = 0;
    for (; c <= columns - WIDTH; c += WIDTH) {
      DoubleVector value = widen(x, start + c);
      value.fma(value, DoubleVector.fromArray(DOUBLES, sums, out + c)).intoArray(sums, out + c);
    }
    for (; c < columns; c++) {
      sums[out + c] += (double) x[start + c] * x[start + c];
    }
  }

  /**
   * Four lanes, eight apart, of {@code columns} neighbouring columns each in a register, and folded
   * at the end: rows {@code row + 8·q + 32·i} for {@code i < count} are summed over {@code i}, and
   * then over {@code q}.
   */
  static void fold4(
      float[] x, int at, int[] starts, int row, int count, int columns, double[] sums, int out) {
    int c = 0;
    for (; c <= columns - WIDTH; c += WIDTH) {
      DoubleVector a0 = DoubleVector.zero(DOUBLES);
      DoubleVector a1 = a0;
      DoubleVector a2 = a0;
      DoubleVector a3 = a0;
      for (int i = 0, r = row; i < count; i++, r += 32) {
        DoubleVector v0 = widen(x, at + starts[r] + c);
        DoubleVector v1 = widen(x, at + starts[r + 8] + c);
        DoubleVector v2 = widen(x, at + starts[r + 16] + c);
        DoubleVector v3 = widen(x, at + starts[r + 24] + c);
        a0 = v0.fma(v0, a0);
        a1 = v1.fma(v1, a1);
        a2 = v2.fma(v2, a2);
        a3 = v3.fma(v3, a3);
      }
      a0.add(a2).add(a1.add(a3)).intoArray(sums, out + c);
    }
    for (; c < columns; c++) {
      double even = lane(x, at + c, starts, row, count) + lane(x, at + c, starts, row + 16, count);
      double odd =
          lane(x, at + c, starts, row + 8, count) + lane(x, at + c, starts, row + 24, count);
      sums[out + c] = even + odd;
    }
  }

  /**
   * As {@link #fold4}, with one more row for each q: in {@code tail}, one after the other, zero
   * where the block has ended.
   */
  static void fold4(
      float[] x,
      int at,
      int[] starts,
      int row,
      int count,
      float[] tail,
      int columns,
      double[] sums,
      int out) {
    int c = 0;
    for (; c <= columns - WIDTH; c += WIDTH) {
      DoubleVector a0 = DoubleVector.zero(DOUBLES);
      DoubleVector a1 = a0;
      DoubleVector a2 = a0;
      DoubleVector a3 = a0;
      for (int i = 0, r = row; i < count; i++, r += 32) {
        DoubleVector v0 = widen(x, at + starts[r] + c);
        DoubleVector v1 = widen(x, at + starts[r + 8] + c);
        DoubleVector v2 = widen(x, at + starts[r + 16] + c);
        DoubleVector v3 = widen(x, at + starts[r + 24] + c);
        a0 = v0.fma(v0, a0);
        a1 = v1.fma(v1, a1);
        a2 = v2.fma(v2, a2);
        a3 = v3.fma(v3, a3);
      }
      DoubleVector t0 = widen(tail, c);
      DoubleVector t1 = widen(tail, columns + c);
      DoubleVector t2 = widen(tail, 2 * columns + c);
      DoubleVector t3 = widen(tail, 3 * columns + c);
      DoubleVector even = t0.fma(t0, a0).add(t2.fma(t2, a2));
      even.add(t1.fma(t1, a1).add(t3.fma(t3, a3))).intoArray(sums, out + c);
    }
    for (; c < columns; c++) {
      double a0 = lane(x, at + c, starts, row, count) + square(tail, c);
      double a1 = lane(x, at + c, starts, row + 8, count) + square(tail, columns + c);
      double a2 = lane(x, at + c, starts, row + 16, count) + square(tail, 2 * columns + c);
      double a3 = lane(x, at + c, starts, row + 24, count) + square(tail, 3 * columns + c);
      sums[out + c] = (a0 + a2) + (a1 + a3);
    }
  }

  private static double square(float[] x, int at) {
    return (double) x[at] * x[at];
  }

  private static double lane(float[] x, int at, int[] starts, int row, int count) {
    double sum = 0;
    for (int i = 0, r = row; i < count; i++, r += 32) {
      sum += square(x, at + starts[r]);
    }
    return sum;
  }

  /**
   * Adds {@code x²} and {@code x·y} of two rows of one lane to two arrays of sums. C2 unrolls a
   * loop over four so often that it keeps vectors on the stack (4096² on Zen 5: 3.8 ms by two rows,
   * 7.3 by four; 1024²: 162 and 192 µs).
   */
  static void squaresAndDots2(
      float[] x,
      int x0,
      int x1,
      float[] y,
      int y0,
      int y1,
      int columns,
      double[] squares,
      double[] dots,
      int out) {
    int c = 0;
    for (; c <= columns - WIDTH; c += WIDTH) {
      DoubleVector square = DoubleVector.fromArray(DOUBLES, squares, out + c);
      DoubleVector dot = DoubleVector.fromArray(DOUBLES, dots, out + c);
      DoubleVector v0 = widen(x, x0 + c);
      DoubleVector v1 = widen(x, x1 + c);
      v1.fma(v1, v0.fma(v0, square)).intoArray(squares, out + c);
      v1.fma(widen(y, y1 + c), v0.fma(widen(y, y0 + c), dot)).intoArray(dots, out + c);
    }
    for (; c < columns; c++) {
      squares[out + c] = squares[out + c] + square(x, x0 + c) + square(x, x1 + c);
      double dot = dots[out + c];
      dot += (double) x[x0 + c] * y[y0 + c];
      dots[out + c] = dot + (double) x[x1 + c] * y[y1 + c];
    }
  }

  static void dots1(
      float[] x, int xStart, float[] y, int yStart, int columns, double[] sums, int out) {
    int c = 0;
    for (; c <= columns - WIDTH; c += WIDTH) {
      widen(x, xStart + c)
          .fma(widen(y, yStart + c), DoubleVector.fromArray(DOUBLES, sums, out + c))
          .intoArray(sums, out + c);
    }
    for (; c < columns; c++) {
      sums[out + c] += (double) x[xStart + c] * y[yStart + c];
    }
  }
}
