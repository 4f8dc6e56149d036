package dev.slicenorm.jmh;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import java.util.Arrays;

/**
 * Refuses to time a library whose results are wrong: Slicenorm must agree with plain loops in
 * {@code double}, a peer with Slicenorm.
 */
final class Agreement {

  /** One rounding to float and a little: the contract of Slicenorm is 0.5001 ULP. */
  private static final double OURS = 1e-6;

  /**
   * Finds another formula or axis, not a lack of accuracy, which the accuracy command measures:
   * cascades of sums in float lose up to 7e-4 of the norm of 16M normal elements.
   */
  private static final double PEERS = 2e-3;

  /** One sum in float stops growing at 2^24: that loses 3 % of the norm of 16M normal elements. */
  private static final double PEERS_ON_LONG_SLICES = 5e-2;

  private static final long LONG_SLICE = 1 << 22;

  private static final double BF16_STEP = 1.0 / 128;

  private Agreement() {}

  /**
   * Calls a task once and checks what it gives.
   *
   * @param library whose task it is
   * @param task the task
   * @param inputs its inputs
   * @param expected what it must give, at a peer's accuracy or ours
   * @throws IllegalStateException if it gives anything else
   */
  static void require(Library library, Task task, Inputs inputs, double[] expected) {
    task.call(0);
    float[] results = task.results();
    if (results.length != expected.length) {
      throw disagreement(library, inputs, results.length + " results, expected " + expected.length);
    }
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    double share = library instanceof Slicenorm ? OURS : peers(inputs.item());
    double step = inputs.item().dtype() == DType.F32 ? 0 : BF16_STEP;
    for (int i = 0; i < results.length; i++) {
      if (!(Math.abs(results[i] - expected[i]) <= (share + step) * largest)) {
        throw disagreement(
            library, inputs, "result " + i + " is " + results[i] + ", expected " + expected[i]);
      }
    }
  }

  private static double peers(WorkItem item) {
    return item.elements() / item.slices() < LONG_SLICE ? PEERS : PEERS_ON_LONG_SLICES;
  }

  private static IllegalStateException disagreement(Library library, Inputs inputs, String how) {
    return new IllegalStateException(
        library.name() + " disagrees on " + inputs.item() + " and is not timed: " + how);
  }

  /** {@return the true results, by plain loops in double over copy 0} */
  static double[] expected(Inputs inputs) {
    WorkItem item = inputs.item();
    int[] sliceOf = slices(item);
    float[] v = inputs.tensor(0).toFloatArray();
    float[] dw = inputs.dw();
    double[] squares = new double[Math.toIntExact(item.slices())];
    double[] products = new double[squares.length];
    for (int i = 0; i < v.length; i++) {
      squares[sliceOf[i]] += (double) v[i] * v[i];
      if (dw.length > 0) {
        products[sliceOf[i]] += (double) v[i] * dw[i];
      }
    }
    double[] norms = Arrays.stream(squares).map(Math::sqrt).toArray();
    if (item.operation() == Operation.NORM) {
      return norms;
    }
    boolean gradient = item.operation() == Operation.BACKWARD;
    double[] results = new double[v.length + (gradient ? norms.length : 0)];
    for (int i = 0; i < v.length; i++) {
      int slice = sliceOf[i];
      double scale = inputs.g()[slice] / norms[slice];
      results[i] =
          gradient ? scale * (dw[i] - v[i] * products[slice] / squares[slice]) : scale * v[i];
    }
    for (int slice = 0; v.length + slice < results.length; slice++) {
      results[v.length + slice] = products[slice] / norms[slice];
    }
    return results;
  }

  /** For each element in row-major order, the number of its slice. */
  private static int[] slices(WorkItem item) {
    long[] shape = item.shape();
    boolean[] reduced = item.axes().reduced(shape.length);
    long[] kept = Layout.contiguous(item.axes().keptShape(shape)).strides();
    int[] sliceOf = new int[Math.toIntExact(item.elements())];
    long[] index = new long[shape.length];
    for (int i = 0; i < sliceOf.length; i++) {
      long slice = 0;
      for (int axis = 0; axis < shape.length; axis++) {
        slice += reduced[axis] ? 0 : index[axis] * kept[axis];
      }
      sliceOf[i] = (int) slice;
      for (int axis = shape.length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) {
        index[axis] = 0;
      }
    }
    return sliceOf;
  }

  static double[] widened(float[] values) {
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return wide;
  }

  static float[] joined(float[] first, float[] second) {
    float[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
