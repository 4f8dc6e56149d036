package dev.slicenorm.nn;

import java.util.Objects;

/**
 * A row-major matrix in a part of an array, and the products that the layers need.
 *
 * <p>One loop serves them all: {@code c[i,:] += a[i,p] · b[p,:]}, which adds whole rows, so the
 * compiler turns it into SIMD lanes without reordering a sum. Four rows of {@code b} at a time keep
 * {@code c} in registers for longer. An operand that lies the wrong way is transposed first, which
 * costs far less than the product.
 */
final class Matrix {

  private static final int TILE = 32;
  private static final int ROWS_WORTH_A_TRANSPOSITION = 8;

  private final double[] data;
  private final int offset;
  private final int rows;
  private final int columns;

  private Matrix(double[] data, int offset, int rows, int columns) {
    Objects.checkFromIndexSize(offset, Math.multiplyExact(rows, columns), data.length);
    this.data = data;
    this.offset = offset;
    this.rows = rows;
    this.columns = columns;
  }

  /** {@return the matrix that begins at a position of an array, which it shares} */
  static Matrix at(double[] data, int offset, int rows, int columns) {
    return new Matrix(data, offset, rows, columns);
  }

  static Matrix of(double[] data, int rows, int columns) {
    return at(data, 0, rows, columns);
  }

  static Matrix zeros(int rows, int columns) {
    return of(new double[Math.multiplyExact(rows, columns)], rows, columns);
  }

  /** {@return the array that this matrix lies in} */
  double[] data() {
    return data;
  }

  int rows() {
    return rows;
  }

  /** {@return a copy with rows and columns exchanged, moved tile by tile to stay in the cache} */
  Matrix transposed() {
    Matrix turned = zeros(columns, rows);
    for (int top = 0; top < rows; top += TILE) {
      for (int left = 0; left < columns; left += TILE) {
        int bottom = Math.min(top + TILE, rows);
        int right = Math.min(left + TILE, columns);
        for (int column = left; column < right; column++) {
          for (int row = top; row < bottom; row++) {
            turned.data[column * rows + row] = data[offset + row * columns + column];
          }
        }
      }
    }
    return turned;
  }

  /**
   * Adds {@code a · bᵀ} to this matrix. For few rows, such as a batch of one, b is read as it lies,
   * but each element is summed in the same order, so a batch's size never shows in its results.
   */
  void addProductWithTransposed(Matrix a, Matrix b) {
    if (rows >= ROWS_WORTH_A_TRANSPOSITION) {
      addProduct(a, b.transposed());
      return;
    }
    requireSizes(a.rows, a.columns, b.columns, b.rows);
    for (int row = 0; row < rows; row++) {
      int from = a.offset + row * a.columns;
      for (int column = 0; column < columns; column++) {
        data[offset + row * columns + column] =
            addDot(
                data[offset + row * columns + column],
                a.data,
                from,
                b.data,
                b.offset + column * b.columns,
                a.columns);
      }
    }
  }

  private static double addDot(double sum, double[] a, int from, double[] b, int to, int length) {
    double total = sum;
    int p = 0;
    for (; p + 4 <= length; p += 4) {
      total +=
          a[from + p] * b[to + p]
              + a[from + p + 1] * b[to + p + 1]
              + (a[from + p + 2] * b[to + p + 2] + a[from + p + 3] * b[to + p + 3]);
    }
    for (; p < length; p++) {
      total += a[from + p] * b[to + p];
    }
    return total;
  }

  private void requireSizes(int aRows, int aColumns, int bRows, int bColumns) {
    if (aColumns != bRows || aRows != rows || bColumns != columns) {
      throw new IllegalArgumentException(
          "[%d, %d] += [%d, %d] · [%d, %d]: expected sizes that agree"
              .formatted(rows, columns, aRows, aColumns, bRows, bColumns));
    }
  }

  /** Adds {@code a · b} to this matrix. */
  void addProduct(Matrix a, Matrix b) {
    requireSizes(a.rows, a.columns, b.rows, b.columns);
    for (int row = 0; row < rows; row++) {
      int from = a.offset + row * a.columns;
      int to = offset + row * columns;
      int p = 0;
      for (; p + 4 <= a.columns; p += 4) {
        addFourRows(a.data, from + p, b.data, b.offset + p * columns, data, to, columns);
      }
      for (; p < a.columns; p++) {
        addRow(a.data[from + p], b.data, b.offset + p * columns, data, to, columns);
      }
    }
  }

  /** Adds a vector to each row. */
  void addToRows(double[] vector) {
    for (int row = 0; row < rows; row++) {
      addRow(1, vector, 0, data, offset + row * columns, columns);
    }
  }

  /** {@return the sum of each column} */
  double[] columnSums() {
    double[] sums = new double[columns];
    for (int row = 0; row < rows; row++) {
      addRow(1, data, offset + row * columns, sums, 0, columns);
    }
    return sums;
  }

  private static void addFourRows(
      double[] a, int from, double[] b, int first, double[] c, int to, int length) {
    double a0 = a[from];
    double a1 = a[from + 1];
    double a2 = a[from + 2];
    double a3 = a[from + 3];
    int second = first + length;
    int third = second + length;
    int fourth = third + length;
    for (int j = 0; j < length; j++) {
      c[to + j] +=
          a0 * b[first + j] + a1 * b[second + j] + (a2 * b[third + j] + a3 * b[fourth + j]);
    }
  }

  private static void addRow(
      double factor, double[] row, int from, double[] c, int to, int length) {
    for (int j = 0; j < length; j++) {
      c[to + j] += factor * row[from + j];
    }
  }
}
