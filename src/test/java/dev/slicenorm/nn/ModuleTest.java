package dev.slicenorm.nn;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Differences;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Trees of modules: paths, state, copies and modes. */
class ModuleTest {

  private static final Tensor INPUT = Tensor.of(new double[] {1, 2, 3}, 1, 3);

  /** A user's module: two linear layers that share one square weight, and a gain of its own. */
  static final class Tied extends Module {

    private final Linear first = addChild("first", square(1));
    private final Linear second = addChild("second", square(2));
    private final Parameter gain = addParameter("gain", Tensor.of(new double[] {2}, 1));

    Tied() {
      second.tie("weight", first.parameter("weight"));
    }

    @Override
    protected Tensor compute(Tensor input) {
      Tensor output = second.forward(first.forward(input)).copy();
      double factor = gain.value().item();
      for (long i = 0; i < output.size(1); i++) {
        output.set(output.get(0, i) * factor, 0, i);
      }
      return output;
    }

    @Override
    protected Module replicate() {
      return new Tied();
    }
  }

  private static Linear square(long seed) {
    return new Linear(3, 3, true, DType.F64, new SplittableRandom(seed));
  }

  @Test
  void pathsNameModulesAndParameters() {
    Sequential net = new Sequential().add("encoder", new Sequential().add("conv1", square(1)));
    assertThat(net.allParameters().keySet())
        .containsExactly("encoder.conv1.weight", "encoder.conv1.bias");
    assertThat(net.allModules().keySet()).containsExactly("", "encoder", "encoder.conv1");
    Module conv = net.allModules().get("encoder.conv1");
    assertThat(conv).isNotNull().extracting(Module::describe).isEqualTo("encoder.conv1 (Linear)");
    assertThatThrownBy(() -> net.add("encoder", square(1))).hasMessageContaining("'encoder'");
    assertThatThrownBy(() -> net.add("a.b", square(1))).hasMessageContaining("no dot");
    assertThatThrownBy(() -> net.add("", square(1))).hasMessageContaining("not empty");
    assertThatThrownBy(() -> net.add("self", net)).hasMessageContaining("contains its own parent");
  }

  @Test
  void loadingIsAllOrNothing() {
    Sequential net = new Sequential(square(1), square(2));
    Map<String, Tensor> before = net.state();
    Map<String, Tensor> state = new LinkedHashMap<>(new Sequential(square(3), square(4)).state());
    state.put("1.bias", Tensor.zeros(DType.F64, 4));
    assertThatThrownBy(() -> net.load(state)).hasMessage("1.bias has shape [4], expected [3]");
    state.remove("1.bias");
    state.put("2.bias", Tensor.zeros(DType.F64, 3));
    assertThatThrownBy(() -> net.load(state))
        .hasMessageContaining("missing [1.bias]")
        .hasMessageContaining("unexpected [2.bias]");
    assertThat(values(net.state())).isEqualTo(values(before));

    LoadReport report = net.loadLeniently(state);
    assertThat(report.missing()).containsExactly("1.bias");
    assertThat(report.unexpected()).containsExactly("2.bias");
    state.remove("2.bias");
    assertThat(values(net.state())).containsAllEntriesOf(values(state));
  }

  @Test
  void aCopySharesNothingAndKeepsTies() {
    Tied original = new Tied();
    original.parameter("gain").update(gain -> gain.fill(5));
    original.register("user", Hook.beforeForward(m -> {}));
    original.eval();
    Tied copy = (Tied) original.copy();

    assertThat(copy.forward(INPUT).toDoubleArray())
        .containsExactly(original.forward(INPUT).toDoubleArray());
    assertThat(copy.second.parameter("weight")).isSameAs(copy.first.parameter("weight"));
    assertThat(copy.first.parameter("weight")).isNotSameAs(original.first.parameter("weight"));
    assertThat(copy.parameter("gain")).as("its own field still holds").isSameAs(copy.gain);
    assertThat(copy.isTraining()).isFalse();
    assertThat(copy.hooks()).containsOnlyKeys("user");

    double[] before = original.forward(INPUT).toDoubleArray();
    copy.allParameters().values().forEach(parameter -> parameter.update(v -> v.fill(1)));
    assertThat(original.forward(INPUT).toDoubleArray()).containsExactly(before);
  }

  @Test
  void aModuleThatCannotBeCopiedSaysSo() {
    Module module =
        new Module() {
          @Override
          protected Tensor compute(Tensor input) {
            return input;
          }
        };
    assertThatThrownBy(module::copy).hasMessageContaining("override replicate");
    module.forward(INPUT);
    assertThatThrownBy(() -> module.backward(INPUT)).hasMessageContaining("override differentiate");
  }

  @Test
  void evaluationSavesNothing() {
    Linear layer = square(1);
    layer.eval();
    layer.forward(INPUT);
    assertThatThrownBy(() -> layer.backward(INPUT))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("without a forward pass in training mode");
    layer.train();
    layer.forward(INPUT);
    layer.forward(INPUT);
    layer.backward(INPUT);
    assertThatThrownBy(() -> layer.backward(INPUT))
        .as("the second forward pass replaced the first")
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aModuleUsedTwiceGoesBackTwice() {
    Linear layer = square(1);
    Sequential net = new Sequential(layer, new Tanh(), layer);
    assertThat(net.allParameters().keySet())
        .containsExactly("0.weight", "0.bias", "2.weight", "2.bias");
    Differences.check(net, INPUT, true);
  }

  @Test
  void tyingNeedsTheSameShape() {
    Linear other = new Linear(3, 2, true, DType.F64, new SplittableRandom(1));
    assertThatThrownBy(() -> other.tie("weight", square(1).parameter("weight")))
        .hasMessageContaining("F64[3, 3]")
        .hasMessageContaining("expected F64[2, 3]");
  }

  private static Map<String, List<Double>> values(Map<String, Tensor> state) {
    Map<String, List<Double>> values = new LinkedHashMap<>();
    state.forEach((name, t) -> values.put(name, Arrays.stream(t.toDoubleArray()).boxed().toList()));
    return values;
  }

  /** Both would change it: the buffer gets what was there when the state was given. */
  @Test
  void aBufferIsLoadedFromTheValueOfAParameterThatIsLoadedToo() {
    MeanOnlyBatchNorm norm = new MeanOnlyBatchNorm(2);
    norm.assign("bias", Tensor.of(new float[] {1, 2}, 2));
    norm.loadLeniently(
        Map.of(
            "bias", Tensor.of(new float[] {7, 8}, 2),
            "running_mean", norm.parameter("bias").value()));
    assertThat(norm.parameter("bias").value().toDoubleArray()).containsExactly(7, 8);
    assertThat(requireNonNull(norm.buffers().get("running_mean")).toDoubleArray())
        .containsExactly(1, 2);
  }

  @Test
  void aTreeIsChangedAsOne() {
    Linear layer = new Linear(2, 2);
    layer.updateAll(() -> {
      layer.assign("bias", Tensor.of(new float[] {1, 2}, 2));
      layer.update("weight", weight -> weight.fill(3));
    });
    assertThat(layer.weight("weight").toDoubleArray()).containsOnly(3);
    assertThatThrownBy(() ->
            layer.readAll(() -> {
              layer.updateAll(() -> layer.update("weight", weight -> weight.fill(4)));
              return 0;
            }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is being read by this thread");
    assertThat(layer.weight("weight").toDoubleArray()).containsOnly(3);
  }
}
