package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.ReductionOrder.LANES;

import java.util.Arrays;

/**
 * F32 rows and columns in plain Java, summed in {@code double}. The loops over columns have no
 * dependence between iterations, so C2 turns them into vector code of its own. Sums of squares,
 * which norms are made of, have loops of their own in {@link PlainRows} and {@link PlainColumns},
 * and blocks of few rows an order of their own in {@link FewRows} and {@link SmallBlocks}. Sums of
 * sizes are in {@link PlainAbsolutes} and {@link AbsoluteColumns}, the other reductions in {@link
 * PlainTerms} and {@link AnyOrder}.
 */
public class ScalarFloatKernel implements SliceKernel<float[]> {

  /** Creates the kernel. */
  public ScalarFloatKernel() {}

  @Override
  public final boolean keepsErrors() {
    return false;
  }

  @Override
  public void reduceRows(
      Term term, float[] x, int at, int stride, int rows, int length, Sums sums, int out) {
    if (term == Term.SQUARES) {
      PlainRows.squares(x, at, stride, rows, length, sums, out);
    } else {
      PlainTerms.reduceRows(term, x, at, stride, rows, length, sums.hi, out);
    }
  }

  @Override
  public boolean normRows(
      float[] x, int at, int stride, int rows, int length, Sums sums, float[] norms, int to) {
    PlainRows.norms(x, at, stride, rows, length, sums, norms, to);
    return true;
  }

  @Override
  public boolean squaresRow(int length) {
    return length > 8;
  }

  @Override
  public double squareRow(float[] x, int at, int length) {
    return PlainRow.squareFrom9(x, at, length);
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
    double[] hi = sums.hi;
    switch (term) {
      case SQUARES -> PlainColumns.extend(x, at, starts, first, step, count, columns, hi, out);
      case ABSOLUTES -> AbsoluteColumns.extend(x, at, starts, first, step, count, columns, hi, out);
      case NONZEROS, MAXIMA, MINIMA ->
          PlainTerms.reduceColumns(term, x, at, starts, first, step, count, columns, hi, out);
    }
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
    if (term.isAnyOrder()) {
      AnyOrder.reduce(this, term, x, at, starts, adjacent, rows, columns, sums, out);
      return true;
    }
    if (term == Term.ABSOLUTES && AbsoluteColumns.fit(adjacent, rows, columns)) {
      AbsoluteColumns.sum(x, at, starts, rows, columns, sums, out);
      return true;
    }
    if (term != Term.SQUARES || !FewRows.fit(adjacent, rows, columns)) {
      return false;
    }
    FewRows.squares(this, x, at, starts, adjacent, rows, columns, sums, out);
    return true;
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
    if (!FewRows.fit(adjacent, rows, columns)) {
      return false;
    }
    FewRows.norms(this, x, at, starts, adjacent, rows, columns, sums, norms, to);
    return true;
  }

  @Override
  public boolean normBlocks(
      float[] x,
      int at,
      int rowStep,
      int blockStep,
      int blocks,
      int rows,
      int columns,
      float[] norms,
      int to,
      int toStep) {
    if (!SmallBlocks.fit(rows, columns)) {
      return false;
    }
    SmallBlocks.norms(x, at, rowStep, blockStep, blocks, rows, columns, norms, to, toStep);
    return true;
  }

