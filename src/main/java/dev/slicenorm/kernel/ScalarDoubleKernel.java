package dev.slicenorm.kernel;

import java.util.Arrays;

/** F64 rows and columns in plain Java, summed as pairs {@code hi + lo}. */
public class ScalarDoubleKernel implements SliceKernel<double[]> {

  /** Creates the kernel. */
  public ScalarDoubleKernel() {}

  @Override
  public final boolean keepsErrors() {
    return true;
  }

  @Override
  public void reduceRows(
      Term term, double[] x, int at, int stride, int rows, int length, Sums sums, int out) {
    switch (term) {
      case SQUARES -> {
        for (int row = 0, start = at; row < rows; row++, start += stride) {
          dotRow(x, start, x, start, length, sums, out + row);
        }
      }
      case ABSOLUTES -> {
        for (int row = 0, start = at; row < rows; row++, start += stride) {
          absoluteRow(x, start, length, sums, out + row);
        }
      }
      case NONZEROS, MAXIMA, MINIMA -> {
        DoubleTerms.reduceRows(term, x, at, stride, rows, length, sums.hi, out);
        Arrays.fill(sums.lo, out, out + rows, 0);
      }
    }
  }

  @Override
  public boolean normRows(
      double[] x, int at, int stride, int rows, int length, Sums sums, double[] norms, int to) {
    for (int row = 0, start = at; row < rows; row++, start += stride) {
      double norm = PairNorm.isShort(length) ? PairNorm.upTo8(x, start, length) : -1;
      norms[to + row] = norm < 0 ? norm(x, start, length, sums) : norm;
    }
    return true;
  }

  private double norm(double[] x, int at, int length, Sums sums) {
    dotRow(x, at, x, at, length, sums, 0);
    double by = PairNorm.rescaling(sums.hi[0]);
    if (by != 1) {
      double[] rescaled = sums.vectors(length);
      for (int i = 0; i < length; i++) {
        rescaled[i] = x[at + i] * by;
      }
      dotRow(rescaled, 0, rescaled, 0, length, sums, 0);
    }
    return PairNorm.root(sums.hi[0], sums.lo[0]) / by;
  }

  @Override
  public boolean squaresRow(int length) {
    return false;
  }

  @Override
  public double squareRow(double[] x, int at, int length) {
    throw new IllegalStateException("a sum of squares of F64 elements is a pair");
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
    for (int i = 0, row = first; i < count; i++, row += step) {
      PairColumns.extend(term, x, at + starts[row], columns, sums, out);
    }
  }

  @Override
  public boolean reduceBlock(
      Term term,
      double[] x,
      int at,
      int[] starts,
      boolean adjacent,
      int rows,
      int columns,
      Sums sums,
      int out) {
    if (!term.isAnyOrder()) {
      return false;
    }
    AnyOrder.reduce(this, term, x, at, starts, adjacent, rows, columns, sums, out);
    return true;
  }

  @Override
  public void pack(double[] x, int at, int step, double[] row, int to, int count) {
    if (step == 1) {
      System.arraycopy(x, at, row, to, count);
      return;
    }
    for (int i = 0, from = at; i < count; i++, from += step) {
      row[to + i] = x[from];
    }
  }

  @Override
  public void dotRow(double[] x, int xAt, double[] y, int yAt, int length, Sums sums, int out) {
    PairLanes lanes = sums.pairs();
    lanes.setProducts(x, xAt, y, yAt, length);
    lanes.fold(Math.min(ReductionOrder.LANES, length), sums, out);
  }

  /** Sums the absolute values of a row of at most one block. */
  protected void absoluteRow(double[] x, int at, int length, Sums sums, int out) {
    PairLanes lanes = sums.pairs();
    lanes.setAbsolutes(x, at, length);
    lanes.fold(Math.min(ReductionOrder.LANES, length), sums, out);
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
    for (int i = 0, row = first; i < count; i++, row += step) {
      PairColumns.addProducts(x, xAt + xStarts[row], y, yAt + yStarts[row], columns, sums, out);
    }
  }

  @Override
  public boolean scalesRow(int length) {
    return false;
  }

  @Override
  public void scaleRow(double[] x, int xAt, double[] y, int yAt, int length, double factor) {
    throw new IllegalStateException("a factor of F64 elements goes with a power of two");
  }

  @Override
  public void scaleRows(
      double[] x,
      int xAt,
      int xStride,
      double[] y,
      int yAt,
      int yStride,
      int rows,
      int length,
      Factors factors,
      int first) {
    for (int row = 0, from = xAt, to = yAt; row < rows; row++, from += xStride, to += yStride) {
      double pre = factors.pre[first + row];
      double factor = factors.factor[first + row];
      if (from == to) {
        scale(x, y, from, from + length, pre, factor);
        continue;
      }
      for (int i = 0; i < length; i++) {
        y[to + i] = x[from + i] * pre * factor;
      }
    }
  }

  /** With one index for both arrays: otherwise C2 can't know that they are apart. */
  private static void scale(double[] x, double[] y, int at, int end, double pre, double factor) {
    for (int i = at; i < end; i++) {
      y[i] = x[i] * pre * factor;
    }
  }

  @Override
  public void scaleColumns(
      double[] x,
      int xAt,
      int[] xStarts,
      double[] y,
      int yAt,
      int[] yStarts,
      int rows,
      int columns,
      Factors factors) {
    double[] pre = factors.pre;
    double[] factor = factors.factor;
    for (int row = 0; row < rows; row++) {
      int from = xAt + xStarts[row];
      int to = yAt + yStarts[row];
      for (int c = 0; c < columns; c++) {
        y[to + c] = x[from + c] * pre[c] * factor[c];
      }
    }
  }

  @Override
  public void gradientRow(
      double[] v,
      int vAt,
      double[] dw,
      int dwAt,
      double[] dv,
      int dvAt,
      int length,
      Factors factors,
      int slice) {
    double pre = factors.pre[slice];
    double a = factors.factor[slice];
    double c = factors.second[slice];
    if (vAt == dwAt && vAt == dvAt) {
      differentiate(v, dw, dv, vAt, vAt + length, pre, a, c);
      return;
    }
    for (int i = 0; i < length; i++) {
      dv[dvAt + i] = (dw[dwAt + i] - c * (v[vAt + i] * pre)) * a * pre;
    }
  }

  /** With one index, as {@link #scale}. */
  private static void differentiate(
      double[] v, double[] dw, double[] dv, int at, int end, double pre, double a, double c) {
    for (int i = at; i < end; i++) {
      dv[i] = (dw[i] - c * (v[i] * pre)) * a * pre;
    }
  }

  @Override
  public void gradientColumns(
      double[] v,
      int vAt,
      int[] vStarts,
      double[] dw,
      int dwAt,
      int[] dwStarts,
      double[] dv,
      int dvAt,
      int[] dvStarts,
      int rows,
      int columns,
      Factors factors) {
    double[] pre = factors.pre;
    double[] a = factors.factor;
    double[] c = factors.second;
    for (int row = 0; row < rows; row++) {
      int vStart = vAt + vStarts[row];
      int dwStart = dwAt + dwStarts[row];
      int dvStart = dvAt + dvStarts[row];
      for (int i = 0; i < columns; i++) {
        dv[dvStart + i] = (dw[dwStart + i] - c[i] * (v[vStart + i] * pre[i])) * a[i] * pre[i];
      }
    }
  }
}
