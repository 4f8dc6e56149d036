package dev.slicenorm.plan;

import dev.slicenorm.kernel.ReductionOrder;
import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Term;

/**
 * F32 rows from array to array, by the kernels that a walk calls, and so with its bits. Rows of a
 * few hundred elements take less time than the tensors, the plan and the walk around each would.
 */
public final class UnitRows {

  /** The longest row, of one block. */
  public static final int MOST = ReductionOrder.BLOCK;

  private UnitRows() {}

  /**
   * Scales a row to length 1; one of length 0 stays zero.
   *
   * @param x the row, of at most {@link #MOST} elements
   * @param unit receives the result, as long as the row; may be the row itself
   * @return the length before
   */
  public static float normalize(float[] x, float[] unit) {
    Walk<float[]> walk = Precision.SINGLE.lend();
    float length = normalize(walk, x, unit);
    Precision.SINGLE.giveBack(walk);
    return length;
  }

  /**
   * Scales rows to length 1; those of length 0 stay zero.
   *
   * @param x the rows, of at most {@link #MOST} elements each
   * @param units receive the results, each as long as its row; may be the rows themselves
   * @param lengths receives the lengths before
   */
  public static void normalize(float[][] x, float[][] units, float[] lengths) {
    Walk<float[]> walk = Precision.SINGLE.lend();
    for (int row = 0; row < x.length; row++) {
      lengths[row] = normalize(walk, x[row], units[row]);
    }
    Precision.SINGLE.giveBack(walk);
  }

  private static float normalize(Walk<float[]> walk, float[] x, float[] unit) {
    SliceKernel<float[]> kernel = Precision.SINGLE.kernel();
    kernel.reduceRows(Term.SQUARES, x, 0, 0, 1, x.length, walk.sums, 0);
    double length = Math.sqrt(walk.sums.hi[0]);
    // Squares of floats neither overflow in double nor vanish, so neither does the quotient.
    kernel.scaleRow(x, 0, unit, 0, x.length, 1, length == 0 ? 0 : 1 / length);
    return (float) length;
  }
}