  /**
   * Sets the sums of some columns to the sums of squares of up to eight evenly spaced rows.
   *
   * @param row the first
   * @param step from each to the next, a power of two up to {@code LANES}
   */
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
    PlainColumns.setEight(x, at, starts, row, step, rows, columns, hi, out);
  }

  @Override
  public void pack(float[] x, int at, int step, float[] row, int to, int count) {
    if (step == 1) {
      System.arraycopy(x, at, row, to, count);
      return;
    }
    for (int i = 0, from = at; i < count; i++, from += step) {
      row[to + i] = x[from];
    }
  }

  /** Squares by {@link PlainRow}: by C1 they take a quarter of the time of products. */
  @Override
  public void squaresAndDotsRow(
      float[] x, int xAt, float[] y, int yAt, int length, Sums squares, Sums dots, int out) {
    squares.hi[out] = PlainRow.square(x, xAt, length);
    dotRow(x, xAt, y, yAt, length, dots, out);
  }

  @Override
  public void dotRow(float[] x, int xAt, float[] y, int yAt, int length, Sums sums, int out) {
    double[] lanes = sums.lanes();
    Arrays.fill(lanes, 0, LANES, 0);
    for (int i = 0; i < length; i += LANES) {
      int count = Math.min(LANES, length - i);
      for (int lane = 0; lane < count; lane++) {
        lanes[lane] += (double) x[xAt + i + lane] * y[yAt + i + lane];
      }
    }
    sums.foldLanes(out);
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
    double[] hi = sums.hi;
    for (int i = 0, row = first; i < count; i++, row += step) {
      int xStart = xAt + xStarts[row];
      int yStart = yAt + yStarts[row];
      for (int c = 0; c < columns; c++) {
        hi[out + c] += (double) x[xStart + c] * y[yStart + c];
      }
    }
  }

  /**
   * In one loop, so that the elements of x are read and widened once. Without FMA instructions it
   * is too large for C2 to unroll, and so to vectorize.
   */
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
    if (!FusedMultiplyAdd.HARDWARE) {
      reduceColumns(Term.SQUARES, x, xAt, xStarts, first, step, count, columns, squares, out);
      dotColumns(x, xAt, xStarts, y, yAt, yStarts, first, step, count, columns, dots, out);
      return;
    }
    int i = 0;
    int row = first;
    for (; i <= count - 2; i += 2, row += 2 * step) {
      ColumnLoops.extendBoth2(
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
    if (i < count) {
      ColumnLoops.addBoth1(
          x, xAt + xStarts[row], y, yAt + yStarts[row], columns, squares.hi, dots.hi, out);
    }
  }

  @Override
  public boolean scalesRow(int length) {
    return !PlainProducts.suit(length);
  }

  @Override
  public void scaleRow(float[] x, int xAt, float[] y, int yAt, int length, double factor) {
    if (!SplitFactor.isSplit(factor)) {
      for (int i = 0; i < length; i++) {
        y[yAt + i] = (float) (x[xAt + i] * factor);
      }
      return;
    }
    float high = SplitFactor.high(factor);
    float low = SplitFactor.low(factor, high);
    if (FusedMultiplyAdd.HARDWARE && SplitFactor.isFarFromZero(x, xAt, length, high)) {
      if (xAt == yAt) {
        fuseAtSamePlace(x, y, xAt, xAt + length, high, low);
        return;
      }
      for (int i = 0; i < length; i++) {
        y[yAt + i] = Math.fma(x[xAt + i], high, x[xAt + i] * low);
      }
      return;
    }
    for (int i = 0; i < length; i++) {
      y[yAt + i] = SplitFactor.product(x[xAt + i], high, low, factor);
    }
  }

  /** One index for both, so that no result can take the place of a later element. */
  private static void fuseAtSamePlace(
      float[] x, float[] y, int from, int end, float high, float low) {
    for (int i = from; i < end; i++) {
      y[i] = Math.fma(x[i], high, x[i] * low);
    }
  }

  @Override
  public void scaleRows(
      float[] x,
      int xAt,
      int xStride,
      float[] y,
      int yAt,
      int yStride,
      int rows,
      int length,
      Factors factors,
      int first) {
    boolean alone = scalesRow(length);
    for (int row = 0, from = xAt, to = yAt; row < rows; row++, from += xStride, to += yStride) {
      double factor = factors.factor[first + row];
      if (alone || !SplitFactor.isSplit(factor)) {
        scaleRow(x, from, y, to, length, factor);
      } else {
        PlainProducts.writeRow(x, from, y, to, length, factor, factors);
      }
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
    for (int row = 0; row < rows; row++) {
      int from = xAt + xStarts[row];
      int to = yAt + yStarts[row];
      if (factors.isSplit()) {
        PlainProducts.writeAcross(x, from, y, to, columns, factors);
        continue;
      }
      for (int c = 0; c < columns; c++) {
        y[to + c] = factors.product(x[from + c], c);
      }
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
    PlainGradients.writeRow(v, vAt, dw, dwAt, dv, dvAt, length, factors, slice);
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
    for (int row = 0; row < rows; row++) {
      int vStart = vAt + vStarts[row];
      int dwStart = dwAt + dwStarts[row];
      int dvStart = dvAt + dvStarts[row];
      PlainGradients.writeAcross(v, vStart, dw, dwStart, dv, dvStart, columns, factors);
    }
  }
}
