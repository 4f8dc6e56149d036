package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.nn.DuplicateHookException;
import dev.slicenorm.nn.Hook;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Parameter;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.nn.Sgd;
import dev.slicenorm.nn.Tanh;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.GlobalNorm;
import dev.slicenorm.norm.Norm;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.norm.ZeroSliceException;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Differences;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What users of every framework complained about: each complaint is a test. */
class WeightNormInUseTest {

  private static final Tensor INPUT = Tensor.of(new double[] {1, -2, 3}, 1, 3);
  private static final Tensor ONES = Tensor.of(new double[] {1, 1, 1}, 1, 3);
  private static final WeightNorm ROWS = WeightNorm.of(Axes.except(0));

  private static Linear square(long seed) {
    return new Linear(3, 3, true, DType.F64, new SplittableRandom(seed));
  }

  @Test
  void nothingIsRecomputedUntilSomethingChanged() {
    float[] mine = {3, 4, 6, 8};
    Linear layer = new Linear(2, 2);
    Parameter plain = layer.parameter("weight");
    layer.tie("weight", Parameter.of(Tensor.of(mine, 2, 2)));
    assertThat(plain).isNotSameAs(layer.parameter("weight"));
    WeightNormHook.apply(layer, "weight", ROWS);
    Tensor first = layer.derivedWeights().values().iterator().next().value();
    layer.forward(Tensor.of(new float[] {1, 1}, 1, 2));
    assertThat(layer.derivedWeights().values().iterator().next().value()).isSameAs(first);

    // The array is v's memory now; writing there needs a word.
    mine[0] = -3;
    layer.parameter("weight_v").markDirty();
    layer.forward(Tensor.of(new float[] {1, 1}, 1, 2));
    assertThat(layer.weight("weight").toFloatArray()).containsExactly(-3, 4, 6, 8);
    assertThat(first.toFloatArray()).as("a snapshot never changes").containsExactly(3, 4, 6, 8);
    layer.parameter("weight_g").update(g -> g.fill(5));
    assertThat(layer.weight("weight").toFloatArray()).containsExactly(-3, 4, 3, 4);
    WeightNormHook.remove(layer, "weight");
    assertThat(mine).as("the array is the weight's again").containsExactly(-3, 4, 3, 4);
  }

