package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.simd.Widening.FLOATS;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static dev.slicenorm.kernel.simd.Widening.narrow;
import static dev.slicenorm.kernel.simd.Widening.widen;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;

/**
 * Sums of squares of up to eight evenly spaced rows, for each of some neighbouring columns, in
 * registers from the first load to the sum. The methods differ in the order of additions. They
 * resemble each other on purpose: what is shared by a method that takes vectors, C2 may box.
 */
final class FloatEightRows {

  /**
   * Rows from which the roots of up to eight are taken with vectors. Narrow ones lose to plain
   * loops (512 blocks of 3 rows of 49 with 256 bits: 53 against 36 µs; 8 rows of 512K: 1.9 against
   * 1.3 ms), and two floats, with 128 bits, have no masked loads (890 µs).
   */
  static final int FEWEST_NORMED = WIDTH == 8 ? 1 : 9;

  private FloatEightRows() {}

  /** The halving tree of eight rows, {@code row, row + step, …}, in registers. */
  static void tree8(
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
      DoubleVector v0 = widen(x, s0 + c);
      DoubleVector v1 = widen(x, s1 + c);
      DoubleVector v2 = widen(x, s2 + c);
      DoubleVector v3 = widen(x, s3 + c);
      DoubleVector v4 = widen(x, s4 + c);
      DoubleVector v5 = widen(x, s5 + c);
      DoubleVector v6 = widen(x, s6 + c);
      DoubleVector v7 = widen(x, s7 + c);
      DoubleVector even = v4.fma(v4, v0.mul(v0)).add(v6.fma(v6, v2.mul(v2)));
      DoubleVector odd = v5.fma(v5, v1.mul(v1)).add(v7.fma(v7, v3.mul(v3)));
      even.add(odd).intoArray(sums, out + c);
    }
    for (; c < columns; c++) {
      double even = square(x, s0 + c) + square(x, s4 + c) + (square(x, s2 + c) + square(x, s6 + c));
      double odd = square(x, s1 + c) + square(x, s5 + c) + (square(x, s3 + c) + square(x, s7 + c));
      sums[out + c] = even + odd;
    }
  }

  /** Two lanes of four rows each, which lie between each other, and their sum, in registers. */
  static void lanes8(
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
      DoubleVector v0 = widen(x, s0 + c);
      DoubleVector v1 = widen(x, s1 + c);
      DoubleVector v2 = widen(x, s2 + c);
      DoubleVector v3 = widen(x, s3 + c);
      DoubleVector v4 = widen(x, s4 + c);
      DoubleVector v5 = widen(x, s5 + c);
      DoubleVector v6 = widen(x, s6 + c);
      DoubleVector v7 = widen(x, s7 + c);
      DoubleVector even = v6.fma(v6, v4.fma(v4, v2.fma(v2, v0.mul(v0))));
      DoubleVector odd = v7.fma(v7, v5.fma(v5, v3.fma(v3, v1.mul(v1))));
      even.add(odd).intoArray(sums, out + c);
    }
    for (; c < columns; c++) {
      double even = square(x, s0 + c) + square(x, s2 + c) + square(x, s4 + c) + square(x, s6 + c);
      double odd = square(x, s1 + c) + square(x, s3 + c) + square(x, s5 + c) + square(x, s7 + c);
      sums[out + c] = even + odd;
    }
  }

  /**
   * The roots of the sums of one to eight rows, of which the others are masked off: they are taken
   * while elements come in, and neither sums nor roots go through memory (8 rows of 512K: 1.05 ms
   * with the roots after 4096 columns each, 0.48 so).
   */
  static void norms8(
      float[] x, int at, int[] starts, int rows, int columns, float[] norms, int to) {
    int last = rows - 1;
    int s0 = at + starts[0];
    int s1 = at + starts[Math.min(1, last)];
    int s2 = at + starts[Math.min(2, last)];
    int s3 = at + starts[Math.min(3, last)];
    int s4 = at + starts[Math.min(4, last)];
    int s5 = at + starts[Math.min(5, last)];
    int s6 = at + starts[Math.min(6, last)];
    int s7 = at + starts[Math.min(7, last)];
    VectorMask<Float> m1 = all(rows > 1);
    VectorMask<Float> m2 = all(rows > 2);
    VectorMask<Float> m3 = all(rows > 3);
    VectorMask<Float> m4 = all(rows > 4);
    VectorMask<Float> m5 = all(rows > 5);
    VectorMask<Float> m6 = all(rows > 6);
    VectorMask<Float> m7 = all(rows > 7);
    int c = 0;
    for (; c <= columns - WIDTH; c += WIDTH) {
      DoubleVector v0 = widen(x, s0 + c);
      DoubleVector v1 = widen(x, s1 + c, m1);
      DoubleVector v2 = widen(x, s2 + c, m2);
      DoubleVector v3 = widen(x, s3 + c, m3);
      DoubleVector v4 = widen(x, s4 + c, m4);
      DoubleVector v5 = widen(x, s5 + c, m5);
      DoubleVector v6 = widen(x, s6 + c, m6);
      DoubleVector v7 = widen(x, s7 + c, m7);
      DoubleVector even = v4.fma(v4, v0.mul(v0)).add(v6.fma(v6, v2.mul(v2)));
      DoubleVector odd = v5.fma(v5, v1.mul(v1)).add(v7.fma(v7, v3.mul(v3)));
      narrow(even.add(odd).sqrt()).intoArray(norms, to + c);
    }
    for (; c < columns; c++) {
      double even =
          square(x, s0 + c)
              + square(x, s4 + c, rows > 4)
              + (square(x, s2 + c, rows > 2) + square(x, s6 + c, rows > 6));
      double odd =
          square(x, s1 + c, rows > 1)
              + square(x, s5 + c, rows > 5)
              + (square(x, s3 + c, rows > 3) + square(x, s7 + c, rows > 7));
      norms[to + c] = (float) Math.sqrt(even + odd);
    }
  }

  private static VectorMask<Float> all(boolean set) {
    return VectorMask.fromLong(FLOATS, set ? -1L >>> (64 - WIDTH) : 0);
  }

  private static double square(float[] x, int at, boolean present) {
    return present ? square(x, at) : 0;
  }

  private static double square(float[] x, int at) {
    return (double) x[at] * x[at];
  }
}
