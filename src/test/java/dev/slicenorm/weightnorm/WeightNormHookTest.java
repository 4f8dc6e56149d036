package dev.slicenorm.weightnorm;

import static dev.slicenorm.weightnorm.WeightNormHook.removeWeightNorm;
import static dev.slicenorm.weightnorm.WeightNormHook.weightNorm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.nn.DuplicateHookException;
import dev.slicenorm.nn.Hook;
import dev.slicenorm.nn.HookHandle;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.norm.ZeroSliceException;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The hook on one module: the seed's documented behaviour, and none of its numbered faults. */
class WeightNormHookTest {

  /** A module with weights of any shape: its output is its input. */
  static final class Weights extends Module {

    Weights(Map<String, Tensor> values) {
      values.forEach(this::addParameter);
    }

    @Override
    protected Tensor compute(Tensor input) {
      return input;
    }
  }

  static Linear linear(int inputs, int outputs) {
    return new Linear(inputs, outputs, true, DType.F64, new SplittableRandom(11));
  }

  private static final Tensor INPUT = Tensor.of(new double[] {1, -2, 3}, 1, 3);

  @Test
  void theSeedsExample() {
    Weights module = new Weights(Map.of("weight", Tensor.of(new float[] {1, 2, 3}, 3)));
    WeightNormHook hook = WeightNormHook.apply(module, "weight", 0);
    module.parameter("weight_g").assign(Tensor.of(new float[] {1}, 1));

    // Documented as [0.26726124 0.5345225 0.8017837]. The last is 0.75 ULP below 3/√14 and its
    // upper
    // neighbour 0.25 above, so the correctly rounded weight agrees to the seven digits of a float.
    float[] weight = hook.computeWeight(module).toFloatArray();
    assertThat(weight)
        .containsExactly(new float[] {0.26726124f, 0.5345225f, 0.8017837f}, within(6e-8f));
    for (int i = 0; i < weight.length; i++) {
      assertThat(weight[i]).isEqualTo((float) ((i + 1) / Math.sqrt(14)));
    }
  }

  @Test
  void theSeedsLinearGainsAndLosesItsMagnitudes() {
    Linear module = weightNorm(new Linear(3, 4), "weight", -1);
    assertThat(module.parameters().keySet()).containsExactly("weight_g", "weight_v", "bias");
    assertThat(module.parameter("weight_g").shape()).containsExactly(4, 1);

    removeWeightNorm(module);
    assertThat(module.parameters().keySet()).containsExactly("weight", "bias");
    assertThat(module.hooks()).isEmpty();
    assertThat(module.derivedWeights()).isEmpty();
  }

  @Test
  void absentDimIsTheLastAxis() {
    Linear module = weightNorm(linear(3, 4), "weight");
    assertThat(module.parameter("weight_g").shape()).containsExactly(4, 1);
    assertThat(WeightNormHook.apply(linear(3, 4), "weight").norm().axes())
        .isEqualTo(Axes.along(-1));
  }

  @Test
  void theWeightIsThatOfThePresentParameters() {
    // Unlike the seed's own test: g differs from the norms and the shape is not square.
    Linear module = weightNorm(linear(3, 4), "weight", Axes.along(0));
    double[] v = module.parameter("weight_v").value().toDoubleArray();
    module.parameter("weight_g").assign(Tensor.of(new double[] {2, -0.5, 7}, 1, 3));
    module.forward(INPUT);

    Tensor weight = module.weight("weight");
    double[] g = {2, -0.5, 7};
    for (int column = 0; column < 3; column++) {
      double norm = 0;
      for (int row = 0; row < 4; row++) {
        norm = Math.hypot(norm, v[row * 3 + column]);
      }
      for (int row = 0; row < 4; row++) {
        assertThat(weight.get(row, column))
            .isCloseTo(g[column] * v[row * 3 + column] / norm, within(1e-14));
      }
    }
  }

  @Test
  void applyAndRemoveKeepTheWeight() {
    Linear module = linear(3, 4);
    double[] before = module.weight("weight").toDoubleArray();
    double[] output = module.forward(INPUT).toDoubleArray();
    WeightNormHook.apply(module, "weight", Axes.except(0));
    assertThat(module.forward(INPUT).toDoubleArray()).containsExactly(output, within(1e-14));
    WeightNormHook.remove(module, "weight");
    assertThat(module.weight("weight").toDoubleArray()).containsExactly(before, within(1e-15));
  }