  @Test
  void anOptimizerMadeEarlierFollows() {
    Linear layer = square(1);
    Parameter plain = layer.parameter("weight");
    Sgd sgd = new Sgd(layer.parameters().values(), 0.1, 0.9, 0);
    train(layer, sgd);
    WeightNormHook.apply(layer, "weight", ROWS);
    Parameter g = layer.parameter("weight_g");
    Parameter v = layer.parameter("weight_v");
    assertThat(sgd.parameters()).containsExactly(g, v, layer.parameter("bias"));
    double[] before = layer.weight("weight").toDoubleArray();
    train(layer, sgd);
    assertThat(layer.weight("weight").toDoubleArray()).isNotEqualTo(before);

    assertThatThrownBy(() -> plain.update(value -> value.fill(0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("weight_norm")
        .hasMessageContaining("[weight_g, weight_v]");
    assertThatThrownBy(plain::value).isInstanceOf(IllegalStateException.class);

    WeightNormHook.remove(layer, "weight");
    assertThat(layer.parameter("weight")).isSameAs(plain);
    assertThat(sgd.parameters()).containsExactly(plain, layer.parameter("bias"));
    before = plain.value().toDoubleArray();
    train(layer, sgd);
    assertThat(plain.value().toDoubleArray()).isNotEqualTo(before);
    assertThatThrownBy(g::value).hasMessageContaining("was removed");
    WeightNormHook.apply(layer, "weight", ROWS);
    assertThat(sgd.parameters())
        .containsExactly(
            layer.parameter("weight_g"), layer.parameter("weight_v"), layer.parameter("bias"));
  }

  @Test
  void theGradientsOfGAndVAreClipped() {
    Linear layer = square(1);
    Sgd sgd = new Sgd(layer.parameters().values(), 0.1);
    WeightNormHook.apply(layer, "weight", ROWS);
    layer.forward(INPUT);
    layer.backward(ONES);
    List<Tensor> before =
        layer.parameters().values().stream().map(p -> p.gradient().orElseThrow()).toList();
    double norm = GlobalNorm.of(Norm.L2, before);
    assertThat(sgd.clipGradients(0.5)).isEqualTo(norm).isGreaterThan(0.5);
    List<Tensor> after =
        layer.parameters().values().stream().map(p -> p.gradient().orElseThrow()).toList();
    assertThat(GlobalNorm.of(Norm.L2, after)).isCloseTo(0.5, within(1e-6));
    assertThat(layer.parameters()).containsOnlyKeys("weight_g", "weight_v", "bias");
  }

  private static void train(Linear layer, Sgd sgd) {
    layer.clearGradients();
    layer.forward(INPUT);
    layer.backward(ONES);
    sgd.step();
  }

  @Test
  void tiedWeightsStayTied() {
    Linear first = square(1);
    Linear second = square(2);
    second.tie("weight", first.parameter("weight"));
    Sequential net = new Sequential(first, new Tanh(), second);
    WeightNormHook.apply(second, "weight", ROWS);

    assertThat(first.parameter("weight_g")).isSameAs(second.parameter("weight_g"));
    assertThat(first.parameter("weight_v")).isSameAs(second.parameter("weight_v"));
    assertThat(first.hooks()).containsOnlyKeys("weight_norm:weight");
    first.parameter("weight_g").update(g -> g.fill(2));
    assertThat(first.weight("weight").toDoubleArray())
        .containsExactly(second.weight("weight").toDoubleArray());
    Differences.check(net, INPUT, true);
    Sequential copy = (Sequential) net.copy();
    assertThat(copy.allParameters().get("0.weight_v"))
        .isSameAs(copy.allParameters().get("2.weight_v"))
        .isNotSameAs(first.parameter("weight_v"));

    WeightNormHook.remove(first, "weight");
    assertThat(first.parameter("weight")).isSameAs(second.parameter("weight"));
    assertThat(second.hooks()).isEmpty();
    assertThat(WeightNormHook.applyAll(net, path -> path.endsWith("weight"), ROWS))
        .containsExactly("0.weight", "2.weight");
    assertThat(WeightNormHook.removeAll(net, path -> true)).containsExactly("0.weight", "2.weight");
    assertThat(second.parameters()).containsKey("weight");
  }

  /** Which of two values counts, a state can't say. */
  @Test
  void aStateSetsATiedWeightOnce() {
    Linear first = square(1);
    Linear second = square(2);
    second.tie("weight", first.parameter("weight"));
    Sequential net = new Sequential(first, second);
    Map<String, Tensor> plain = net.state();
    Tensor one = Tensor.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3);
    Tensor other = Tensor.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 8}, 3, 3);
    plain.put("0.weight", one);
    plain.put("1.weight", other);
    refuse(net, plain, "0.weight and 1.weight");
    plain.put("1.weight", one.copy());
    net.load(plain);
    assertThat(second.weight("weight").toDoubleArray()).containsExactly(one.toDoubleArray());

    WeightNormHook.apply(first, "weight", ROWS);
    Map<String, Tensor> parts = net.state();
    net.load(plain);
    assertThat(second.parameter("weight_v").value().toDoubleArray())
        .containsExactly(one.toDoubleArray());
    plain.put("1.weight", other);
    refuse(net, plain, "0.weight and 1.weight");
    parts.put("1.weight_g", Tensor.of(new double[] {1, 1, 2}, 3, 1));
    refuse(net, parts, "0.weight_g and 1.weight_g");
    parts.remove("1.weight_g");
    parts.remove("1.weight_v");
    parts.put("1.weight", one);
    refuse(net, parts, "0.weight_g and 1.weight");
    assertThat(second.parameter("weight_v").value().toDoubleArray())
        .containsExactly(one.toDoubleArray());
  }

