package dev.slicenorm.jmh;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Memory;
import dev.slicenorm.tensor.Tensor;
import java.util.SplittableRandom;

/**
 * The inputs of one work item: normal data, the same for every library.
 *
 * @param item the item
 * @param v the memory of the input, in {@link #COPIES} different versions if it is short
 * @param g one magnitude per slice
 * @param dw the gradient with respect to the result, of as many elements as the input
 */
public record Inputs(WorkItem item, float[][] v, float[] g, float[] dw) {

  /** A power of two. Four inputs of 4096 floats still lie in the level-1 cache beside others. */
  private static final int COPIES = 4;

  private static final int SHORT = 4096;

  /**
   * {@return inputs drawn from a seed}
   *
   * @param item the item
   * @param seed the seed
   */
  public static Inputs of(WorkItem item, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] v = new float[item.elements() <= SHORT ? COPIES : 1][];
    for (int copy = 0; copy < v.length; copy++) {
      v[copy] = rounded(item.dtype(), normal(random, item.memoryElements()));
    }
    boolean weight = item.operation() != Operation.NORM;
    float[] g = normal(random, weight ? Math.toIntExact(item.slices()) : 0);
    boolean gradient = item.operation() == Operation.BACKWARD;
    float[] dw = normal(random, gradient ? item.memoryElements() : 0);
    return new Inputs(item, v, g, dw);
  }

  private static float[] normal(SplittableRandom random, int count) {
    float[] data = new float[count];
    for (int i = 0; i < count; i++) {
      data[i] = (float) random.nextGaussian();
    }
    return data;
  }

  private static float[] rounded(DType dtype, float[] data) {
    return dtype == DType.F32
        ? data
        : Tensor.of(data, data.length).to(dtype).to(DType.F32).toFloatArray();
  }

  /** {@return what to mask a turn with to get the number of a copy of v} */
  public int turnMask() {
    return v.length - 1;
  }

  /**
   * {@return the input as a tensor of the item's element type and view}
   *
   * @param copy which version of v
   */
  public Tensor tensor(int copy) {
    float[] data = v[copy];
    if (item.view() == WorkItem.View.TRANSPOSED) {
      long[] shape = item.shape();
      return Tensor.of(data, shape[1], shape[0]).transpose();
    } else if (item.view() != WorkItem.View.PLAIN) {
      return Tensor.of(data, data.length).slice(0, 0, data.length, item.view().step());
    } else if (item.dtype() == DType.F32) {
      return Tensor.of(data, item.shape());
    }
    Memory bits = Tensor.of(data, data.length).to(item.dtype()).memory();
    return Tensor.of(item.dtype(), ((Memory.Halves) bits).array(), item.shape());
  }
}
