package dev.slicenorm.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Values, versions, gradients and locks. */
class ParameterTest {

  @ParameterizedTest
  @EnumSource
  void everyChangeRaisesTheVersion(DType dtype) {
    Parameter parameter = Parameter.of(Tensor.zeros(dtype, 2));
    parameter.update(value -> value.fill(3));
    assertThat(parameter.version()).isEqualTo(1);
    parameter.assign(Tensor.of(new double[] {1, 2}, 2));
    assertThat(parameter.version()).isEqualTo(2);
    parameter.markDirty();
    assertThat(parameter.version()).isEqualTo(3);
    assertThat(parameter.value().toDoubleArray()).containsExactly(1, 2);
    assertThatThrownBy(() ->
            parameter.update(value -> {
              value.set(9, 0);
              throw new UnsupportedOperationException("half-way");
            }))
        .hasMessage("half-way");
    assertThat(parameter.version()).as("something was written").isEqualTo(4);
  }

  @Test
  void theValueCannotBeWrittenPastTheVersion() {
    float[] memory = {1, 2};
    Parameter parameter = Parameter.of(Tensor.of(memory, 2));
    assertThatThrownBy(() -> parameter.value().fill(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("read-only");
    parameter.update(value -> value.fill(7));
    assertThat(memory).as("the caller's array is the memory").containsExactly(7, 7);
  }

  @Test
  void wrongShapesAreRefused() {
    Parameter parameter = Parameter.of(Tensor.zeros(DType.F32, 2, 3));
    assertThatThrownBy(() -> parameter.assign(Tensor.zeros(DType.F32, 3, 2)))
        .hasMessage("value has shape [3, 2], expected [2, 3] of the parameter");
    assertThatThrownBy(() -> parameter.accumulateGradient(Tensor.zeros(DType.F32, 6)))
        .hasMessage("gradient has shape [6], expected [2, 3] of the parameter");
    assertThat(parameter.version()).isZero();
    assertThat(parameter.gradient()).isEmpty();
  }

  @Test
  void gradientsAddUp() {
    Parameter parameter = Parameter.of(Tensor.zeros(DType.F32, 2));
    Tensor one = Tensor.of(new double[] {1, 2}, 2);
    parameter.accumulateGradient(one);
    Tensor before = parameter.gradient().orElseThrow();
    parameter.accumulateGradient(one);
    assertThat(parameter.gradient().orElseThrow().toDoubleArray()).containsExactly(2, 4);
    assertThat(before.toDoubleArray()).containsExactly(1, 2);
    parameter.clearGradient();
    assertThat(parameter.gradient()).isEmpty();
  }

  @Test
  void updatingWhileReadingIsAnErrorInsteadOfADeadlock() {
    Parameter first = Parameter.of(Tensor.zeros(DType.F32, 1));
    Parameter second = Parameter.of(Tensor.zeros(DType.F32, 1));
    assertThatThrownBy(() ->
            Parameter.read(
                List.of(first, second),
                () -> {
                  second.markDirty();
                  return 0;
                }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is being read by this thread");
    second.markDirty();
    assertThat(second.version()).isEqualTo(1);
  }

  @Test
  void whatCannotBeWrittenIsNoParameter() {
    assertThatThrownBy(() -> Parameter.of(Tensor.zeros(DType.F32, 1).expand(3)))
        .isInstanceOf(IllegalStateException.class);
  }
}
