package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static jdk.incubator.vector.VectorOperators.ABS;

import dev.slicenorm.kernel.PairLanes;
import dev.slicenorm.kernel.ReductionOrder;
import dev.slicenorm.kernel.ScalarDoubleKernel;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * F64 rows and columns on SIMD lanes, summed as pairs: eight operations per product, which keep up
 * with memory but not with L1. Chosen all the same, since a plain sum of equal elements can drift
 * past 2 ULP within one block.
 */
public final class VectorDoubleKernel extends ScalarDoubleKernel {

  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

  private static final int WIDTH = DOUBLES.length();

  /**
   * The shortest row for vectors (64 products on Zen 5: 49 ns, 82 by plain loops; with 128 bits, 32
   * to 63 are faster by those).
   */
  private static final int LEAST = 2 * LANES;

  /** Creates a kernel of the platform's preferred width. */
  public VectorDoubleKernel() {}

  /** What {@code sum}, the rounding of {@code a + x·y}, lacks: see {@link ReductionOrder}. */
  private static DoubleVector sumError(
      DoubleVector a, DoubleVector x, DoubleVector y, DoubleVector sum) {
    DoubleVector part = sum.sub(a);
    return a.sub(sum.sub(part)).add(x.fma(y, part.neg()));
  }

  /** Knuth's TwoSum: what {@code sum} lacks of {@code a + b}. */
  private static DoubleVector sumError(DoubleVector a, DoubleVector b, DoubleVector sum) {
    DoubleVector part = sum.sub(a);
    return a.sub(sum.sub(part)).add(b.sub(part));
  }

  /** Not the loop of the plain kernel, which is compiled for what that one does in it. */
  @Override
  public void reduceRows(
      Term term, double[] x, int at, int stride, int rows, int length, Sums sums, int out) {
    if (length < LEAST || term.isAnyOrder()) {
      super.reduceRows(term, x, at, stride, rows, length, sums, out);
      return;
    }
    for (int row = 0, start = at; row < rows; row++, start += stride) {
      if (term == Term.SQUARES) {
        dotRow(x, start, x, start, length, sums, out + row);
      } else {
        absoluteRow(x, start, length, sums, out + row);
      }
    }
  }

  @Override
  public void dotRow(double[] x, int xAt, double[] y, int yAt, int length, Sums sums, int out) {
    if (length < LEAST) {
      super.dotRow(x, xAt, y, yAt, length, sums, out);
      return;
    }
    PairLanes lanes = sums.pairs();
    int full = length & -LANES;
    for (int lane = 0; lane < LANES; lane += 2 * WIDTH) {
      dotLanes2(x, xAt + lane, y, yAt + lane, full, lanes, lane);
    }
    lanes.addProducts(x, xAt + full, y, yAt + full, length - full);
    lanes.fold(LANES, sums, out);
  }

  /**
   * Two vectors of lanes at a time: eight operations each are work enough to hide their latency.
   */
  private static void dotLanes2(
      double[] x, int xAt, double[] y, int yAt, int full, PairLanes lanes, int lane) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector aLow = a;
    DoubleVector bLow = a;
    for (int i = 0; i < full; i += LANES) {
      DoubleVector x0 = DoubleVector.fromArray(DOUBLES, x, xAt + i);
      DoubleVector y0 = DoubleVector.fromArray(DOUBLES, y, yAt + i);
      DoubleVector sum = a.add(x0.mul(y0));
      aLow = aLow.add(sumError(a, x0, y0, sum));
      a = sum;
      x0 = DoubleVector.fromArray(DOUBLES, x, xAt + i + WIDTH);
      y0 = DoubleVector.fromArray(DOUBLES, y, yAt + i + WIDTH);
      sum = b.add(x0.mul(y0));
      bLow = bLow.add(sumError(b, x0, y0, sum));
      b = sum;
    }
    a.intoArray(lanes.hi, lane);
    b.intoArray(lanes.hi, lane + WIDTH);
    aLow.intoArray(lanes.lo, lane);
    bLow.intoArray(lanes.lo, lane + WIDTH);
  }

  @Override
  protected void absoluteRow(double[] x, int at, int length, Sums sums, int out) {
    if (length < LEAST) {
      super.absoluteRow(x, at, length, sums, out);
      return;
    }
    PairLanes lanes = sums.pairs();
    int full = length & -LANES;
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      DoubleVector high = DoubleVector.zero(DOUBLES);
      DoubleVector low = high;
      for (int i = at + lane; i < at + full; i += LANES) {
        DoubleVector value = DoubleVector.fromArray(DOUBLES, x, i).lanewise(ABS);
        DoubleVector sum = high.add(value);
        low = low.add(sumError(high, value, sum));
        high = sum;
      }
      high.intoArray(lanes.hi, lane);
      low.intoArray(lanes.lo, lane);
    }
    lanes.addAbsolutes(x, at + full, length - full);
    lanes.fold(LANES, sums, out);
  }

  @Override
  public void reduceColumns(
      Term term,
      double[] x,
      int at,
      int[] starts,
      int first,
      int step,
      int count,
      int columns,
      Sums sums,
      int out) {
    if (term == Term.SQUARES) {
      dotColumns(x, at, starts, x, at, starts, first, step, count, columns, sums, out);
    } else {
      super.reduceColumns(term, x, at, starts, first, step, count, columns, sums, out);
    }
  }

  @Override
  public void dotColumns(
      double[] x,
      int xAt,
      int[] xStarts,
      double[] y,
      int yAt,
      int[] yStarts,
      int first,
      int step,
      int count,
      int columns,
      Sums sums,
      int out) {
    int c = 0;
    for (; c <= columns - WIDTH; c += WIDTH) {
      DoubleVector high = DoubleVector.fromArray(DOUBLES, sums.hi, out + c);
      DoubleVector low = DoubleVector.fromArray(DOUBLES, sums.lo, out + c);
      for (int i = 0, row = first; i < count; i++, row += step) {
        DoubleVector a = DoubleVector.fromArray(DOUBLES, x, xAt + xStarts[row] + c);
        DoubleVector b = DoubleVector.fromArray(DOUBLES, y, yAt + yStarts[row] + c);
        DoubleVector sum = high.add(a.mul(b));
        low = low.add(sumError(high, a, b, sum));
        high = sum;
      }
      high.intoArray(sums.hi, out + c);
      low.intoArray(sums.lo, out + c);
    }
    if (c < columns) {
      super.dotColumns(
          x, xAt + c, xStarts, y, yAt + c, yStarts, first, step, count, columns - c, sums, out + c);
    }
  }
}
