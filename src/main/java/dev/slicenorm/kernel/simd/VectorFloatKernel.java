package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;

import dev.slicenorm.kernel.Factors;
import dev.slicenorm.kernel.ScalarFloatKernel;
import dev.slicenorm.kernel.SplitFactor;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;
import jdk.incubator.vector.VectorShape;

/**
 * F32 rows and columns on SIMD lanes: a choice among the loops of {@link FloatRows}, {@link
 * FloatColumns}, {@link FloatElements}, {@link FloatPacking} and {@link FloatTerms}. Columns of
 * maxima, minima and counts stay with the plain loops, which C2 vectorizes.
 */
public final class VectorFloatKernel extends ScalarFloatKernel {

  /**
   * Columns from which eight rows are read at once instead of four. Rows a power of two apart share
   * the sets of an eight-way L1: 1024² floats took 91 µs by fours and 127 µs by eights, but 4096²,
   * which come from memory, 3.2 and 2.8 ms.
   */
  private static final int FEW_STREAMS = 2048;

  /** Creates a kernel of the platform's preferred width. */
  public VectorFloatKernel() {}

  /** {@return the preferred width in bits; asked before {@link Widening}, which needs 128} */
  public static int vectorBits() {
    return VectorShape.preferredShape().vectorBitSize();
  }

  @Override
  public void reduceRows(
      Term term, float[] x, int at, int stride, int rows, int length, Sums sums, int out) {
    if (term == Term.SQUARES) {
      FloatRows.squares(x, at, stride, rows, length, sums, out);
    } else if (term == Term.ABSOLUTES && length >= FloatRows.LEAST_ABSOLUTES) {
      FloatRows.absolutes(x, at, stride, rows, length, sums, out);
    } else if (term.isAnyOrder() && length >= FloatTerms.LEAST) {
      FloatTerms.reduceRows(term, x, at, stride, rows, length, sums.hi, out);
    } else {
      super.reduceRows(term, x, at, stride, rows, length, sums, out);
    }
  }

  @Override
  public boolean squaresRow(int length) {
    if (length <= FloatRows.LONGEST_PLAIN) {
      return super.squaresRow(length);
    }
    return (WIDTH >= 4 && length % LANES == 0)
        || (WIDTH == 8 && length >= FloatWideRows.LEAST_WITH_REST);
  }

  @Override
  public double squareRow(float[] x, int at, int length) {
    if (length <= FloatRows.LONGEST_PLAIN) {
      return super.squareRow(x, at, length);
    }
    if (WIDTH != 8) {
      return FloatNarrowSquares.square(x, at, length);
    }
    return length % LANES == 0
        ? FloatWideRows.square(x, at, length)
        : FloatWideRows.squareWithRest(x, at, length);
  }

  @Override
  public boolean squareStepped(float[] x, int at, int step, int length, Sums sums, int out) {
    return FloatSteppedRows.squares(x, at, step, length, sums, out);
  }

  @Override
  public boolean normRows(
      float[] x, int at, int stride, int rows, int length, Sums sums, float[] norms, int to) {
    if (FloatShortRows.fit(length)) {
      FloatShortRows.norms(x, at, stride, rows, length, sums, norms, to);
      return true;
    }
    return length <= FloatRows.LONGEST_PLAIN
        && super.normRows(x, at, stride, rows, length, sums, norms, to);
  }

  @Override
  public boolean normColumns(
      float[] x,
      int at,
      int[] starts,
      boolean adjacent,
      int rows,
      int columns,
      Sums sums,
      float[] norms,
      int to) {
    if (rows <= 8 && rows >= FloatEightRows.FEWEST_NORMED && columns >= WIDTH) {
      FloatEightRows.norms8(x, at, starts, rows, columns, norms, to);
      return true;
    }
    return super.normColumns(x, at, starts, adjacent, rows, columns, sums, norms, to);
  }

  @Override
  public void dotRow(float[] x, int xAt, float[] y, int yAt, int length, Sums sums, int out) {
    FloatRows.dot(x, xAt, y, yAt, length, sums, out);
  }

  @Override
  public void squaresAndDotsRow(
      float[] x, int xAt, float[] y, int yAt, int length, Sums squares, Sums dots, int out) {
    FloatRows.squaresAndDots(x, xAt, y, yAt, length, squares, dots, out);
  }

  @Override
  public boolean reduceBlock(
      Term term,
      float[] x,
      int at,
      int[] starts,
      boolean adjacent,
      int rows,
      int columns,
      Sums sums,
      int out) {
    return (term == Term.SQUARES
            && FloatColumnBlocks.squares(x, at, starts, adjacent, rows, columns, sums, out))
        || super.reduceBlock(term, x, at, starts, adjacent, rows, columns, sums, out);
  }

  @Override
  protected void eightRows(
      float[] x,
      int at,
      int[] starts,
      int row,
      int step,
      int rows,
      int columns,
      double[] hi,
      int out) {
    if (rows < 8 || step == LANES) {
      super.eightRows(x, at, starts, row, step, rows, columns, hi, out);
    } else if (step == LANES / 2) {
      FloatEightRows.lanes8(x, at, starts, row, step, columns, hi, out);
    } else {
      FloatEightRows.tree8(x, at, starts, row, step, columns, hi, out);
    }
  }

