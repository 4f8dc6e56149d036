package dev.slicenorm.jmh;

import java.util.Arrays;

/**
 * What a user writes who has no library: one loop nest per case, sums in {@code double}. Shapes are
 * {@code [outer, length, inner]}, of which the middle axis is reduced.
 */
final class PlainLoops {

  private PlainLoops() {}

  /** Norms of {@code rows} rows, one after the other. */
  static void rowNorms(float[] x, int rows, int length, float[] norms) {
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int i = row * length; i < (row + 1) * length; i++) {
        sum += (double) x[i] * x[i];
      }
      norms[row] = (float) Math.sqrt(sum);
    }
  }

  /** Norms along the middle axis: row by row into a sum for each column. */
  static void columnNorms(float[] x, int outer, int length, int inner, float[] norms) {
    double[] sums = new double[inner];
    for (int block = 0; block < outer; block++) {
      Arrays.fill(sums, 0);
      for (int row = 0; row < length; row++) {
        int start = (block * length + row) * inner;
        for (int column = 0; column < inner; column++) {
          sums[column] += (double) x[start + column] * x[start + column];
        }
      }
      for (int column = 0; column < inner; column++) {
        norms[block * inner + column] = (float) Math.sqrt(sums[column]);
      }
    }
  }

  /** {@code w = g·v/‖v‖} with a magnitude for each row. */
  static void composeRows(float[] v, float[] g, int rows, int length, float[] w) {
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int i = row * length; i < (row + 1) * length; i++) {
        sum += (double) v[i] * v[i];
      }
      double factor = g[row] / Math.sqrt(sum);
      for (int i = row * length; i < (row + 1) * length; i++) {
        w[i] = (float) (v[i] * factor);
      }
    }
  }

  /** {@code w = g·v/‖v‖} with a magnitude for each column. */
  static void composeColumns(float[] v, float[] g, int rows, int columns, float[] w) {
    double[] factors = new double[columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        double value = v[row * columns + column];
        factors[column] += value * value;
      }
    }
    for (int column = 0; column < columns; column++) {
      factors[column] = g[column] / Math.sqrt(factors[column]);
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        w[row * columns + column] = (float) (v[row * columns + column] * factors[column]);
      }
    }
  }

  /** The gradients of {@link #composeRows} for those of its results. */
  static void gradientRows(
      float[] v, float[] g, float[] dw, int rows, int length, float[] dg, float[] dv) {
    for (int row = 0; row < rows; row++) {
      double square = 0;
      double dot = 0;
      for (int i = row * length; i < (row + 1) * length; i++) {
        square += (double) v[i] * v[i];
        dot += (double) v[i] * dw[i];
      }
      double norm = Math.sqrt(square);
      dg[row] = (float) (dot / norm);
      double factor = g[row] / norm;
      double share = dot / square;
      for (int i = row * length; i < (row + 1) * length; i++) {
        dv[i] = (float) ((dw[i] - share * v[i]) * factor);
      }
    }
  }

  /** The gradients of {@link #composeColumns} for those of its results. */
  static void gradientColumns(
      float[] v, float[] g, float[] dw, int rows, int columns, float[] dg, float[] dv) {
    double[] factors = new double[columns];
    double[] shares = new double[columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        double value = v[row * columns + column];
        factors[column] += value * value;
        shares[column] += value * dw[row * columns + column];
      }
    }
    for (int column = 0; column < columns; column++) {
      double norm = Math.sqrt(factors[column]);
      dg[column] = (float) (shares[column] / norm);
      shares[column] /= factors[column];
      factors[column] = g[column] / norm;
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int i = row * columns + column;
        dv[i] = (float) ((dw[i] - shares[column] * v[i]) * factors[column]);
      }
    }
  }
}
