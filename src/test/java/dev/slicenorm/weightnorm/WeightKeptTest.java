package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.nn.WeightOwner;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.norm.ZeroSliceException;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Whatever is refused changes nothing, and whatever is taken keeps the weight. */
class WeightKeptTest {

  private static final Axes ROWS = Axes.except(0);

  private static Linear layer(double... weight) {
    Linear layer = new Linear(2, weight.length / 2);
    layer.assign("weight", Tensor.of(weight, weight.length / 2, 2));
    return layer;
  }

  @Test
  void aFloorIsInTheMagnitudesToo() {
    WeightNorm floored = WeightNorm.of(ROWS).withZeroSlice(ZeroSlice.floor(1e-6));
    Tensor w = Tensor.of(new double[] {3e-5, 4e-5, 3, 4, 0, 0}, 3, 2);
    WeightNorm.Decomposition parts = floored.decompose(w);
    assertThat(parts.g().toDoubleArray()).containsExactly(1e-3, 5, 1e-3);
    Tensor composed = floored.compose(parts.v(), parts.g());
    for (int i = 0; i < 6; i++) {
      double wanted = w.toDoubleArray()[i];
      assertThat(composed.toDoubleArray()[i])
          .isBetween(wanted - Math.ulp(wanted), wanted + Math.ulp(wanted));
    }
    assertThat(floored.norms(Tensor.of(new double[] {Double.NaN, 0}, 1, 2)).item()).isNaN();
  }

  @Test
  void zeroRowsTrainUnderJittorsFloorAsThere() {
    Linear layer = layer(0, 0, 3, 4);
    WeightNormHook.apply(layer, "weight", WeightNorm.of(ROWS).withZeroSlice(ZeroSlice.JITTOR));
    assertThat(layer.parameter("weight_g").value().get(0, 0)).isEqualTo((float) 1e-15);
    assertThat(layer.weight("weight").toDoubleArray()).containsExactly(0, 0, 3, 4);
    layer.forward(Tensor.of(new float[] {1, 2}, 1, 2));
    layer.backward(Tensor.of(new float[] {1, 1}, 1, 2));
    assertThat(layer.parameter("weight_v").gradient().orElseThrow().get(0, 1)).isEqualTo(2);
    layer.assign("weight", Tensor.of(new double[] {3e-17, 4e-17, 1, 0}, 2, 2));
    assertThat(layer.weight("weight").get(0, 0)).isEqualTo((float) 3e-17);
  }

  @Test
  void aWholeTreeIsAppliedOrNone() {
    Linear first = layer(3, 4);
    Sequential net = new Sequential(first, layer(0, 0));
    WeightNorm strict = WeightNorm.of(ROWS).withZeroSlice(ZeroSlice.REJECT);
    assertThatThrownBy(() -> WeightNormHook.applyAll(net, path -> path.endsWith("weight"), strict))
        .isInstanceOf(ZeroSliceException.class)
        .hasMessageContaining("1.weight");
    assertThat(net.allParameters().keySet())
        .containsExactly("0.weight", "0.bias", "1.weight", "1.bias");
    assertThat(first.hooks()).isEmpty();
  }

  @Test
  void aWholeTreeIsRemovedOrNone() {
    Linear second = layer(3, 4);
    Sequential net = new Sequential(layer(3, 4), second);
    WeightNorm strict = WeightNorm.of(ROWS).withZeroSlice(ZeroSlice.REJECT);
    WeightNormHook.applyAll(net, path -> path.endsWith("weight"), strict);
    second.parameter("weight_v").update(v -> v.fill(0));
    assertThatThrownBy(() -> WeightNormHook.removeAll(net, path -> true))
        .isInstanceOf(ZeroSliceException.class);
    assertThat(net.allParameters().keySet())
        .containsExactly(
            "0.weight_g", "0.weight_v", "0.bias", "1.weight_g", "1.weight_v", "1.bias");
    second.parameter("weight_v").update(v -> v.fill(1));
    assertThat(WeightNormHook.removeAll(net, path -> true)).containsExactly("0.weight", "1.weight");
  }

  @Test
  void infiniteElementsAreRefused() {
    Tensor infinite = Tensor.of(new double[] {1, 2, Double.POSITIVE_INFINITY, 1}, 2, 2);
    String message = "slice 1 of 2 has an infinite element, which would make the others NaN";
    assertThatThrownBy(() -> WeightNorm.of(ROWS).decompose(infinite))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    Linear layer = WeightNormHook.weightNorm(layer(1, 2, 3, 4), "weight", ROWS);
    assertThatThrownBy(() -> layer.assign("weight", infinite)).hasMessageContaining(message);
    assertThat(layer.weight("weight").toDoubleArray()).containsExactly(1, 2, 3, 4);
    Tensor large = Tensor.of(new float[] {60000, 60000}, 1, 2).to(DType.F16);
    assertThatThrownBy(() -> WeightNorm.of(ROWS).decompose(large))
        .hasMessageContaining("has norm 84852.8")
        .hasMessageContaining("which overflows F16");
  }

  /** Keeps one tensor of its own, which it may write at any time. */
  private static final class LiveOwner implements WeightOwner {

    private final float[] memory = {3, 4};
    private final Tensor live = Tensor.of(memory, 1, 2);

    @Override
    public Tensor weight(String name) {
      return live;
    }

    @Override
    public void setWeight(String name, Tensor value) {
      live.copyFrom(value);
    }
  }

  @Test
  void whatAnOwnerWritesIntoItsOwnMemoryIsFollowed() {
    LiveOwner owner = new LiveOwner();
    AttachedWeightNorm link = AttachedWeightNorm.attach(owner, "w", WeightNorm.of(ROWS));
    owner.memory[0] = 30;
    owner.memory[1] = 40;
    link.beforeForward();
    assertThat(link.g().value().item()).isEqualTo(50);
    link.g().update(g -> g.fill(5));
    link.beforeForward();
    assertThat(owner.memory).containsExactly(3, 4);
    owner.memory[0] = 0;
    link.remove();
    assertThat(owner.memory).containsExactly(0, 4);
  }
}
