package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.nn.Conv1d;
import dev.slicenorm.nn.ConvolutionSteps;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.LoadReport;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Differences;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every form of a checkpoint loads into every form of a module. */
class StateFormTest {

  private static final Tensor INPUT = Differences.random(new SplittableRandom(4), 2, 4, 7);

  private static Sequential plain(long seed) {
    return new Sequential()
        .add(
            "encoder",
            new Sequential()
                .add(
                    "conv1",
                    new Conv1d(
                        4,
                        6,
                        3,
                        ConvolutionSteps.PLAIN,
                        true,
                        DType.F64,
                        new SplittableRandom(seed))));
  }

  private static Sequential normed(long seed, Axes axes) {
    Sequential net = plain(seed);
    WeightNormHook.applyAll(net, path -> path.endsWith("weight"), WeightNorm.of(axes));
    SplittableRandom random = new SplittableRandom(seed);
    net.allParameters()
        .forEach((path, parameter) -> {
          if (path.endsWith("_g")) {
            parameter.assign(Differences.random(random, parameter.shape()));
          }
        });
    return net;
  }

  static Stream<Arguments> formsAndAxes() {
    return Stream.of(StateForm.values())
        .flatMap(form ->
            Stream.of(Axes.except(0), Axes.along(0), Axes.except(2), Axes.whole())
                .map(axes -> Arguments.of(form, axes)));
  }

  @ParameterizedTest
  @MethodSource("formsAndAxes")
  void anyFormLoadsIntoAnyModule(StateForm form, Axes axes) {
    Sequential source = normed(1, axes);
    double[] output = source.forward(INPUT).toDoubleArray();
    Map<String, Tensor> state = form.save(source);
    assertThat(state.keySet())
        .containsExactly(
            switch (form) {
              case PLAIN -> new String[] {"encoder.conv1.weight", "encoder.conv1.bias"};
              case MAGNITUDE_DIRECTION ->
                  new String[] {
                    "encoder.conv1.weight_g", "encoder.conv1.weight_v", "encoder.conv1.bias"
                  };
              case PARAMETRIZATION ->
                  new String[] {
                    "encoder.conv1.parametrizations.weight.original0",
                    "encoder.conv1.parametrizations.weight.original1",
                    "encoder.conv1.bias"
                  };
            });
    for (Sequential target : new Sequential[] {plain(2), normed(3, axes)}) {
      StateForm.load(target, state);
      assertThat(target.forward(INPUT).toDoubleArray()).containsExactly(output, within(1e-13));
    }
  }

  @Test
  void aMagnitudeOfRankZeroIsThatOfTheWhole() {
    Sequential source = normed(1, Axes.whole());
    Map<String, Tensor> state = new LinkedHashMap<>(StateForm.MAGNITUDE_DIRECTION.save(source));
    state.computeIfPresent("encoder.conv1.weight_g", (name, g) -> g.reshape());
    double[] output = source.forward(INPUT).toDoubleArray();
    for (Sequential target : new Sequential[] {plain(2), normed(3, Axes.whole())}) {
      StateForm.load(target, state);
      assertThat(target.forward(INPUT).toDoubleArray()).containsExactly(output, within(1e-13));
    }
  }

  @Test
  void aWrongMagnitudeIsRefusedBeforeAnythingChanges() {
    for (Sequential target : new Sequential[] {plain(2), normed(3, Axes.except(0))}) {
      Map<String, Tensor> state =
          new LinkedHashMap<>(StateForm.PARAMETRIZATION.save(normed(1, Axes.except(0))));
      state.put("encoder.conv1.parametrizations.weight.original0", Tensor.zeros(DType.F64, 6));
      double[] before = target.forward(INPUT).toDoubleArray();
      assertThatThrownBy(() -> StateForm.load(target, state))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("encoder.conv1.weight_g has shape [6], expected [6, ");
      assertThat(target.forward(INPUT).toDoubleArray()).containsExactly(before);
    }
  }

  @Test
  void twoFormsOfOneWeightAreRefused() {
    Sequential source = normed(1, Axes.except(0));
    Map<String, Tensor> state = new LinkedHashMap<>(StateForm.PARAMETRIZATION.save(source));
    state.putAll(StateForm.MAGNITUDE_DIRECTION.save(source));
    assertThatThrownBy(() -> StateForm.load(plain(2), state))
        .hasMessageContaining("encoder.conv1.weight_g under two names");
    Map<String, Tensor> mixed = new LinkedHashMap<>(StateForm.PLAIN.save(source));
    mixed.putAll(StateForm.MAGNITUDE_DIRECTION.save(source));
    assertThatThrownBy(() -> StateForm.load(source, mixed))
        .hasMessageContaining("both encoder.conv1.weight and encoder.conv1.weight_g");
    assertThatThrownBy(() -> StateForm.load(plain(2), mixed))
        .hasMessageContaining("both encoder.conv1.weight and encoder.conv1.weight_g");
  }

  @Test
  void lenientLoadingReports() {
    Map<String, Tensor> state =
        new LinkedHashMap<>(StateForm.PARAMETRIZATION.save(normed(1, Axes.except(0))));
    state.remove("encoder.conv1.bias");
    state.put("decoder.weight", Tensor.zeros(DType.F64, 1));
    assertThatThrownBy(() -> StateForm.load(plain(2), state))
        .hasMessageContaining("missing [encoder.conv1.bias], unexpected [decoder.weight]");
    LoadReport report = StateForm.loadLeniently(plain(2), state);
    assertThat(report.missing()).containsExactly("encoder.conv1.bias");
    assertThat(report.unexpected()).containsExactly("decoder.weight");
  }

  /** Folded in F32 and then rounded to F16, two of sixty thousand elements went the other way. */
  @Test
  void foldedWeightsAreRoundedOnce() {
    SplittableRandom random = new SplittableRandom(5);
    Linear layer = new Linear(100, 400, false, DType.F16, random);
    Tensor v = Differences.random(random, 400, 100).to(DType.F32);
    Tensor g = Differences.random(random, 400, 1).to(DType.F32);
    Tensor once = Tensor.zeros(DType.F16, 400, 100);
    WeightNorm.of(Axes.except(0)).compose(v, g, once);
    StateForm.load(layer, Map.of("weight_v", v, "weight_g", g));
    assertThat(layer.weight("weight").toDoubleArray()).containsExactly(once.toDoubleArray());
  }

  @Test
  void weightsThatOverflowTheElementTypeOfTheDirectionSaySo() {
    Linear layer = new Linear(1, 2, false, DType.F32, new SplittableRandom(1));
    WeightNormHook.apply(layer, "weight", Axes.except(0));
    Tensor far = Tensor.of(new double[] {1e300, 1}, 2, 1);
    assertThatThrownBy(() -> StateForm.load(layer, Map.of("weight", far)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weight: an element of size 1.0E300 overflows F32: expected smaller elements");
  }

  @Test
  void closedMemoryIsNamed() {
    Linear layer = new Linear(2, 1, false, DType.F32, new SplittableRandom(1));
    Tensor v;
    try (Arena arena = Arena.ofConfined()) {
      v = Tensor.of(DType.F32, arena.allocate(8, 4), 1, 2);
    }
    Tensor g = Tensor.zeros(DType.F32, 1, 1);
    assertThatThrownBy(() -> StateForm.load(layer, Map.of("weight_v", v, "weight_g", g)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("weight_v: ");
  }
}