  private static void refuse(Module net, Map<String, Tensor> state, String names) {
    assertThatThrownBy(() -> net.load(state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("state has different values for " + names + ", which are tied");
  }

  @Test
  void aTieIsRefusedAsAWhole() {
    Linear first = square(1);
    Linear second = square(2);
    second.tie("weight", first.parameter("weight"));
    second.register("weight_norm:weight", Hook.beforeForward(m -> {}));
    assertThatThrownBy(() -> WeightNormHook.apply(first, "weight", ROWS))
        .isInstanceOf(DuplicateHookException.class);
    assertThat(first.parameters()).containsOnlyKeys("weight", "bias");
    assertThat(first.hooks()).isEmpty();
  }

  @Test
  void aTreeIsValidatedBeforeItsFirstChange() {
    Sequential net = new Sequential(square(1), square(2));
    assertThatThrownBy(
            () -> WeightNormHook.applyAll(net, path -> true, WeightNorm.of(Axes.along(1))))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("'bias' of 0 (Linear)");
    assertThat(net.allParameters().keySet())
        .containsExactly("0.weight", "0.bias", "1.weight", "1.bias");
    WeightNormHook.applyAll(net, path -> path.equals("1.weight"), ROWS);
    assertThat(net.allParameters().keySet())
        .containsExactly("0.weight", "0.bias", "1.weight_g", "1.weight_v", "1.bias");
    assertThatThrownBy(() -> WeightNormHook.applyAll(net, path -> path.endsWith("weight"), ROWS))
        .isInstanceOf(DuplicateHookException.class);
    assertThat(net.allParameters()).containsKey("0.weight");
  }

  @Test
  void aCopyIsIndependent() {
    Linear layer = WeightNormHook.weightNorm(square(1), "weight", Axes.except(0));
    layer.parameter("weight_g").update(g -> g.fill(2));
    Linear copy = (Linear) layer.copy();
    double[] output = layer.forward(INPUT).toDoubleArray();
    assertThat(copy.forward(INPUT).toDoubleArray()).containsExactly(output);
    copy.parameter("weight_g").update(g -> g.fill(9));
    assertThat(layer.forward(INPUT).toDoubleArray()).containsExactly(output);
    assertThat(copy.forward(INPUT).toDoubleArray()).isNotEqualTo(output);
    Differences.check(copy, INPUT, true);
    double[] weight = copy.weight("weight").toDoubleArray();
    WeightNormHook.remove(copy, "weight");
    assertThat(copy.weight("weight").toDoubleArray()).containsExactly(weight);
    assertThat(layer.forward(INPUT).toDoubleArray()).containsExactly(output);
  }

  @Test
  void aPlainCheckpointIsNotLost() {
    Linear layer = WeightNormHook.weightNorm(square(1), "weight", Axes.except(0));
    Linear other = square(2);
    layer.load(other.state());
    assertThat(layer.forward(INPUT).toDoubleArray())
        .containsExactly(other.forward(INPUT).toDoubleArray(), within(1e-14));
  }

  @Test
  void zeroSlicesFollowThePolicyInWeightsAndGradients() {
    Linear layer = square(1);
    layer.update("weight", w -> w.select(0, 1).fill(0));
    WeightNormHook.apply(layer, "weight", ROWS);
    layer.parameter("weight_g").update(g -> g.fill(2));
    layer.forward(INPUT);
    layer.backward(ONES);
    assertThat(layer.weight("weight").select(0, 1).toDoubleArray())
        .containsExactly(new double[3], within(0.0));
    Tensor dv = layer.parameter("weight_v").gradient().orElseThrow();
    assertThat(dv.select(0, 1).toDoubleArray()).containsExactly(new double[3], within(0.0));
    assertThat(layer.parameter("weight_g").gradient().orElseThrow().get(1, 0)).isZero();
    assertThat(dv.select(0, 0).toDoubleArray()).doesNotContain(0);

    Linear strict = square(1);
    WeightNormHook.apply(strict, "weight", ROWS.withZeroSlice(ZeroSlice.REJECT));
    Tensor before = strict.weight("weight").copy();
    strict.parameter("weight_v").update(v -> v.select(0, 2).fill(0));
    assertThatThrownBy(() -> strict.forward(INPUT))
        .isInstanceOf(ZeroSliceException.class)
        .hasMessageContaining("[2, 0]");
    strict.assign("weight", before);
    strict.forward(INPUT);

    Linear nan = square(1);
    WeightNormHook.apply(nan, "weight", ROWS.withZeroSlice(ZeroSlice.NAN));
    nan.parameter("weight_v").update(v -> v.select(0, 2).fill(0));
    assertThat(nan.weight("weight").get(2, 0)).isNaN();
    assertThat(nan.weight("weight").get(1, 0)).isNotNaN();
  }

  @ParameterizedTest
  @EnumSource
  void fault5HalfPrecisionAndTinyWeights(DType dtype) {
    Linear layer = new Linear(3, 2, false, dtype, new SplittableRandom(1));
    double tiny = dtype == DType.F16 ? 0x1p-20 : 0x1p-80;
    layer.update(
        "weight",
        w -> {
          w.fill(0);
          w.set(3 * tiny, 0, 0);
          w.set(4 * tiny, 0, 2);
        });
    WeightNormHook.apply(layer, "weight", ROWS);
    assertThat(layer.weight("weight").dtype()).isEqualTo(dtype);
    assertThat(layer.parameter("weight_g").value().get(0, 0)).isEqualTo(5 * tiny);
    layer.parameter("weight_g").update(g -> g.fill(10));
    assertThat(layer.weight("weight").toDoubleArray()).containsExactly(6, 0, 8, 0, 0, 0);
    Tensor input = Tensor.of(new double[] {1, 1, 1}, 1, 3).to(dtype);
    assertThat(layer.forward(input).toDoubleArray()).containsExactly(14, 0);
    layer.backward(Tensor.of(new double[] {1, 1}, 1, 2).to(dtype));
    assertThat(layer.parameter("weight_g").gradient().orElseThrow().get(0, 0))
        .isCloseTo(1.4, within(0.01));
    assertThat(layer.parameter("weight_v").gradient().orElseThrow().dtype()).isEqualTo(dtype);
  }

  @Test
  void aShapeThatDoesNotFitIsRefused() {
    Linear layer = WeightNormHook.weightNorm(square(1), "weight", Axes.except(0));
    assertThatThrownBy(
            () -> layer.parameter("weight_g").assign(Tensor.of(new double[] {1, 2, 3}, 3)))
        .hasMessageContaining("[3], expected [3, 1]");
    assertThatThrownBy(() -> layer.assign("weight", Tensor.zeros(DType.F64, 9)))
        .hasMessageContaining("[9], expected [3, 3]");
  }

  /** A layer that uses the memory of its gradients again, as one of a user's may. */
  private static final class Frugal extends Module {

    private final Tensor room = Tensor.zeros(DType.F64, 2);

    private Frugal() {
      addParameter("weight", Tensor.of(new double[] {3, 4}, 2));
    }

    @Override
    protected Tensor compute(Tensor input) {
      return input.copy();
    }

    @Override
    protected Tensor differentiate(Tensor gradient) {
      room.set(1, 0);
      accumulate("weight", room);
      room.set(0, 0);
      room.set(2, 1);
      accumulate("weight", room);
      return gradient;
    }
  }

  @Test
  void aLayerMayUseTheMemoryOfItsGradientsAgain() {
    Frugal layer = new Frugal();
    WeightNormHook.apply(layer, "weight", WeightNorm.of(Axes.whole()));
    Tensor ones = Tensor.of(new double[] {1, 1}, 2);
    layer.forward(ones);
    layer.backward(ones);
    // dw is [1, 2]: dg = (3·1 + 4·2)/5, dv = dw − dg·v/5.
    assertThat(layer.parameter("weight_g").gradient().orElseThrow().item())
        .isCloseTo(2.2, within(1e-15));
    assertThat(layer.parameter("weight_v").gradient().orElseThrow().toDoubleArray())
        .containsExactly(new double[] {-0.32, 0.24}, within(1e-15));
  }

  /** A module with three parameters of one shape. */
  private static final class Three extends Module {

    private Three() {
      for (String name : List.of("a", "b", "c")) {
        addParameter(name, Tensor.of(new double[] {3, 4}, 2));
      }
    }

    @Override
    protected Tensor compute(Tensor input) {
      return input.copy();
    }
  }

  @Test
  void aParameterStaysItsModulesWhenOneOfItsNamesIsTiedToAnother() {
    Three module = new Three();
    module.tie("b", module.parameter("a"));
    module.tie("b", module.parameter("c"));
    WeightNormHook.apply(module, "a", WeightNorm.of(Axes.whole()));
    assertThat(module.parameters().keySet()).containsExactlyInAnyOrder("a_g", "a_v", "b", "c");
    assertThat(module.weight("a").toDoubleArray()).containsExactly(3, 4);
  }

  @Test
  void whatAWeightIsDerivedFromIsTiedToNothing() {
    Linear first = square(1);
    Linear second = square(2);
    WeightNormHook.apply(first, "weight", ROWS);
    assertThatThrownBy(() -> first.tie("weight_v", second.parameter("weight")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'weight' is derived from it");
    assertThatThrownBy(() -> second.tie("weight", first.parameter("weight_v")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'weight' is derived from it");
    second.forward(INPUT);
  }

  @Test
  void aStateIsCheckedToTheLastTensorBeforeTheFirstIsWritten() {
    Linear layer = square(1);
    Map<String, Tensor> before = layer.state();
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("weight", Tensor.zeros(DType.F64, 3, 3));
    try (Arena arena = Arena.ofConfined()) {
      state.put("bias", Tensor.of(DType.F64, arena.allocate(24, 8), 3));
    }
    assertThatThrownBy(() -> layer.load(state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bias: F64[3] lies in memory that was freed");
    assertThat(layer.weight("weight").toDoubleArray())
        .isEqualTo(Objects.requireNonNull(before.get("weight")).toDoubleArray());
  }

  @Test
  void aRejectedZeroSliceGetsInByNoWay() {
    Linear layer = square(1);
    WeightNormHook.apply(layer, "weight", ROWS.withZeroSlice(ZeroSlice.REJECT));
    double[] before = layer.weight("weight").toDoubleArray();
    Tensor zeros = Tensor.zeros(DType.F64, 3, 3);
    assertThatThrownBy(() -> layer.assign("weight", zeros)).isInstanceOf(ZeroSliceException.class);
    assertThatThrownBy(() ->
            StateForm.load(layer, Map.of("weight", zeros, "bias", Tensor.zeros(DType.F64, 3))))
        .isInstanceOf(ZeroSliceException.class);
    assertThat(layer.weight("weight").toDoubleArray()).isEqualTo(before);
    layer.parameter("weight_v").assign(zeros);
    Tensor good = Tensor.of(new double[] {1, 2, 2, 3, 4, 0, 0, 0, 5}, 3, 3);
    StateForm.load(layer, Map.of("weight", good, "bias", Tensor.zeros(DType.F64, 3)));
    assertThat(layer.weight("weight").toDoubleArray()).isEqualTo(good.toDoubleArray());
  }

  @Test
  void aNormThatItsElementTypeCannotHoldIsRefused() {
    Linear layer = new Linear(4096, 4, false, DType.F16, new SplittableRandom(1));
    layer.update("weight", w -> w.fill(1100));
    assertThatThrownBy(() -> WeightNormHook.apply(layer, "weight", WeightNorm.of(Axes.whole())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("slice 0 of 1 has norm 140800.0, which overflows F16");
    assertThat(layer.parameters().keySet()).containsExactly("weight");
  }
}