  @Override
  public void reduceColumns(
      Term term,
      float[] x,
      int at,
      int[] starts,
      int first,
      int step,
      int count,
      int columns,
      Sums sums,
      int out) {
    if (term != Term.SQUARES) {
      super.reduceColumns(term, x, at, starts, first, step, count, columns, sums, out);
      return;
    }
    int i = 0;
    int row = first;
    if (columns > FEW_STREAMS) {
      for (; i <= count - 8; i += 8, row += 8 * step) {
        FloatColumns.squares8(x, at, starts, row, step, columns, sums.hi, out);
      }
    }
    for (; i <= count - 4; i += 4, row += 4 * step) {
      FloatColumns.squares4(x, at, starts, row, step, columns, sums.hi, out);
    }
    if (i <= count - 2) {
      FloatColumns.squares2(x, at + starts[row], at + starts[row + step], columns, sums.hi, out);
      i += 2;
      row += 2 * step;
    }
    for (; i < count; i++, row += step) {
      FloatColumns.squares1(x, at + starts[row], columns, sums.hi, out);
    }
  }

  @Override
  public void dotColumns(
      float[] x,
      int xAt,
      int[] xStarts,
      float[] y,
      int yAt,
      int[] yStarts,
      int first,
      int step,
      int count,
      int columns,
      Sums sums,
      int out) {
    for (int i = 0, row = first; i < count; i++, row += step) {
      FloatColumns.dots1(x, xAt + xStarts[row], y, yAt + yStarts[row], columns, sums.hi, out);
    }
  }

  @Override
  public void squaresAndDotsColumns(
      float[] x,
      int xAt,
      int[] xStarts,
      float[] y,
      int yAt,
      int[] yStarts,
      int first,
      int step,
      int count,
      int columns,
      Sums squares,
      Sums dots,
      int out) {
    int i = 0;
    int row = first;
    for (; i <= count - 2; i += 2, row += 2 * step) {
      FloatColumns.squaresAndDots2(
          x,
          xAt + xStarts[row],
          xAt + xStarts[row + step],
          y,
          yAt + yStarts[row],
          yAt + yStarts[row + step],
          columns,
          squares.hi,
          dots.hi,
          out);
    }
    for (; i < count; i++, row += step) {
      FloatColumns.squares1(x, xAt + xStarts[row], columns, squares.hi, out);
      FloatColumns.dots1(x, xAt + xStarts[row], y, yAt + yStarts[row], columns, dots.hi, out);
    }
  }

  @Override
  public boolean scalesRow(int length) {
    return true;
  }

  @Override
  public void scaleRow(float[] x, int xAt, float[] y, int yAt, int length, double factor) {
    if (SplitFactor.isSplit(factor)) {
      FloatElements.scale(x, xAt, y, yAt, length, factor);
    } else {
      super.scaleRow(x, xAt, y, yAt, length, factor);
    }
  }

  @Override
  public void scaleRowAndSquare(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      int next,
      int length,
      Factors factors,
      int slice,
      Sums sums) {
    double factor = factors.factor[slice];
    if (WIDTH >= 4 && SplitFactor.isSplit(factor) && !FloatElements.isInPlace(x, y)) {
      FloatElements.scaleAndSquare(x, xAt, y, yAt, next, length, factor, sums, slice + 1);
    } else {
      super.scaleRowAndSquare(x, xAt, y, yAt, next, length, factors, slice, sums);
    }
  }

  @Override
  public void scaleColumns(
      float[] x,
      int xAt,
      int[] xStarts,
      float[] y,
      int yAt,
      int[] yStarts,
      int rows,
      int columns,
      Factors factors) {
    if (!factors.isSplit()) {
      super.scaleColumns(x, xAt, xStarts, y, yAt, yStarts, rows, columns, factors);
      return;
    }
    int row = 0;
    if (columns > FEW_STREAMS && !FloatElements.isInPlace(x, y)) {
      for (; row <= rows - 4; row += 4) {
        FloatElements.scaleColumns4(x, xAt, xStarts, y, yAt, yStarts, row, columns, factors);
      }
    }
    for (; row < rows; row++) {
      FloatElements.scaleColumns(x, xAt + xStarts[row], y, yAt + yStarts[row], columns, factors);
    }
  }

  @Override
  public void gradientRow(
      float[] v,
      int vAt,
      float[] dw,
      int dwAt,
      float[] dv,
      int dvAt,
      int length,
      Factors factors,
      int slice) {
    double a = factors.factor[slice];
    double c = factors.second[slice];
    FloatElements.gradient(v, vAt, dw, dwAt, dv, dvAt, length, a, c);
  }

  @Override
  public void gradientColumns(
      float[] v,
      int vAt,
      int[] vStarts,
      float[] dw,
      int dwAt,
      int[] dwStarts,
      float[] dv,
      int dvAt,
      int[] dvStarts,
      int rows,
      int columns,
      Factors factors) {
    int row = 0;
    for (; row <= rows - 2; row += 2) {
      FloatElements.gradientColumns2(
          v, vAt, vStarts, dw, dwAt, dwStarts, dv, dvAt, dvStarts, row, columns, factors);
    }
    for (; row < rows; row++) {
      FloatElements.gradientColumns(
          v,
          vAt + vStarts[row],
          dw,
          dwAt + dwStarts[row],
          dv,
          dvAt + dvStarts[row],
          columns,
          factors);
    }
  }

  @Override
  public void pack(float[] x, int at, int step, float[] row, int to, int count) {
    int done = FloatPacking.squeeze(x, at, step, row, to, count);
    super.pack(x, at + done * step, step, row, to + done, count - done);
  }
}
