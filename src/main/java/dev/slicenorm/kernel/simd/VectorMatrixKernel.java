package dev.slicenorm.kernel.simd;

import dev.slicenorm.kernel.MatrixKernel;
import dev.slicenorm.kernel.MatrixOperand;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products on SIMD lanes, cut as in Goto and van de Geijn 2008, "Anatomy of high-performance matrix
 * multiplication", with fewer levels.
 *
 * <p>A block of c, 4 rows by 2 vectors, stays in registers while k runs: 8 sums hide the latency of
 * an addition, and with the two vectors of b and a factor they fit into 16 registers. A panel of b,
 * 2 vectors wide, is copied to lie together. That serves any layout of b, and spares large powers
 * of two, whose rows would meet in a few sets of the cache. A panel is at most 256 rows deep, to
 * stay in L1 or L2; between panels the sums rest in c, which changes neither their order nor their
 * bits. Lanes are different columns, so no sum is ever split.
 *
 * <p>At the edges the same block runs on a copy of what c has there.
 */
public final class VectorMatrixKernel extends MatrixKernel {

  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

  private static final int WIDTH = DOUBLES.length();

  private static final int BLOCK_ROWS = 4;

  private static final int PANEL_COLUMNS = 2 * WIDTH;

  private static final int PANEL_ROWS = 256;

  /** Creates a kernel of the platform's preferred width. */
  public VectorMatrixKernel() {}

  @Override
  public void addProduct(
      MatrixOperand a, MatrixOperand b, double[] c, int at, int rows, int depth, int columns) {
    // Too little work to pay for the copy of a panel, or for the lanes that an edge wastes.
    if (rows < BLOCK_ROWS || columns < BLOCK_ROWS) {
      super.addProduct(a, b, c, at, rows, depth, columns);
      return;
    }
    double[] panel = new double[Math.min(depth, PANEL_ROWS) * PANEL_COLUMNS];
    double[] edge = new double[BLOCK_ROWS * PANEL_COLUMNS];
    for (int k = 0; k < depth; k += PANEL_ROWS) {
      int deep = Math.min(PANEL_ROWS, depth - k);
      int aAt = a.at() + k * a.columnStep();
      for (int left = 0; left < columns; left += PANEL_COLUMNS) {
        int wide = Math.min(PANEL_COLUMNS, columns - left);
        copyPanel(b, k, left, deep, wide, panel);
        for (int row = 0; row < rows; row += BLOCK_ROWS) {
          int tall = Math.min(BLOCK_ROWS, rows - row);
          int from = aAt + row * a.rowStep();
          int to = at + row * columns + left;
          if (tall == BLOCK_ROWS && wide == PANEL_COLUMNS) {
            addBlock(a, from, tall, panel, deep, c, to, columns);
          } else {
            copyBlock(c, to, columns, edge, 0, PANEL_COLUMNS, tall, wide);
            addBlock(a, from, tall, panel, deep, edge, 0, PANEL_COLUMNS);
            copyBlock(edge, 0, PANEL_COLUMNS, c, to, columns, tall, wide);
          }
        }
      }
    }
  }

  /** Copies a part of b; where that is narrower than the panel, what follows is never looked at. */
  private static void copyPanel(
      MatrixOperand b, int top, int left, int deep, int wide, double[] panel) {
    int from = b.at() + top * b.rowStep() + left * b.columnStep();
    if (b.columnStep() == 1) {
      copyBlock(b.data(), from, b.rowStep(), panel, 0, PANEL_COLUMNS, deep, wide);
      return;
    }
    for (int column = 0; column < wide; column++) {
      int start = from + column * b.columnStep();
      for (int k = 0; k < deep; k++) {
        panel[k * PANEL_COLUMNS + column] = b.data()[start + k];
      }
    }
  }

  private static void copyBlock(
      double[] from, int at, int step, double[] to, int toAt, int toStep, int rows, int columns) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(from, at + row * step, to, toAt + row * toStep, columns);
    }
  }

  /**
   * Adds the product of up to four rows of a and a panel. Rows that are missing are the last one
   * again, and their sums are never looked at.
   */
  private static void addBlock(
      MatrixOperand a,
      int from,
      int tall,
      double[] panel,
      int deep,
      double[] c,
      int first,
      int step) {
    int down = a.rowStep();
    int across = a.columnStep();
    addBlock(
        a.data(),
        from,
        from + Math.min(1, tall - 1) * down,
        from + Math.min(2, tall - 1) * down,
        from + Math.min(3, tall - 1) * down,
        across,
        panel,
        deep,
        c,
        first,
        step);
  }

  private static void addBlock(
      double[] a,
      int a0,
      int a1,
      int a2,
      int a3,
      int across,
      double[] panel,
      int deep,
      double[] c,
      int first,
      int step) {
    int second = first + step;
    int third = second + step;
    int fourth = third + step;
    DoubleVector c00 = DoubleVector.fromArray(DOUBLES, c, first);
    DoubleVector c01 = DoubleVector.fromArray(DOUBLES, c, first + WIDTH);
    DoubleVector c10 = DoubleVector.fromArray(DOUBLES, c, second);
    DoubleVector c11 = DoubleVector.fromArray(DOUBLES, c, second + WIDTH);
    DoubleVector c20 = DoubleVector.fromArray(DOUBLES, c, third);
    DoubleVector c21 = DoubleVector.fromArray(DOUBLES, c, third + WIDTH);
    DoubleVector c30 = DoubleVector.fromArray(DOUBLES, c, fourth);
    DoubleVector c31 = DoubleVector.fromArray(DOUBLES, c, fourth + WIDTH);
    for (int k = 0; k < deep; k++) {
      int column = k * across;
      DoubleVector b0 = DoubleVector.fromArray(DOUBLES, panel, k * PANEL_COLUMNS);
      DoubleVector b1 = DoubleVector.fromArray(DOUBLES, panel, k * PANEL_COLUMNS + WIDTH);
      DoubleVector factor = DoubleVector.broadcast(DOUBLES, a[a0 + column]);
      c00 = c00.add(factor.mul(b0));
      c01 = c01.add(factor.mul(b1));
      factor = DoubleVector.broadcast(DOUBLES, a[a1 + column]);
      c10 = c10.add(factor.mul(b0));
      c11 = c11.add(factor.mul(b1));
      factor = DoubleVector.broadcast(DOUBLES, a[a2 + column]);
      c20 = c20.add(factor.mul(b0));
      c21 = c21.add(factor.mul(b1));
      factor = DoubleVector.broadcast(DOUBLES, a[a3 + column]);
      c30 = c30.add(factor.mul(b0));
      c31 = c31.add(factor.mul(b1));
    }
    c00.intoArray(c, first);
    c01.intoArray(c, first + WIDTH);
    c10.intoArray(c, second);
    c11.intoArray(c, second + WIDTH);
    c20.intoArray(c, third);
    c21.intoArray(c, third + WIDTH);
    c30.intoArray(c, fourth);
    c31.intoArray(c, fourth + WIDTH);
  }
}
