package dev.slicenorm.nn;

import dev.slicenorm.kernel.Kernels;
import dev.slicenorm.kernel.MatrixOperand;
import java.util.Objects;

/**
 * A row-major matrix in a part of an array, and the products that the layers need. The kernel reads
 * an operand in either direction, so none is ever transposed in memory.
 */
final class Matrix {

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

  /** Adds {@code a · b} to this matrix. */
  void addProduct(Matrix a, Matrix b) {
    requireSizes(a.rows, a.columns, b.rows, b.columns);
    add(a.asItLies(), b.asItLies(), a.columns);
  }

  /** Adds {@code a · bᵀ} to this matrix. */
  void addProductWithTransposed(Matrix a, Matrix b) {
    requireSizes(a.rows, a.columns, b.columns, b.rows);
    add(a.asItLies(), b.transposed(), a.columns);
  }

  /** Adds {@code aᵀ · b} to this matrix. */
  void addProductOfTransposed(Matrix a, Matrix b) {
    requireSizes(a.columns, a.rows, b.rows, b.columns);
    add(a.transposed(), b.asItLies(), a.rows);
  }

  private void add(MatrixOperand a, MatrixOperand b, int depth) {
    Kernels.matrices().addProduct(a, b, data, offset, rows, depth, columns);
  }

  private MatrixOperand asItLies() {
    return new MatrixOperand(data, offset, columns, 1);
  }

  private MatrixOperand transposed() {
    return new MatrixOperand(data, offset, 1, columns);
  }

  private void requireSizes(int aRows, int aColumns, int bRows, int bColumns) {
    if (aColumns != bRows || aRows != rows || bColumns != columns) {
      throw new IllegalArgumentException(
          "[%d, %d] += [%d, %d] · [%d, %d]: expected sizes that agree"
              .formatted(rows, columns, aRows, aColumns, bRows, bColumns));
    }
  }

  /** Adds a vector to each row. */
  void addToRows(double[] vector) {
    for (int row = 0; row < rows; row++) {
      addRow(vector, 0, data, offset + row * columns, columns);
    }
  }

  /** {@return the sum of each column} */
  double[] columnSums() {
    double[] sums = new double[columns];
    for (int row = 0; row < rows; row++) {
      addRow(data, offset + row * columns, sums, 0, columns);
    }
    return sums;
  }

  private static void addRow(double[] row, int from, double[] c, int to, int length) {
    for (int j = 0; j < length; j++) {
      c[to + j] += row[from + j];
    }
  }
}
