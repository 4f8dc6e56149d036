package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.nn.WeightOwner;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Weight norm of arrays and tensors in classes of a user's own. */
class AttachedWeightNormTest {

  /** Keeps its weight in an array, and knows nothing of tensors otherwise. */
  static final class InAnArray implements WeightOwner {
    final float[] kernel = {3, 4, 0, 5};
    int handed;

    @Override
    public Tensor weight(String name) {
      if (!name.equals("kernel")) {
        throw new IllegalArgumentException("weight '" + name + "': expected 'kernel'");
      }
      return Tensor.of(kernel, 2, 2);
    }

    @Override
    public void setWeight(String name, Tensor value) {
      handed++;
      weight(name).copyFrom(value);
    }
  }

  private final InAnArray owner = new InAnArray();
  private final AttachedWeightNorm attached =
      AttachedWeightNorm.attach(owner, "kernel", WeightNorm.of(Axes.except(0)));

  @Test
  void theOwnerGetsTheWeightWhenItChanged() {
    assertThat(attached.g().value().toFloatArray()).containsExactly(5, 5);
    assertThat(owner.kernel).containsExactly(3, 4, 0, 5);
    attached.beforeForward();
    assertThat(owner.handed).isEqualTo(1);
    attached.g().update(g -> g.fill(10));
    attached.beforeForward();
    assertThat(owner.kernel).containsExactly(6, 8, 0, 10);
    assertThat(owner.handed).isEqualTo(2);
    attached.backward(Tensor.of(new float[] {1, 0, 0, 1}, 2, 2));
    assertThat(attached.g().gradient().orElseThrow().toFloatArray())
        .containsExactly(new float[] {0.6f, 1}, within(1e-6f));
  }

  @Test
  void whatTheOwnerAssignsIsNotLost() {
    owner.kernel[0] = -6;
    owner.kernel[1] = 8;
    attached.beforeForward();
    assertThat(attached.g().value().toFloatArray()).containsExactly(10, 5);
    assertThat(owner.kernel).containsExactly(-6, 8, 0, 5);
  }

  @Test
  void removalLeavesThePresentWeight() {
    attached.g().update(g -> g.fill(1));
    attached.remove();
    assertThat(owner.kernel).containsExactly(0.6f, 0.8f, 0, 1);
    assertThatThrownBy(attached::beforeForward)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'kernel' was removed");
  }

  @Test
  void badNamesAndAxesChangeNothing() {
    assertThatThrownBy(() -> AttachedWeightNorm.attach(owner, "bias", WeightNorm.of(Axes.whole())))
        .hasMessageContaining("'bias'");
    assertThatThrownBy(
            () -> AttachedWeightNorm.attach(owner, "kernel", WeightNorm.of(Axes.along(2))))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("weight 'kernel': along [2]");
    assertThat(owner.handed).isEqualTo(1);
  }

  @Test
  @SuppressWarnings("NullAway") // as an owner outside of nullness checks may
  void anOwnerWithoutTheWeightIsRefusedByName() {
    WeightOwner nothing =
        new WeightOwner() {
          @Override
          public Tensor weight(String name) {
            return null;
          }

          @Override
          public void setWeight(String name, Tensor value) {
            throw new AssertionError("nothing may be set");
          }
        };
    assertThatThrownBy(
            () -> AttachedWeightNorm.attach(nothing, "kernel", WeightNorm.of(Axes.whole())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weight 'kernel' of the owner is null: expected a tensor");
  }
}
