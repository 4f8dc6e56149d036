package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.ReductionOrder.LANES;

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
    double[] lanes = sums.lanes();
    for (int row = 0; row < rows; row++) {
      Arrays.fill(lanes, 0, LANES, term.identity());
      Arrays.fill(lanes, LANES, 2 * LANES, 0);
      int start = at + row * stride;
      for (int i = 0; i < length; i += LANES) {
        add(term, x, start + i, Math.min(LANES, length - i), lanes, 0, lanes, LANES);
      }
      if (term == Term.SQUARES || term == Term.ABSOLUTES) {
        sums.foldPairLanes(out + row);
      } else {
        double result = lanes[0];
        for (int lane = 1; lane < LANES; lane++) {
          result = term.combine(result, lanes[lane]);
        }
        sums.hi[out + row] = result;
        sums.lo[out + row] = 0;
      }
    }
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
      add(term, x, at + starts[row], columns, sums.hi, out, sums.lo, out);
    }
  }

  /** Adds {@code count} neighbouring elements to as many neighbouring sums. */
  private static void add(
      Term term, double[] x, int at, int count, double[] hi, int hiAt, double[] lo, int loAt) {
    switch (term) {
      case SQUARES -> addProducts(x, at, x, at, count, hi, hiAt, lo, loAt);
      case ABSOLUTES -> {
        for (int i = 0; i < count; i++) {
          double value = Math.abs(x[at + i]);
          double sum = hi[hiAt + i] + value;
          lo[loAt + i] += Sums.sumError(hi[hiAt + i], value, sum);
          hi[hiAt + i] = sum;
        }
      }
      case NONZEROS -> {
        for (int i = 0; i < count; i++) {
          double value = x[at + i];
          hi[hiAt + i] += Double.isNaN(value) ? value : value == 0 ? 0 : 1;
        }
      }
      case MAXIMA -> {
        for (int i = 0; i < count; i++) {
          hi[hiAt + i] = Math.max(hi[hiAt + i], Math.abs(x[at + i]));
        }
      }
      case MINIMA -> {
        for (int i = 0; i < count; i++) {
          hi[hiAt + i] = Math.min(hi[hiAt + i], Math.abs(x[at + i]));
        }
      }
    }
  }

  private static void addProducts(
      double[] x,
      int xAt,
      double[] y,
      int yAt,
      int count,
      double[] hi,
      int hiAt,
      double[] lo,
      int loAt) {
    for (int i = 0; i < count; i++) {
      double a = x[xAt + i];
      double b = y[yAt + i];
      double product = a * b;
      double productError = FusedMultiplyAdd.productError(a, b, product);
      double sum = hi[hiAt + i] + product;
      lo[loAt + i] += Sums.sumError(hi[hiAt + i], product, sum) + productError;
      hi[hiAt + i] = sum;
    }
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
    double[] lanes = sums.lanes();
    Arrays.fill(lanes, 0);
    for (int i = 0; i < length; i += LANES) {
      int count = Math.min(LANES, length - i);
      addProducts(x, xAt + i, y, yAt + i, count, lanes, 0, lanes, LANES);
    }
    sums.foldPairLanes(out);
  }

  /** Adds the products of the last, incomplete group of a row to its lanes. */
  protected static void addTail(double[] x, int xAt, double[] y, int yAt, int count, Sums sums) {
    addProducts(x, xAt, y, yAt, count, sums.lanes(), 0, sums.lanes(), LANES);
  }

  /** Adds the absolute values of the last, incomplete group of a row to its lanes. */
  protected static void addAbsoluteTail(double[] x, int at, int count, Sums sums) {
    add(Term.ABSOLUTES, x, at, count, sums.lanes(), 0, sums.lanes(), LANES);
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
      addProducts(
          x, xAt + xStarts[row], y, yAt + yStarts[row], columns, sums.hi, out, sums.lo, out);
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
      for (int i = 0; i < length; i++) {
        y[to + i] = x[from + i] * pre * factor;
      }
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
    for (int i = 0; i < length; i++) {
      dv[dvAt + i] = (dw[dwAt + i] - c * (v[vAt + i] * pre)) * a * pre;
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
