package dev.slicenorm.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
  void settingsAreChecked() {
    assertThatThrownBy(() -> new Sgd(List.of(), Double.NaN)).hasMessageContaining("rate NaN");
    assertThatThrownBy(() -> new Sgd(List.of(), 1, 1, 0)).hasMessageContaining("momentum 1.0");
    assertThatThrownBy(() -> new Adam(List.of(), 1, 0.9, 1, 0, 0)).hasMessageContaining("beta2");
  }
}
