package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.FusedMultiplyAdd.productRest;
import static dev.slicenorm.kernel.Sums.sumError;

/**
 * Adds rows across F64 columns to their sums in plain Java. A row is copied to where its sums are
 * in their arrays: C2 finds vectors only in loops that have one index for all arrays of a type.
 */
final class PairColumns {

  private PairColumns() {}

  /** Adds one row, as {@link SliceKernel#reduceColumns} does. */
  static void extend(Term term, double[] x, int at, int columns, Sums sums, int out) {
    if (term == Term.SQUARES) {
      addProducts(x, at, x, at, columns, sums, out);
      return;
    }
    double[] row = copy(x, at, columns, sums.vectors(out + columns), out);
    switch (term) {
      case SQUARES -> throw new AssertionError("are products");
      case ABSOLUTES -> addAbsolutes(row, columns, sums.hi, sums.lo, out);
      case NONZEROS -> addNonZeros(row, columns, sums.hi, out);
      case MAXIMA -> raise(row, columns, sums.hi, out);
      case MINIMA -> lower(row, columns, sums.hi, out);
    }
  }

  /** Adds the products of a row with another, or with itself. */
  @SuppressWarnings("ReferenceEquality") // Arrays have no other.
  static void addProducts(
      double[] x, int xAt, double[] y, int yAt, int columns, Sums sums, int out) {
    double[] row = copy(x, xAt, columns, sums.vectors(out + columns), out);
    if (x == y && xAt == yAt) {
      addProducts(row, row, columns, sums.hi, sums.lo, out);
    } else {
      double[] other = copy(y, yAt, columns, sums.otherVectors(out + columns), out);
      addProducts(row, other, columns, sums.hi, sums.lo, out);
    }
  }

  private static double[] copy(double[] x, int at, int columns, double[] row, int out) {
    System.arraycopy(x, at, row, out, columns);
    return row;
  }

  private static void addProducts(
      double[] x, double[] y, int columns, double[] hi, double[] lo, int out) {
    for (int i = out; i < out + columns; i++) {
      double high = hi[i];
      double product = x[i] * y[i];
      double sum = high + product;
      double part = sum - high;
      lo[i] += (high - (sum - part)) + productRest(x[i], y[i], product, part);
      hi[i] = sum;
    }
  }

  private static void addAbsolutes(double[] x, int columns, double[] hi, double[] lo, int out) {
    for (int i = out; i < out + columns; i++) {
      double value = Math.abs(x[i]);
      double sum = hi[i] + value;
      lo[i] += sumError(hi[i], value, sum);
      hi[i] = sum;
    }
  }

  /** Adds 1 for each element but 0, which the powers of two take to 1 or more, and NaN for NaN. */
  private static void addNonZeros(double[] x, int columns, double[] hi, int out) {
    for (int i = out; i < out + columns; i++) {
      hi[i] += Math.min(Math.abs(x[i]) * 0x1p1000 * 0x1p74, 1);
    }
  }

  private static void raise(double[] x, int columns, double[] hi, int out) {
    for (int i = out; i < out + columns; i++) {
      hi[i] = Math.max(hi[i], Math.abs(x[i]));
    }
  }

  private static void lower(double[] x, int columns, double[] hi, int out) {
    for (int i = out; i < out + columns; i++) {
      hi[i] = Math.min(hi[i], Math.abs(x[i]));
    }
  }
}
