package dev.slicenorm.jmh;

import java.util.Arrays;

/**
 * Other norms than {@link PlainLoops} has, and those of F64 elements, as a user writes them who has
 * no library: sums are plain {@code double}s, of F64 elements too, and keep no rounding errors.
 */
final class PlainNorms {

  private PlainNorms() {}

  /** Sums of sizes of rows, one after the other. */
  static void rowSums(float[] x, int rows, int length, float[] norms) {
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int i = row * length; i < (row + 1) * length; i++) {
        sum += Math.abs(x[i]);
      }
      norms[row] = (float) sum;
    }
  }

  /** The largest sizes of rows. */
  static void rowMaxima(float[] x, int rows, int length, float[] norms) {
    for (int row = 0; row < rows; row++) {
      float largest = 0;
      for (int i = row * length; i < (row + 1) * length; i++) {
        largest = Math.max(largest, Math.abs(x[i]));
      }
      norms[row] = largest;
    }
  }

  /** The smallest sizes of rows. */
  static void rowMinima(float[] x, int rows, int length, float[] norms) {
    for (int row = 0; row < rows; row++) {
      float smallest = Float.POSITIVE_INFINITY;
      for (int i = row * length; i < (row + 1) * length; i++) {
        smallest = Math.min(smallest, Math.abs(x[i]));
      }
      norms[row] = smallest;
    }
  }

  /** How many elements of rows are not 0. */
  static void rowCounts(float[] x, int rows, int length, float[] norms) {
    for (int row = 0; row < rows; row++) {
      int count = 0;
      for (int i = row * length; i < (row + 1) * length; i++) {
        if (x[i] != 0) {
          count++;
        }
      }
      norms[row] = count;
    }
  }

  /** Sums of sizes along the middle axis. */
  static void columnSums(float[] x, int outer, int length, int inner, float[] norms) {
    double[] sums = new double[inner];
    for (int block = 0; block < outer; block++) {
      Arrays.fill(sums, 0);
      for (int row = 0; row < length; row++) {
        int start = (block * length + row) * inner;
        for (int column = 0; column < inner; column++) {
          sums[column] += Math.abs(x[start + column]);
        }
      }
      for (int column = 0; column < inner; column++) {
        norms[block * inner + column] = (float) sums[column];
      }
    }
  }

  /** The largest sizes along the middle axis. */
  static void columnMaxima(float[] x, int outer, int length, int inner, float[] norms) {
    Arrays.fill(norms, 0);
    for (int block = 0; block < outer; block++) {
      for (int row = 0; row < length; row++) {
        int start = (block * length + row) * inner;
        for (int column = 0; column < inner; column++) {
          int to = block * inner + column;
          norms[to] = Math.max(norms[to], Math.abs(x[start + column]));
        }
      }
    }
  }

  /** The smallest sizes along the middle axis. */
  static void columnMinima(float[] x, int outer, int length, int inner, float[] norms) {
    Arrays.fill(norms, Float.POSITIVE_INFINITY);
    for (int block = 0; block < outer; block++) {
      for (int row = 0; row < length; row++) {
        int start = (block * length + row) * inner;
        for (int column = 0; column < inner; column++) {
          int to = block * inner + column;
          norms[to] = Math.min(norms[to], Math.abs(x[start + column]));
        }
      }
    }
  }

  /** How many elements along the middle axis are not 0. */
  static void columnCounts(float[] x, int outer, int length, int inner, float[] norms) {
    int[] counts = new int[inner];
    for (int block = 0; block < outer; block++) {
      Arrays.fill(counts, 0);
      for (int row = 0; row < length; row++) {
        int start = (block * length + row) * inner;
        for (int column = 0; column < inner; column++) {
          if (x[start + column] != 0) {
            counts[column]++;
          }
        }
      }
      for (int column = 0; column < inner; column++) {
        norms[block * inner + column] = counts[column];
      }
    }
  }

  /** Euclidean norms of F64 rows. */
  static void rowNorms(double[] x, int rows, int length, double[] norms) {
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int i = row * length; i < (row + 1) * length; i++) {
        sum += x[i] * x[i];
      }
      norms[row] = Math.sqrt(sum);
    }
  }

  /** Sums of sizes of F64 rows. */
  static void rowSums(double[] x, int rows, int length, double[] norms) {
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int i = row * length; i < (row + 1) * length; i++) {
        sum += Math.abs(x[i]);
      }
      norms[row] = sum;
    }
  }

  /** The largest sizes of F64 rows. */
  static void rowMaxima(double[] x, int rows, int length, double[] norms) {
    for (int row = 0; row < rows; row++) {
      double largest = 0;
      for (int i = row * length; i < (row + 1) * length; i++) {
        largest = Math.max(largest, Math.abs(x[i]));
      }
      norms[row] = largest;
    }
  }

  /** Euclidean norms of F64 elements along the middle axis. */
  static void columnNorms(double[] x, int outer, int length, int inner, double[] norms) {
    double[] sums = new double[inner];
    for (int block = 0; block < outer; block++) {
      Arrays.fill(sums, 0);
      for (int row = 0; row < length; row++) {
        int start = (block * length + row) * inner;
        for (int column = 0; column < inner; column++) {
          sums[column] += x[start + column] * x[start + column];
        }
      }
      for (int column = 0; column < inner; column++) {
        norms[block * inner + column] = Math.sqrt(sums[column]);
      }
    }
  }

  /** Sums of sizes of F64 elements along the middle axis. */
  static void columnSums(double[] x, int outer, int length, int inner, double[] norms) {
    Arrays.fill(norms, 0);
    for (int block = 0; block < outer; block++) {
      for (int row = 0; row < length; row++) {
        int start = (block * length + row) * inner;
        for (int column = 0; column < inner; column++) {
          norms[block * inner + column] += Math.abs(x[start + column]);
        }
      }
    }
  }

  /** The largest sizes of F64 elements along the middle axis. */
  static void columnMaxima(double[] x, int outer, int length, int inner, double[] norms) {
    Arrays.fill(norms, 0);
    for (int block = 0; block < outer; block++) {
      for (int row = 0; row < length; row++) {
        int start = (block * length + row) * inner;
        for (int column = 0; column < inner; column++) {
          int to = block * inner + column;
          norms[to] = Math.max(norms[to], Math.abs(x[start + column]));
        }
      }
    }
  }
}
