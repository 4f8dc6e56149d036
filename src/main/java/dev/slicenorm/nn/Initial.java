package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;

/** First values of the layers' weights. */
final class Initial {

  private Initial() {}

  /**
   * {@return a tensor of U(−1/√fanIn, 1/√fanIn), what PyTorch's linear and convolution layers take}
   */
  static Tensor uniform(RandomGenerator random, long fanIn, DType dtype, long... shape) {
    double bound = 1 / Math.sqrt((double) Math.max(fanIn, 1));
    return filled(() -> random.nextDouble(-bound, bound), dtype, shape);
  }

  /** {@return a tensor of N(0, 1)} */
  static Tensor normal(RandomGenerator random, DType dtype, long... shape) {
    return filled(random::nextGaussian, dtype, shape);
  }

  private static Tensor filled(DoubleSupplier next, DType dtype, long[] shape) {
    double[] values = new double[Math.toIntExact(Tensor.zeros(dtype, shape).count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = next.getAsDouble();
    }
    return Doubles.round(values, dtype, shape);
  }
}
