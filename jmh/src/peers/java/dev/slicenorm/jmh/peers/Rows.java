package dev.slicenorm.jmh.peers;

import dev.slicenorm.jmh.Inputs;
import dev.slicenorm.jmh.Operation;
import dev.slicenorm.jmh.Task;
import dev.slicenorm.jmh.WorkItem;
import dev.slicenorm.tensor.DType;

/** Norms by a library that has only the norm or the dot product of one row: a loop over slices. */
abstract class Rows implements Task {

  private final float[] norms;
  private final int length;
  private final int mask;

  /** Takes the shape from the item. */
  Rows(Inputs inputs) {
    norms = new float[Math.toIntExact(inputs.item().slices())];
    length = Math.toIntExact(inputs.item().elements() / norms.length);
    mask = inputs.turnMask();
  }

  /** {@return whether each slice is one run of F32 memory, or one row with a step} */
  static boolean fit(WorkItem item) {
    return item.operation() == Operation.NORM
        && item.dtype() == DType.F32
        && (item.slicesAreRuns() || item.shape().length == 1);
  }

  /** {@return whether the item is one row without a step} */
  static boolean isOneRun(WorkItem item) {
    return fit(item) && item.slices() == 1 && item.slicesAreRuns();
  }

  /**
   * {@return the norm of one slice}
   *
   * @param copy which version of the input
   * @param start where the slice begins
   * @param length its elements
   */
  abstract float norm(int copy, int start, int length);

  @Override
  public double call(int turn) {
    for (int slice = 0; slice < norms.length; slice++) {
      norms[slice] = norm(turn & mask, slice * length, length);
    }
    return norms[0];
  }

  @Override
  public float[] results() {
    return norms;
  }
}