  @Test
  void fault1TwoParametersAndAUsersHook() {
    Weights module =
        new Weights(
            Map.of(
                "first", Tensor.of(new double[] {3, 4}, 1, 2),
                "second", Tensor.of(new double[] {6, 8, 0, 0}, 2, 2)));
    List<String> ran = new ArrayList<>();
    module.register("user", Hook.beforeForward(m -> ran.add("before " + m.hooks().size())));
    WeightNormHook.apply(module, "first", Axes.along(1));
    WeightNormHook.apply(module, "second", Axes.along(0));
    module.register("late", Hook.beforeForward(m -> ran.add("late")));

    assertThat(module.hooks().keySet())
        .containsExactly("user", "weight_norm:first", "weight_norm:second", "late");
    module.parameter("first_g").update(g -> g.fill(10));
    module.parameter("second_g").update(g -> g.fill(1));
    module.forward(INPUT);
    assertThat(ran).containsExactly("before 4", "late");
    assertThat(module.weight("first").toDoubleArray()).containsExactly(6, 8);
    assertThat(module.weight("second").toDoubleArray()).containsExactly(1, 1, 0, 0);

    WeightNormHook.remove(module, "first");
    assertThat(module.hooks().keySet()).containsExactly("user", "weight_norm:second", "late");
    module.forward(INPUT);
    assertThat(ran).hasSize(4);
  }

  @Test
  void aDuplicateChangesNothing() {
    Linear module = weightNorm(linear(3, 4), "weight", Axes.except(0));
    module.parameter("weight_g").update(g -> g.fill(2));
    Map<String, Tensor> state = module.state();

    assertThatThrownBy(() -> WeightNormHook.apply(module, "weight", Axes.whole()))
        .isInstanceOf(DuplicateHookException.class)
        .hasMessage(
            "hook 'weight_norm:weight' on parameter 'weight' of Linear is taken by"
                + " WeightNormHook(weight, except [0]): remove weight_norm of 'weight' first");
    assertThat(module.hooks()).hasSize(1);
    assertThat(module.parameters().keySet()).containsExactly("weight_g", "weight_v", "bias");
    assertThat(texts(module.state())).isEqualTo(texts(state));
  }

  @Test
  void aHookOfTheUsersWithTheSameKeyIsToBeClosed() {
    Linear module = linear(3, 4);
    HookHandle handle = module.register("weight_norm:weight", Hook.beforeForward(m -> {}));
    assertThatThrownBy(() -> WeightNormHook.apply(module, "weight"))
        .isInstanceOf(DuplicateHookException.class)
        .hasMessageStartingWith("hook 'weight_norm:weight' of Linear is taken by ")
        .hasMessageEndingWith(
            ": close the handle of that one first, for weight_norm needs this key");
    handle.close();
    WeightNormHook.apply(module, "weight");
    assertThat(WeightNormHook.isApplied(module, "weight")).isTrue();
  }

  @Test
  @SuppressWarnings("NullAway") // as a caller outside of nullness checks may
  void nullIsRefusedByName() {
    Linear module = linear(3, 4);
    WeightNorm norm = WeightNorm.of(Axes.except(0));
    refuseNull("name", () -> WeightNormHook.apply(module, null, 0));
    refuseNull("module", () -> WeightNormHook.apply(null, "weight"));
    refuseNull("axes", () -> WeightNormHook.apply(module, "weight", (Axes) null));
    refuseNull("norm", () -> WeightNormHook.apply(module, "weight", (WeightNorm) null));
    refuseNull("root", () -> WeightNormHook.applyAll(null, path -> true, norm));
    refuseNull("paths", () -> WeightNormHook.applyAll(module, null, norm));
    refuseNull("norm", () -> WeightNormHook.applyAll(module, path -> true, null));
    refuseNull("module", () -> WeightNormHook.remove(null, "weight"));
    refuseNull("name", () -> WeightNormHook.remove(module, null));
    refuseNull("root", () -> WeightNormHook.removeAll(null, path -> true));
    refuseNull("paths", () -> WeightNormHook.removeAll(module, null));
    refuseNull("module", () -> WeightNormHook.isApplied(null, "weight"));
    refuseNull("name", () -> WeightNormHook.isApplied(module, null));
    assertThat(module.parameters()).containsOnlyKeys("weight", "bias");
  }

  private static void refuseNull(String parameter, ThrowingCallable call) {
    assertThatNullPointerException().isThrownBy(call).withMessage(parameter);
  }

