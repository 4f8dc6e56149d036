package dev.slicenorm.weightnorm;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.nn.Conv1d;
import dev.slicenorm.nn.ConvTranspose1d;
import dev.slicenorm.nn.ConvolutionSteps;
import dev.slicenorm.nn.Hook;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Module;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Differences;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Salimans and Kingma, section 3. */
class DataDependentInitTest {

  private static final SplittableRandom RANDOM = new SplittableRandom(8);

  static Stream<Arguments> layers() {
    ConvolutionSteps steps = ConvolutionSteps.PLAIN;
    return Stream.of(
        Arguments.of(
            new Linear(5, 4, true, DType.F64, RANDOM),
            Axes.except(0),
            Differences.random(RANDOM, 64, 5)),
        Arguments.of(
            new Conv1d(3, 4, 3, steps, true, DType.F64, RANDOM),
            Axes.except(0),
            Differences.random(RANDOM, 8, 3, 20)),
        Arguments.of(
            new ConvTranspose1d(3, 4, 3, steps, true, DType.F64, RANDOM),
            Axes.except(1),
            Differences.random(RANDOM, 8, 3, 20)));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void theFirstBatchHasMeanZeroAndTheDeviationAskedFor(Module layer, Axes axes, Tensor batch) {
    WeightNormHook.apply(layer, "weight", axes);
    Tensor output = DataDependentInit.initialize(layer, batch, 1.5, RANDOM);
    assertThat(output.toDoubleArray()).containsExactly(layer.forward(batch).toDoubleArray());
    for (int channel = 0; channel < 4; channel++) {
      double[] values = output.select(1, channel).toDoubleArray();
      double mean = Arrays.stream(values).average().orElseThrow();
      double variance = Arrays.stream(values).map(x -> x * x).average().orElseThrow();
      assertThat(mean).isCloseTo(0, within(1e-12));
      assertThat(variance).isCloseTo(2.25, within(1e-8));
    }
    double[] v = layer.parameter("weight_v").value().toDoubleArray();
    double deviation = Math.sqrt(Arrays.stream(v).map(x -> x * x).average().orElseThrow());
    assertThat(deviation).isBetween(0.03, 0.08);
  }

  @Test
  void aLayerWithoutOneMagnitudePerChannelIsRefused() {
    Linear layer = new Linear(5, 4, true, DType.F64, RANDOM);
    Tensor batch = Differences.random(RANDOM, 8, 5);
    assertThatThrownBy(() -> DataDependentInit.initialize(layer, batch, 1, RANDOM))
        .hasMessageContaining("weight_norm of 'weight' not found in Linear");
    WeightNormHook.apply(layer, "weight", Axes.along(0));
    assertThatThrownBy(() -> DataDependentInit.initialize(layer, batch, 1, RANDOM))
        .hasMessageContaining("weight_g of Linear has shape [1, 5]")
        .hasMessageContaining("4 output channels");
  }

  /** A square weight has as many inputs as outputs. */
  @Test
  void magnitudesAlongTheWrongAxisAreRefused() {
    ConvolutionSteps steps = ConvolutionSteps.PLAIN;
    refuse(
        new Linear(4, 4, true, DType.F64, RANDOM),
        Axes.except(1),
        Differences.random(RANDOM, 8, 4),
        "weight_g of Linear has shape [1, 4] and keeps axes [1]: expected shape [4, 1], which keeps"
            + " axis 0, one element for each of the 4 output channels");
    refuse(
        new ConvTranspose1d(4, 4, 3, steps, true, DType.F64, RANDOM),
        Axes.except(0),
        Differences.random(RANDOM, 8, 4, 5),
        "weight_g of ConvTranspose1d has shape [4, 1, 1] and keeps axes [0]: expected shape"
            + " [1, 4, 1], which keeps axis 1, one element for each of the 4 output channels");
    refuse(
        new Conv1d(2, 4, 2, steps, true, DType.F64, RANDOM),
        Axes.along(0),
        Differences.random(RANDOM, 8, 2, 5),
        "weight_g of Conv1d has shape [1, 2, 2] and keeps axes [1, 2]: expected shape [4, 1, 1],"
            + " which keeps axis 0, one element for each of the 4 output channels");
  }

  @Test
  void aBatchWithoutAVarianceIsRefused() {
    refuse(
        new Linear(5, 4, true, DType.F64, RANDOM),
        Axes.except(0),
        Differences.random(RANDOM, 1, 5),
        "batch F64[1, 5] is too small for Linear: values per output channel 1, expected at least"
            + " 2");
    refuse(
        new Linear(5, 4, true, DType.F64, RANDOM),
        Axes.except(0),
        Tensor.zeros(DType.F64, 0, 5),
        "batch F64[0, 5] is too small for Linear: values per output channel 0, expected at least"
            + " 2");
    Conv1d layer = new Conv1d(3, 4, 3, ConvolutionSteps.PLAIN, true, DType.F64, RANDOM);
    refuse(
        layer,
        Axes.except(0),
        Differences.random(RANDOM, 1, 3, 3),
        "batch F64[1, 3, 3] is too small for Conv1d: values per output channel 1, expected at least"
            + " 2");
    Tensor output =
        DataDependentInit.initialize(layer, Differences.random(RANDOM, 1, 3, 4), 1, RANDOM);
    assertThat(output.describe()).as("two positions of one signal do").isEqualTo("F64[1, 4, 2]");
  }

  @Test
  void anOutputWithItsChannelsElsewhereIsRefused() {
    Module layer =
        new Module() {
          {
            addParameter("weight", Differences.random(RANDOM, 3, 3));
            addParameter("bias", Tensor.zeros(DType.F64, 3));
          }

          @Override
          protected Tensor compute(Tensor input) {
            return Tensor.zeros(DType.F64, 3, 7);
          }
        };
    refuse(
        layer,
        Axes.except(0),
        Differences.random(RANDOM, 7, 3),
        "output of Module is F64[3, 7]: expected its 3 channels on axis 1");
  }

  /** The three passes are before anything changes, with g = 1, and after all. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aHookThatThrowsLeavesTheLayerAsItWas(int failingPass) {
    Linear layer = new Linear(3, 2, true, DType.F64, RANDOM);
    WeightNormHook.apply(layer, "weight", Axes.except(0));
    Map<String, Tensor> before = layer.state();
    AtomicInteger passes = new AtomicInteger();
    layer.register(
        "failing",
        Hook.afterForward(module -> {
          if (passes.incrementAndGet() == failingPass) {
            throw new UnsupportedOperationException("by the hook");
          }
        }));
    Tensor batch = Differences.random(RANDOM, 8, 3);
    assertThatThrownBy(() -> DataDependentInit.initialize(layer, batch, 1, RANDOM))
        .hasMessage("by the hook");
    requireState(layer, before);
    DataDependentInit.initialize(layer, batch, 1, RANDOM);
    assertThat(layer.parameter("weight_v").value().toDoubleArray())
        .isNotEqualTo(requireNonNull(before.get("weight_v")).toDoubleArray());
  }

  @Test
  void aBatchWithoutAFiniteOutputIsRefused() {
    Linear layer = new Linear(3, 2, true, DType.F64, RANDOM);
    WeightNormHook.apply(layer, "weight", Axes.except(0));
    Map<String, Tensor> before = layer.state();
    Tensor batch = Differences.random(RANDOM, 8, 3);
    batch.set(Double.NaN, 2, 1);
    assertThatThrownBy(() -> DataDependentInit.initialize(layer, batch, 1, RANDOM))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "output channel 0 of Linear has mean NaN and variance NaN: expected a batch for which"
                + " they are finite");
    requireState(layer, before);
  }

  private static void requireState(Module layer, Map<String, Tensor> expected) {
    layer
        .state()
        .forEach((name, value) ->
            assertThat(value.toDoubleArray())
                .as(name)
                .containsExactly(requireNonNull(expected.get(name)).toDoubleArray()));
  }

  private static void refuse(Module layer, Axes axes, Tensor batch, String message) {
    WeightNormHook.apply(layer, "weight", axes);
    double[] v = layer.parameter("weight_v").value().toDoubleArray();
    assertThatThrownBy(() -> DataDependentInit.initialize(layer, batch, 1, RANDOM))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThat(layer.parameter("weight_v").value().toDoubleArray()).containsExactly(v);
  }

  /** A magnitude of 1e5 for a channel that does not vary, or as large a scale, is beyond F16. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 60_000})
  void whatTheElementTypeDoesNotReachIsRefused(double scale) {
    Linear layer = new Linear(2, 2, true, DType.F16, new Random(3));
    WeightNormHook.apply(layer, "weight", Axes.except(0));
    Map<String, Tensor> before = layer.state();
    float[] inputs = scale == 1 ? new float[] {1, 2, 1, 2} : new float[] {1, 2, -3, 4, 2, -2};
    Tensor batch = Tensor.of(inputs, inputs.length / 2, 2).to(DType.F16);
    assertThatThrownBy(() -> DataDependentInit.initialize(layer, batch, scale, new Random(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("(magnitude|bias|output) of Linear would have an element .*Infinity.*");
    requireState(layer, before);
  }
}
