package dev.slicenorm.testing;

import dev.slicenorm.kernel.Kernels;
import dev.slicenorm.kernel.MatrixKernel;
import dev.slicenorm.kernel.MatrixOperand;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Products of small matrices by a kernel, and by the definition of their order: three plain loops.
 *
 * <p>Also a program that compares all of them and prints how many there were and on how many bits,
 * so that a test can run it under other JVM options.
 */
public final class MatrixProducts {

  /** Elements around each matrix, which a kernel must leave alone. */
  private static final int MARGIN = 3;

  private final SplittableRandom random;
  private final MatrixKernel kernel;

  /** Creates products of random matrices that a kernel computes. */
  public MatrixProducts(MatrixKernel kernel, long seed) {
    this.kernel = kernel;
    this.random = new SplittableRandom(seed);
  }

  /** Compares, and ends with an exception at the first difference. */
  public static void main(String[] arguments) {
    int lanes = Math.max(2, Kernels.vectorBits() / Double.SIZE);
    int count = new MatrixProducts(Kernels.matrices(), 1).checkUpTo(3 * lanes + 1);
    System.out.println(count + " products on vectors of " + Kernels.vectorBits() + " bits");
  }

  /** {@return how many products, of all sizes up to one and in all layouts, had the right bits} */
  public int checkUpTo(int size) {
    int count = 0;
    for (int rows = 0; rows <= size; rows++) {
      for (int depth = 0; depth <= size; depth++) {
        for (int columns = 0; columns <= size; columns++) {
          for (int layout = 0; layout < 4; layout++, count++) {
            check(rows, depth, columns, (layout & 1) != 0, (layout & 2) != 0);
          }
        }
      }
    }
    return count;
  }

  /**
   * Checks one product of random matrices.
   *
   * @param leftTransposed whether the columns of the left operand lie together
   * @param rightTransposed whether the columns of the right operand lie together
   */
  public void check(
      int rows, int depth, int columns, boolean leftTransposed, boolean rightTransposed) {
    MatrixOperand a = operand(rows, depth, leftTransposed);
    MatrixOperand b = operand(depth, columns, rightTransposed);
    double[] actual = values(rows * columns + 2 * MARGIN);
    double[] expected = actual.clone();
    addByDefinition(a, b, expected, rows, depth, columns);
    kernel.addProduct(a, b, actual, MARGIN, rows, depth, columns);
    int difference = Arrays.mismatch(actual, expected);
    if (difference >= 0) {
      throw new AssertionError(
          "[%d, %d] · [%d, %d], transposed %s and %s, position %d: %s, expected %s"
              .formatted(
                  rows,
                  depth,
                  depth,
                  columns,
                  leftTransposed,
                  rightTransposed,
                  difference,
                  actual[difference],
                  expected[difference]));
    }
  }

  private static void addByDefinition(
      MatrixOperand a, MatrixOperand b, double[] c, int rows, int depth, int columns) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        for (int k = 0; k < depth; k++) {
          double left = a.data()[a.at() + i * a.rowStep() + k * a.columnStep()];
          double right = b.data()[b.at() + k * b.rowStep() + j * b.columnStep()];
          c[MARGIN + i * columns + j] += left * right;
        }
      }
    }
  }

  /** Now and then with a gap between rows, and up to the very end of its array. */
  private MatrixOperand operand(int rows, int columns, boolean transposed) {
    int gap = random.nextInt(3);
    int outer = transposed ? columns : rows;
    int inner = transposed ? rows : columns;
    int at = random.nextInt(3);
    double[] data = values(at + Math.max(0, outer * (inner + gap) - gap));
    return transposed
        ? new MatrixOperand(data, at, 1, inner + gap)
        : new MatrixOperand(data, at, inner + gap, 1);
  }

  /** Of such different sizes that another order would show; rarely an infinity or a NaN. */
  private double[] values(int count) {
    double[] values = new double[count];
    double special = random.nextInt(8) == 0 ? Double.POSITIVE_INFINITY : 0;
    for (int i = 0; i < count; i++) {
      boolean isSpecial = random.nextInt(32) == 0;
      values[i] =
          isSpecial ? special : Math.scalb(random.nextDouble() - 0.5, random.nextInt(-20, 20));
    }
    return values;
  }
}