  @Test
  void fault2RemovalLeavesNothingBehindAndAWrongNameIsAnError() {
    Linear module = weightNorm(linear(3, 4), "weight", Axes.except(0));
    module.parameter("weight_g").update(g -> g.fill(5));
    assertThatThrownBy(() -> WeightNormHook.remove(module, "bias"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("weight_norm of 'bias' not found in Linear");
    assertThat(WeightNormHook.isApplied(module, "weight")).isTrue();

    WeightNormHook.remove(module, "weight");
    assertThat(module.state().keySet()).containsExactly("weight", "bias");
    Tensor weight = module.weight("weight");
    for (int row = 0; row < 4; row++) {
      double square = 0;
      for (int column = 0; column < 3; column++) {
        square += weight.get(row, column) * weight.get(row, column);
      }
      assertThat(square).isCloseTo(25, within(1e-12));
    }
    module.forward(INPUT);
    assertThatThrownBy(() -> WeightNormHook.remove(module, "weight"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void fault3NothingIsChangedByABadNameOrAxis() {
    Linear module = linear(3, 4);
    Map<String, Tensor> before = module.state();
    assertThatThrownBy(() -> WeightNormHook.apply(module, "wieght", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'wieght' of Linear")
        .hasMessageContaining("[weight, bias]");
    assertThatThrownBy(() -> WeightNormHook.apply(module, "weight", 2))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("'weight' of Linear")
        .hasMessageContaining("axis 2");
    assertThat(module.hooks()).isEmpty();
    assertThat(texts(module.state())).isEqualTo(texts(before));
    module.forward(INPUT);
  }

  @Test
  void aTakenNameIsRefused() {
    Weights module =
        new Weights(
            Map.of(
                "weight", Tensor.of(new double[] {3, 4}, 2),
                "weight_g", Tensor.of(new double[] {1}, 1)));
    assertThatThrownBy(() -> WeightNormHook.apply(module, "weight", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'weight_g' of Weights is taken");
    assertThat(module.parameters().keySet()).containsExactlyInAnyOrder("weight", "weight_g");
  }

  /** The outer weight would be computed from the g that is no longer trained. */
  @Test
  void theGAndVOfAWeightAreRefused() {
    Linear module = weightNorm(linear(3, 4), "weight", Axes.except(0));
    for (String source : List.of("weight_g", "weight_v")) {
      assertThatThrownBy(() -> WeightNormHook.apply(module, source, Axes.except(0)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "parameter '" + source + "' of Linear: 'weight' is derived from it");
    }
    assertThat(module.parameters().keySet()).containsExactly("weight_g", "weight_v", "bias");
    assertThat(module.hooks()).hasSize(1);
  }

  @Test
  void fault4TheDerivedWeightIsNeitherTrainedNorSavedAndAssigningItIsNotLost() {
    Linear module = weightNorm(linear(3, 4), "weight", Axes.except(0));
    assertThat(module.parameters()).doesNotContainKey("weight");
    assertThat(module.state().keySet()).containsExactly("weight_g", "weight_v", "bias");
    assertThatThrownBy(() -> module.parameter("weight"))
        .hasMessageContaining("derived from [weight_g, weight_v]");
    assertThatThrownBy(() -> module.weight("weight").fill(1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("read-only");

    Tensor plain = Tensor.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 4, 3);
    module.assign("weight", plain);
    module.forward(INPUT);
    assertThat(module.weight("weight").toDoubleArray())
        .containsExactly(plain.toDoubleArray(), within(1e-14));
    module.update("weight", w -> w.fill(0.5));
    module.forward(INPUT);
    assertThat(module.weight("weight").toDoubleArray())
        .containsOnly(new double[] {0.5}, within(1e-15));
    assertThat(module.parameter("weight_g").value().get(0, 0))
        .isCloseTo(Math.sqrt(0.75), within(1e-15));
  }

  /** {@return each tensor in full, to be compared} */
  static Map<String, String> texts(Map<String, Tensor> state) {
    Map<String, String> texts = new LinkedHashMap<>();
    state.forEach((name, t) -> texts.put(name, t.describe() + Arrays.toString(t.toDoubleArray())));
    return texts;
  }

  @Test
  void aZeroSliceIsNamedByItsPathInTheTree() {
    Linear layer = linear(3, 2);
    WeightNorm reject = WeightNorm.of(Axes.except(0)).withZeroSlice(ZeroSlice.REJECT);
    WeightNormHook.apply(layer, "weight", reject);
    Sequential net = new Sequential().add("encoder", new Sequential().add("conv", layer));
    layer.parameter("weight_v").update(v -> v.fill(0));
    assertThatThrownBy(() -> net.forward(INPUT))
        .isInstanceOf(ZeroSliceException.class)
        .hasMessageContaining("v of encoder.conv.weight");
  }
}
