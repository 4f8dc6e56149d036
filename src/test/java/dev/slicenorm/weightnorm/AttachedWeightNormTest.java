package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.nn.WeightOwner;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
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
  void aSecondLinkToAWeightIsRefusedUntilTheFirstIsRemoved() {
    WeightNorm norm = WeightNorm.of(Axes.except(0));
    assertThatThrownBy(() -> AttachedWeightNorm.attach(owner, "kernel", norm))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("weight 'kernel' of the owner is under weight norm already");
    assertThat(owner.handed).isEqualTo(1);
    attached.g().update(g -> g.fill(10));
    attached.beforeForward();
    assertThat(owner.kernel).containsExactly(6, 8, 0, 10);
    attached.remove();
    assertThat(AttachedWeightNorm.attach(owner, "kernel", norm).g().value().toFloatArray())
        .containsExactly(10, 10);
  }

  /** Equal to every other of its kind, as records of equal parts are. */
  private record AllEqual(Map<String, Tensor> weights) implements WeightOwner {

    @Override
    public Tensor weight(String name) {
      return Objects.requireNonNull(weights.get(name), name);
    }

    @Override
    public void setWeight(String name, Tensor value) {
      if (value.count() > 2) {
        throw new UnsupportedOperationException("weight '" + name + "' is too large");
      }
      weights.put(name, value);
    }
  }

  private static final Tensor SMALL = Tensor.of(new float[] {3, 4}, 2);

  private static final Tensor LARGE = Tensor.of(new float[] {3, 4, 0}, 3);

  private static AllEqual allEqual() {
    return new AllEqual(new HashMap<>(Map.of("first", SMALL, "second", SMALL, "large", LARGE)));
  }

  @Test
  void ownersAreToldApartByIdentityAndWeightsByName() {
    WeightNorm norm = WeightNorm.of(Axes.whole());
    AllEqual one = allEqual();
    AllEqual other = allEqual();
    assertThat(one).isEqualTo(other);
    AttachedWeightNorm first = AttachedWeightNorm.attach(one, "first", norm);
    AttachedWeightNorm second = AttachedWeightNorm.attach(one, "second", norm);
    AttachedWeightNorm ofOther = AttachedWeightNorm.attach(other, "first", norm);
    first.remove();
    assertThatThrownBy(() -> AttachedWeightNorm.attach(one, "second", norm))
        .hasMessageContaining("'second'");
    assertThatThrownBy(() -> AttachedWeightNorm.attach(other, "first", norm))
        .hasMessageContaining("'first'");
    second.remove();
    ofOther.remove();
  }

  @Test
  void aWeightThatItsOwnerRefusedIsNotAttached() {
    AllEqual refusing = allEqual();
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(
              () -> AttachedWeightNorm.attach(refusing, "large", WeightNorm.of(Axes.whole())))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage("weight 'large' is too large");
    }
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

  /** Keeps the tensor that it is handed. */
  private static class Keeping implements WeightOwner {
    private Tensor kernel = Tensor.of(new double[] {3, 4}, 2);

    @Override
    public Tensor weight(String name) {
      return kernel;
    }

    @Override
    public void setWeight(String name, Tensor value) {
      kernel = value;
    }
  }

  @Test
  void whatIsHandedOutRefusesToBeWritten() {
    Keeping keeping = new Keeping();
    AttachedWeightNorm norm =
        AttachedWeightNorm.attach(keeping, "kernel", WeightNorm.of(Axes.whole()));
    assertThatThrownBy(() -> keeping.kernel.fill(100)).hasMessageContaining("read-only");
    norm.beforeForward();
    assertThat(keeping.kernel.toDoubleArray()).containsExactly(3, 4);
    norm.remove();
    keeping.kernel.fill(100);
    assertThat(keeping.kernel.toDoubleArray()).containsExactly(100, 100);
  }

  /** It keeps the weight of before, which is not one that somebody assigned. */
  @Test
  void anOwnerThatRefusesAWeightOnceGetsItTheNextTime() {
    boolean[] refuse = {false};
    Keeping keeping =
        new Keeping() {
          @Override
          public void setWeight(String name, Tensor value) {
            if (refuse[0]) {
              throw new UnsupportedOperationException("busy");
            }
            super.setWeight(name, value);
          }
        };
    AttachedWeightNorm norm =
        AttachedWeightNorm.attach(keeping, "kernel", WeightNorm.of(Axes.whole()));
    norm.g().update(g -> g.fill(10));
    refuse[0] = true;
    assertThatThrownBy(norm::beforeForward).hasMessage("busy");
    refuse[0] = false;
    norm.beforeForward();
    assertThat(norm.g().value().toDoubleArray()).containsExactly(10);
    assertThat(keeping.kernel.toDoubleArray()).containsExactly(6, 8);
  }
}
