package dev.slicenorm.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.norm.Norm;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Steps, beside the formulas worked by hand. */
class OptimizerTest {

  private final Parameter parameter = Parameter.of(Tensor.of(new double[] {1, -2}, 2));

  private void step(Optimizer optimizer, double... gradient) {
    parameter.clearGradient();
    parameter.accumulateGradient(Tensor.of(gradient, 2));
    optimizer.step();
  }

  @Test
  void sgdWithMomentumAndDecay() {
    Sgd sgd = new Sgd(List.of(parameter, parameter), 0.1, 0.9, 0.5);
    step(sgd, 1, 1);
    // d = 1 + 0.5·1 = 1.5 and 1 − 0.5·2 = 0; m = d
    assertThat(parameter.value().toDoubleArray()).containsExactly(0.85, -2.0);
    step(sgd, 0, 0);
    // d = 0.425, −1; m = 0.9·1.5 + 0.425 = 1.775, −1
    assertThat(parameter.value().toDoubleArray())
        .containsExactly(new double[] {0.6725, -1.9}, within(1e-15));
    assertThat(parameter.version()).as("a step is at least one change").isGreaterThanOrEqualTo(2);
  }

  @Test
  void adam() {
    Adam adam = new Adam(List.of(parameter), 0.1);
    step(adam, 4, -0.01);
    // Bias correction makes the first step rate · sign, to epsilon.
    assertThat(parameter.value().toDoubleArray())
        .containsExactly(new double[] {0.9, -1.9}, within(1e-6));
    step(adam, 2, 0);
    double first = (0.1 * 4 * 0.9 + 0.1 * 2) / (1 - 0.81);
    double second = (0.001 * 16 * 0.999 + 0.001 * 4) / (1 - 0.999 * 0.999);
    assertThat(parameter.value().get(0))
        .isCloseTo(
            1 - 0.1 * 4 / (4 + 1e-8) - 0.1 * first / (Math.sqrt(second) + 1e-8), within(1e-12));
  }

  @Test
  void withoutAGradientNothingMoves() {
    new Sgd(List.of(parameter), 1, 0, 0.5).step();
    assertThat(parameter.version()).isZero();
  }

  @Test
  void gradientsAreClippedTogether() {
    Parameter other = Parameter.of(Tensor.zeros(DType.F32, 1));
    Parameter idle = Parameter.of(Tensor.zeros(DType.F32, 1));
    Sgd sgd = new Sgd(List.of(parameter, other, idle, parameter), 1);
    parameter.accumulateGradient(Tensor.of(new double[] {3, -4}, 2));
    other.accumulateGradient(Tensor.of(new float[] {12}, 1));
    Tensor held = parameter.gradient().orElseThrow();

    assertThat(sgd.clipGradients(100)).isEqualTo(13);
    assertThat(gradient(parameter)).containsExactly(3, -4);
    assertThat(sgd.clipGradients(Norm.MAX, 6)).isEqualTo(12);
    double factor = 6 / (12 + 1e-6);
    assertThat(gradient(parameter)).containsExactly(3 * factor, -4 * factor);
    assertThat(gradient(other)).containsExactly((float) (12 * factor));
    assertThat(held.toDoubleArray()).as("read before").containsExactly(3, -4);
    assertThat(idle.gradient()).isEmpty();
    assertThat(parameter.version()).as("the value is the same").isZero();
    sgd.step();
    assertThat(parameter.value().toDoubleArray()).containsExactly(1 - 3 * factor, -2 + 4 * factor);

    sgd.clearGradients();
    assertThat(sgd.clipGradients(1)).isZero();
    assertThatThrownBy(() -> sgd.clipGradients(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("most -1.0: expected a norm of 0 or more");
  }

  private static double[] gradient(Parameter parameter) {
    return parameter.gradient().orElseThrow().toDoubleArray();
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> new Sgd(List.of(), Double.NaN)).hasMessageContaining("rate NaN");
    assertThatThrownBy(() -> new Sgd(List.of(), 1, 1, 0)).hasMessageContaining("momentum 1.0");
    assertThatThrownBy(() -> new Adam(List.of(), 1, 0.9, 1, 0, 0)).hasMessageContaining("beta2");
  }
}
