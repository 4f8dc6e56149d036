package dev.slicenorm.kernel;

/**
 * Products of matrices of {@code double}s, in plain Java: {@code c += a · b}.
 *
 * <p><b>Order.</b> Element {@code c[i, j]} starts at its old value and adds {@code a[i, k] · b[k,
 * j]} in rising order of {@code k}; each product is rounded, then each sum. Every kernel follows
 * that, so the bits depend on neither the vector width nor the layout, and a row of {@code c} does
 * not depend on how many rows there are.
 *
 * <p>Multiplications and additions are not fused: without FMA instructions a plain loop would have
 * to put each fused operation together from several others, while the lanes lose a fifth or so
 * without fusing (256² on Zen 4: 35 to 37 GFLOP/s separate, 39 to 49 fused in a prototype).
 */
public class MatrixKernel {

  /** Creates the kernel. */
  public MatrixKernel() {}

  /**
   * Adds a product to a row-major matrix that shares no memory with the operands.
   *
   * @param a the left operand, {@code [rows, depth]}
   * @param b the right operand, {@code [depth, columns]}
   * @param c holds the matrix {@code [rows, columns]} that is added to
   * @param at where that begins
   */
  public void addProduct(
      MatrixOperand a, MatrixOperand b, double[] c, int at, int rows, int depth, int columns) {
    for (int row = 0; row < rows; row++) {
      int from = a.at() + row * a.rowStep();
      int to = at + row * columns;
      if (b.columnStep() == 1) {
        addRows(a.data(), from, a.columnStep(), b, c, to, depth, columns);
      } else {
        double[] left = a.columnStep() == 1 ? a.data() : row(a, from, depth);
        addDots(left, a.columnStep() == 1 ? from : 0, b, c, to, depth, columns);
      }
    }
  }

  private static double[] row(MatrixOperand a, int from, int depth) {
    double[] row = new double[depth];
    for (int k = 0; k < depth; k++) {
      row[k] = a.data()[from + k * a.columnStep()];
    }
    return row;
  }

  /** Adds whole rows of b, a loop that C2 turns into lanes; four, to load and store c less. */
  private static void addRows(
      double[] a, int from, int step, MatrixOperand b, double[] c, int to, int depth, int columns) {
    int at = from;
    int row = b.at();
    int k = 0;
    for (; k <= depth - 4; k += 4, at += 4 * step, row += 4 * b.rowStep()) {
      double a0 = a[at];
      double a1 = a[at + step];
      double a2 = a[at + 2 * step];
      double a3 = a[at + 3 * step];
      addFourRows(a0, a1, a2, a3, b.data(), row, b.rowStep(), c, to, columns);
    }
    for (; k < depth; k++, at += step, row += b.rowStep()) {
      addRow(a[at], b.data(), row, c, to, columns);
    }
  }

  private static void addFourRows(
      double a0,
      double a1,
      double a2,
      double a3,
      double[] b,
      int first,
      int step,
      double[] c,
      int to,
      int columns) {
    int second = first + step;
    int third = second + step;
    int fourth = third + step;
    for (int j = 0; j < columns; j++) {
      c[to + j] =
          c[to + j]
              + a0 * b[first + j]
              + a1 * b[second + j]
              + a2 * b[third + j]
              + a3 * b[fourth + j];
    }
  }

  private static void addRow(double a, double[] b, int at, double[] c, int to, int columns) {
    for (int j = 0; j < columns; j++) {
      c[to + j] += a * b[at + j];
    }
  }

  /**
   * Reads b column by column, where a column lies together. Four sums hide each other's latency:
   * 7.4 GFLOP/s, as much as adding rows; one has 2.9, and eight have 4.3, for their bounds checks.
   */
  private static void addDots(
      double[] a, int from, MatrixOperand b, double[] c, int to, int depth, int columns) {
    int j = 0;
    int at = b.at();
    for (; j <= columns - 4; j += 4, at += 4 * b.columnStep()) {
      addFourDots(a, from, b, at, c, to + j, depth);
    }
    for (; j < columns; j++, at += b.columnStep()) {
      double sum = c[to + j];
      for (int k = 0; k < depth; k++) {
        sum += a[from + k] * b.data()[at + k];
      }
      c[to + j] = sum;
    }
  }

  private static void addFourDots(
      double[] a, int from, MatrixOperand b, int at, double[] c, int to, int depth) {
    double[] data = b.data();
    int second = at + b.columnStep();
    int third = second + b.columnStep();
    int fourth = third + b.columnStep();
    double sum0 = c[to];
    double sum1 = c[to + 1];
    double sum2 = c[to + 2];
    double sum3 = c[to + 3];
    for (int k = 0; k < depth; k++) {
      double factor = a[from + k];
      sum0 += factor * data[at + k];
      sum1 += factor * data[second + k];
      sum2 += factor * data[third + k];
      sum3 += factor * data[fourth + k];
    }
    c[to] = sum0;
    c[to + 1] = sum1;
    c[to + 2] = sum2;
    c[to + 3] = sum3;
  }
}
