package dev.slicenorm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.nn.Module;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;

/** Central differences of fourth order, beside the gradients of a module. */
public final class Differences {

  private static final double STEP = 3e-5;

  private Differences() {}

  /** {@return a tensor of N(0, 1)} */
  public static Tensor random(SplittableRandom random, long... shape) {
    double[] values = new double[Math.toIntExact(Tensor.zeros(DType.F64, shape).count())];
    Arrays.setAll(values, i -> random.nextGaussian());
    return Tensor.of(values, shape);
  }

  /**
   * Checks the gradients of {@code Σ output · r} with a random r, by the input and by all
   * parameters.
   *
   * @param module an F64 module in training mode
   * @param input its input
   * @param byInput whether the input has a gradient
   */
  public static void check(Module module, Tensor input, boolean byInput) {
    Tensor output = module.forward(input);
    Tensor r = random(new SplittableRandom(99), output.shape());
    module.clearGradients();
    Tensor inputGradient = module.backward(r);
    module
        .allParameters()
        .forEach((path, parameter) -> {
          double[] values = parameter.value().toDoubleArray();
          Tensor gradient = parameter.gradient().orElseThrow();
          compare(
              path,
              gradient,
              values,
              () -> {
                parameter.assign(Tensor.of(values, parameter.shape()));
                return dot(module.forward(input), r);
              });
          parameter.assign(Tensor.of(values, parameter.shape()));
        });
    if (byInput) {
      double[] values = input.toDoubleArray();
      compare(
          "input",
          inputGradient,
          values,
          () -> dot(module.forward(Tensor.of(values.clone(), input.shape())), r));
    }
  }

  private interface Loss {
    double value();
  }

  private static void compare(String what, Tensor gradient, double[] values, Loss loss) {
    double[] actual = gradient.toDoubleArray();
    double[] expected = new double[actual.length];
    for (int i = 0; i < actual.length; i++) {
      int at = i;
      double middle = values[i];
      DoubleUnaryOperator lossAt =
          value -> {
            values[at] = value;
            return loss.value();
          };
      double near = lossAt.applyAsDouble(middle + STEP) - lossAt.applyAsDouble(middle - STEP);
      double far =
          lossAt.applyAsDouble(middle + 2 * STEP) - lossAt.applyAsDouble(middle - 2 * STEP);
      expected[i] = (8 * near - far) / (12 * STEP);
      values[i] = middle;
    }
    double scale = Arrays.stream(expected).map(Math::abs).max().orElse(0) + 1e-3;
    for (int i = 0; i < actual.length; i++) {
      assertThat(Math.abs(actual[i] - expected[i]) / scale)
          .as("gradient by %s at %d: %s, differences give %s", what, i, actual[i], expected[i])
          .isLessThan(1e-7);
    }
  }

  /** {@return the sum of the products of the elements} */
  public static double dot(Tensor first, Tensor second) {
    double[] a = first.toDoubleArray();
    double[] b = second.toDoubleArray();
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
