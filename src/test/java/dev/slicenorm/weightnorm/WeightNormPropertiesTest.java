package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Parameter;
import dev.slicenorm.nn.Sgd;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Differences;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must hold of training under weight norm, whatever the numbers (the paper's section 2.1). */
class WeightNormPropertiesTest {

  private static final int OUTPUTS = 4;
  private static final int INPUTS = 6;

  private final SplittableRandom random = new SplittableRandom(17);
  private final Linear layer = new Linear(INPUTS, OUTPUTS, true, DType.F64, random);
  private final Tensor input = Differences.random(random, 5, INPUTS);
  private final Tensor outputGradient = Differences.random(random, 5, OUTPUTS);

  private void apply() {
    WeightNormHook.apply(layer, "weight", Axes.except(0));
    layer.parameter("weight_g").assign(Differences.random(random, OUTPUTS, 1));
  }

  private Parameter g() {
    return layer.parameter("weight_g");
  }

  private Parameter v() {
    return layer.parameter("weight_v");
  }

  private Tensor gradientByV() {
    layer.clearGradients();
    layer.forward(input);
    layer.backward(outputGradient);
    return v().gradient().orElseThrow();
  }

  private static double square(Tensor rows, int row) {
    return Differences.dot(rows.select(0, row), rows.select(0, row));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 1, 100})
  void theGradientIsOrthogonalAndAStepGrowsVByPythagoras(double rate) {
    apply();
    Tensor gradient = gradientByV();
    Tensor before = v().value().copy();
    new Sgd(layer.parameters().values(), rate).step();
    for (int row = 0; row < OUTPUTS; row++) {
      double length = Math.sqrt(square(gradient, row) * square(before, row));
      assertThat(Differences.dot(gradient.select(0, row), before.select(0, row)))
          .isCloseTo(0, within(1e-14 * length));
      double expected = square(before, row) + rate * rate * square(gradient, row);
      assertThat(square(v().value(), row)).isCloseTo(expected, within(1e-13 * expected));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 0.9})
  void vNeverShrinksUnderGradientDescent(double momentum) {
    apply();
    Sgd sgd = new Sgd(layer.parameters().values(), 0.05, momentum, 0);
    for (int step = 0; step < 200; step++) {
      Tensor before = v().value().copy();
      gradientByV();
      sgd.step();
      for (int row = 0; row < OUTPUTS; row++) {
        assertThat(square(v().value(), row))
            .isGreaterThanOrEqualTo(square(before, row) * (1 - 1e-14));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {3, 1e-3, -1, -250})
  void scalingVChangesNothingButItsGradient(double factor) {
    apply();
    double[] weight = layer.weight("weight").toDoubleArray();
    double[] gradient = gradientByV().toDoubleArray();
    scale(v(), value -> value * factor);
    double[] scaledWeight = layer.weight("weight").toDoubleArray();
    double sign = Math.signum(factor);
    for (int i = 0; i < weight.length; i++) {
      assertThat(scaledWeight[i]).isCloseTo(sign * weight[i], within(1e-14));
    }
    if (factor > 0) {
      double[] scaledGradient = gradientByV().toDoubleArray();
      for (int i = 0; i < gradient.length; i++) {
        assertThat(scaledGradient[i] * factor).isCloseTo(gradient[i], within(1e-12));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void theWeightHasTheLengthOfG(int axis) {
    WeightNormHook.apply(layer, "weight", Axes.except(axis));
    g().assign(Differences.random(random, g().shape()));
    double[] lengths = g().value().toDoubleArray();
    assertThat(Arrays.stream(lengths).min().orElseThrow()).isNegative();
    Tensor weight = layer.weight("weight");
    for (int slice = 0; slice < lengths.length; slice++) {
      Tensor values = weight.select(axis, slice);
      assertThat(Math.sqrt(Differences.dot(values, values)))
          .isCloseTo(Math.abs(lengths[slice]), within(1e-14));
    }
  }

  private static void scale(Parameter parameter, DoubleUnaryOperator change) {
    double[] values = parameter.value().toDoubleArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = change.applyAsDouble(values[i]);
    }
    parameter.assign(Tensor.of(values, parameter.shape()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"F64", "F32", "F16", "BF16"})
  void applyThenRemoveKeepsTheWeightToRounding(String name) {
    DType dtype = DType.valueOf(name);
    double ulp =
        switch (dtype) {
          case F64 -> 0x1p-52;
          case F32 -> 0x1p-23;
          case F16 -> 0x1p-10;
          case BF16 -> 0x1p-7;
        };
    for (Axes axes : new Axes[] {Axes.except(0), Axes.along(0), Axes.whole()}) {
      Module module = new Linear(INPUTS, OUTPUTS, true, dtype, random);
      double[] before = module.weight("weight").toDoubleArray();
      WeightNormHook.apply(module, "weight", axes);
      WeightNormHook.remove(module, "weight");
      double[] after = module.weight("weight").toDoubleArray();
      for (int i = 0; i < before.length; i++) {
        assertThat(after[i]).isCloseTo(before[i], within(2 * ulp * Math.abs(before[i])));
      }
    }
  }
}
