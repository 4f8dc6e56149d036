package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Memory;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;

/**
 * Tensors as row-major {@code double} arrays and back. Layers compute in {@code double} for every
 * element type, and round once, at the end: the same rule as for norms, and one loop per layer
 * instead of four.
 */
final class Doubles {

  private Doubles() {}

  /** {@return a copy of the elements in row-major order, widened exactly} */
  static double[] of(Tensor tensor) {
    if (tensor.isContiguous() && tensor.count() <= Integer.MAX_VALUE) {
      int from = (int) tensor.layout().offset();
      int count = (int) tensor.count();
      if (tensor.memory() instanceof Memory.Floats(float[] array)) {
        double[] wide = new double[count];
        for (int i = 0; i < count; i++) {
          wide[i] = array[from + i];
        }
        return wide;
      }
      if (tensor.memory() instanceof Memory.Doubles(double[] array)) {
        return Arrays.copyOfRange(array, from, from + count);
      }
    }
    return tensor.toDoubleArray();
  }

  /** {@return a new tensor of the values, each rounded once} */
  static Tensor round(double[] values, DType dtype, long... shape) {
    return switch (dtype) {
      case F64 -> Tensor.of(values, shape);
      case F32 -> {
        float[] narrow = new float[values.length];
        for (int i = 0; i < narrow.length; i++) {
          narrow[i] = (float) values[i];
        }
        yield Tensor.of(narrow, shape);
      }
      case F16, BF16 -> Tensor.of(values, shape).to(dtype);
    };
  }

  static Tensor sum(Tensor first, Tensor second, DType dtype) {
    double[] sum = of(first);
    double[] more = of(second);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += more[i];
    }
    return round(sum, dtype, first.shape());
  }
}
