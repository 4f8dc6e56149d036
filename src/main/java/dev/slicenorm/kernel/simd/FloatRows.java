package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static dev.slicenorm.kernel.simd.Widening.FLOATS;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static dev.slicenorm.kernel.simd.Widening.widen;
import static jdk.incubator.vector.VectorOperators.ABS;

import dev.slicenorm.kernel.PlainRows;
import dev.slicenorm.kernel.Sums;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;

/**
 * Sums of products along rows of at most one block: the loops are those of {@link FloatWideRows},
 * where four vectors hold a sum for each lane, and {@link FloatNarrowRows}, where it takes eight.
 */
final class FloatRows {

  /**
   * Rows up to which squares are summed without vectors: with narrow ones more is lost at the fold
   * than is won before it (300 rows of 64 with 128 bits: 12.5 against 8.9 µs; of 72: equal; of 8
   * with 256 bits: 17 against 14 cycles a row; of 12: equal).
   */
  static final int LONGEST_PLAIN = WIDTH == 2 ? 72 : WIDTH == 4 ? 8 : -1;

  /**
   * Rows from which absolute values are summed by vectors, which need a fold from memory (300 rows
   * on Zen 5, of 24 each 13 ns without and 17 with 512 bits, 23 with 128; of 32 24, 12 and 21).
   */
  static final int LEAST_ABSOLUTES = LANES;

  private FloatRows() {}

  static void squares(float[] x, int at, int stride, int rows, int length, Sums sums, int out) {
    if (length <= LONGEST_PLAIN) {
      PlainRows.squares(x, at, stride, rows, length, sums, out);
      return;
    }
    int done = 0;
    if (WIDTH >= 4) {
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
      if (WIDTH == 8) {
        FloatWideRows.dot(x, start, x, start, length, sums, out + done);
      } else {
        FloatNarrowSquares.square(x, start, length, sums, out + done);
      }
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
    } else if (WIDTH == 8) {
      FloatWideRows.squares(x, at, stride, rows, length, step, vectors);
    } else {
      FloatNarrowSquares.squares(x, at, stride, rows, length, step, vectors);
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

  /** {@return the mask of the first {@code count} lanes: none from 0 down, all from WIDTH up} */
  static VectorMask<Float> first(int count) {
    return VectorMask.fromLong(FLOATS, (1L << Math.clamp(count, 0, WIDTH)) - 1);
  }

  static void dot(float[] x, int xAt, float[] y, int yAt, int length, Sums sums, int out) {
    if (WIDTH == 8) {
      FloatWideRows.dot(x, xAt, y, yAt, length, sums, out);
    } else {
      FloatNarrowRows.dot(x, xAt, y, yAt, length, sums, out);
    }
  }

  /** Sums {@code x²} and {@code x·y} in one pass. */
  static void squaresAndDots(
      float[] x, int xAt, float[] y, int yAt, int length, Sums squares, Sums dots, int out) {
    if (WIDTH == 8) {
      FloatWideRows.squaresAndDots(x, xAt, y, yAt, length, squares, dots, out);
    } else {
      FloatNarrowRows.squaresAndDots(x, xAt, y, yAt, length, squares, dots, out);
    }
  }

  static void addRest(float[] x, int xAt, float[] y, int yAt, int count, double[] lanes, int lane) {
    for (int j = 0; j < count; j++) {
      lanes[lane + j] += (double) x[xAt + j] * y[yAt + j];
    }
  }

  /**
   * Scales a row as {@link FloatElements#scale} does and sums the squares of the next one, for 256
   * bits or more: the next row comes in while results go out.
   *
   * @return the least rank of the products of whole groups of 32
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
    return WIDTH == 8
        ? FloatWideRows.scaleAndSquare(x, xAt, y, yAt, next, length, high, low, sums, out)
        : FloatNarrowRows.scaleAndSquare(x, xAt, y, yAt, next, length, high, low, sums, out);
  }

  static void absolutes(float[] x, int at, int stride, int rows, int length, Sums sums, int out) {
    for (int row = 0; row < rows; row++) {
      absolutes(x, at + row * stride, length, sums, out + row);
    }
  }

  private static void absolutes(float[] x, int at, int length, Sums sums, int out) {
    double[] lanes = sums.lanes();
    int full = length & -LANES;
    for (int lane = 0; lane < LANES; lane += 4 * WIDTH) {
      DoubleVector a = DoubleVector.zero(Widening.DOUBLES);
      DoubleVector b = a;
      DoubleVector c = a;
      DoubleVector d = a;
      // From 0 on: at the end of the longest arrays a position plus LANES leaves an int.
      for (int i = lane; i < full; i += LANES) {
        a = a.add(widen(x, at + i).lanewise(ABS));
        b = b.add(widen(x, at + i + WIDTH).lanewise(ABS));
        c = c.add(widen(x, at + i + 2 * WIDTH).lanewise(ABS));
        d = d.add(widen(x, at + i + 3 * WIDTH).lanewise(ABS));
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
}
