package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static dev.slicenorm.kernel.simd.Widening.DOUBLES;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.slicenorm.kernel.Rounding;
import dev.slicenorm.kernel.Sums;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums of squares of rows of BF16, of at most one block, for 256 bits or more: widened by integer
 * operations, without a conversion, which takes longer than all else, and without a row of F32 in
 * between (Zen 3, rows of 4096: 1.5 cycles for four elements, against 2.4 by way of such a row).
 *
 * <p>A {@code long} holds four neighbouring elements. Cut out without its sign and moved so that
 * its mantissa begins where that of a {@code double} does, an element is a {@code double} that is
 * 2⁸⁹⁶ times too small: so far apart are the exponents that the two types mean by the same bits.
 * That is exact for subnormal elements too. Infinities and NaN become finite numbers, whose squares
 * are 2²⁵⁶ or more; sums that large are left to the common way.
 */
final class Bfloat16Rows {

  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(DOUBLES.vectorBitSize()));

  private static final double SCALE = 0x1p896;

  /** More than the square of any finite element. */
  static final double BEYOND = 0x1p256;

  private Bfloat16Rows() {}

  /** {@return whether this is a way for vectors as wide as they are here} */
  static boolean fit() {
    return WIDTH >= 4;
  }

  /** {@return whether the sum is right; otherwise it must be computed in another way} */
  static boolean squares(short[] x, int at, int length, Sums sums, int out) {
    double[] vectors = sums.lanes();
    int full = length & -LANES;
    if (WIDTH == 8) {
      fourVectors(x, at, at + full, sums.group(), vectors);
    } else {
      eightVectors(x, at, at + full, sums.group(), vectors);
    }
    for (int lane = 0; lane < length - full; lane++) {
      double value = Rounding.fromBfloat16(x[at + full + lane]);
      vectors[place(lane)] += value * value;
    }
    double even = eachFourth(vectors, 0) + eachFourth(vectors, 2);
    double sum = even + (eachFourth(vectors, 1) + eachFourth(vectors, 3));
    sums.hi[out] = sum;
    return sum < BEYOND;
  }

  private static int place(int lane) {
    return WIDTH == 8 ? lane % 4 * 8 + lane / 4 : lane / 16 * 16 + lane % 4 * 4 + lane % 16 / 4;
  }

  /** {@return what halving makes of every fourth of the lanes} */
  private static double eachFourth(double[] vectors, int first) {
    if (WIDTH == 8) {
      return Halving.fold(vectors, 8 * first);
    }
    int at = 4 * first;
    double even = (vectors[at] + vectors[at + 16]) + (vectors[at + 2] + vectors[at + 18]);
    double odd = (vectors[at + 1] + vectors[at + 17]) + (vectors[at + 3] + vectors[at + 19]);
    return even + odd;
  }

  /** Sums whole groups of 32 in vectors, each with every fourth element. */
  private static void fourVectors(short[] x, int from, int end, int step, double[] vectors) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    for (int i = from; i < end; i += step) {
      LongVector p = ShortVector.fromArray(SHORTS, x, i).reinterpretAsLongs();
      DoubleVector v0 = p.and(0x7fffL).lanewise(LSHL, 45).reinterpretAsDoubles().mul(SCALE);
      DoubleVector v1 = p.and(0x7fff0000L).lanewise(LSHL, 29).reinterpretAsDoubles().mul(SCALE);
      DoubleVector v2 = p.and(0x7fff00000000L).lanewise(LSHL, 13).reinterpretAsDoubles().mul(SCALE);
      DoubleVector v3 =
          p.and(0x7fff000000000000L).lanewise(LSHR, 3).reinterpretAsDoubles().mul(SCALE);
      a = v0.fma(v0, a);
      b = v1.fma(v1, b);
      c = v2.fma(v2, c);
      d = v3.fma(v3, d);
    }
    a.intoArray(vectors, 0);
    b.intoArray(vectors, 8);
    c.intoArray(vectors, 16);
    d.intoArray(vectors, 24);
  }

  /** Sums whole groups of 32 in vectors, each with every fourth of sixteen elements. */
  private static void eightVectors(short[] x, int from, int end, int step, double[] vectors) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    DoubleVector e = a;
    DoubleVector f = a;
    DoubleVector g = a;
    DoubleVector h = a;
    for (int i = from; i < end; i += step) {
      LongVector p = ShortVector.fromArray(SHORTS, x, i).reinterpretAsLongs();
      DoubleVector v0 = p.and(0x7fffL).lanewise(LSHL, 45).reinterpretAsDoubles().mul(SCALE);
      DoubleVector v1 = p.and(0x7fff0000L).lanewise(LSHL, 29).reinterpretAsDoubles().mul(SCALE);
      DoubleVector v2 = p.and(0x7fff00000000L).lanewise(LSHL, 13).reinterpretAsDoubles().mul(SCALE);
      DoubleVector v3 =
          p.and(0x7fff000000000000L).lanewise(LSHR, 3).reinterpretAsDoubles().mul(SCALE);
      a = v0.fma(v0, a);
      b = v1.fma(v1, b);
      c = v2.fma(v2, c);
      d = v3.fma(v3, d);
      LongVector q = ShortVector.fromArray(SHORTS, x, i + 16).reinterpretAsLongs();
      DoubleVector v4 = q.and(0x7fffL).lanewise(LSHL, 45).reinterpretAsDoubles().mul(SCALE);
      DoubleVector v5 = q.and(0x7fff0000L).lanewise(LSHL, 29).reinterpretAsDoubles().mul(SCALE);
      DoubleVector v6 = q.and(0x7fff00000000L).lanewise(LSHL, 13).reinterpretAsDoubles().mul(SCALE);
      DoubleVector v7 =
          q.and(0x7fff000000000000L).lanewise(LSHR, 3).reinterpretAsDoubles().mul(SCALE);
      e = v4.fma(v4, e);
      f = v5.fma(v5, f);
      g = v6.fma(v6, g);
      h = v7.fma(v7, h);
    }
    a.intoArray(vectors, 0);
    b.intoArray(vectors, 4);
    c.intoArray(vectors, 8);
    d.intoArray(vectors, 12);
    e.intoArray(vectors, 16);
    f.intoArray(vectors, 20);
    g.intoArray(vectors, 24);
    h.intoArray(vectors, 28);
  }
}
