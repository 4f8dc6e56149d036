package dev.slicenorm.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AxesTest {

  @Test
  void alongReducesTheNamedAxesAndExceptTheOthers() {
    assertThat(Axes.along(0).reduced(3)).containsExactly(true, false, false);
    assertThat(Axes.along(-1, 0).reduced(3)).containsExactly(true, false, true);
    assertThat(Axes.except(0).reduced(3)).containsExactly(false, true, true);
    assertThat(Axes.except(-1, 0).reduced(3)).containsExactly(false, true, false);
    assertThat(Axes.whole().reduced(3)).containsExactly(true, true, true);
    assertThat(Axes.whole().reduced(0)).isEmpty();
  }

  @Test
  void alongAndExceptOfOneAxisAreOppositeOnAMatrix() {
    assertThat(Axes.along(0).keptShape(5, 7)).containsExactly(1, 7);
    assertThat(Axes.except(0).keptShape(5, 7)).containsExactly(5, 1);
    assertThat(Axes.whole().keptShape(5, 7)).containsExactly(1, 1);
    assertThat(Axes.along(1).keptShape(5, 0)).containsExactly(5, 1);
    assertThat(Axes.whole().keptShape()).isEmpty();
  }

  @Test
  void slicesAreCountedInRowMajorOrder() {
    assertThat(Axes.along(1).sliceIndex(0, 2, 3, 5)).containsExactly(0, 0, 0);
    assertThat(Axes.along(1).sliceIndex(7, 2, 3, 5)).containsExactly(1, 0, 2);
    assertThat(Axes.except(1).sliceIndex(2, 2, 3, 5)).containsExactly(0, 2, 0);
    assertThat(Axes.whole().sliceIndex(0)).isEmpty();
    assertThatThrownBy(() -> Axes.along(1).sliceIndex(10, 2, 3, 5))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage(
            "slice 10 of shape [2, 3, 5], along [1]: expected one of the 10 slices, counted from"
                + " 0");
    assertThatThrownBy(() -> Axes.along(1).sliceIndex(-1, 2, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> Axes.along(1).sliceIndex(0, 0, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void errorsNameTheAxis() {
    assertThatThrownBy(Axes::along)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no axes given: expected at least one, or Axes.whole() to reduce every axis");
    assertThatThrownBy(Axes::except).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Axes.along(3).reduced(3))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("along [3] for a tensor of rank 3: axis 3 does not exist, expected -3 to 2");
    assertThatThrownBy(() -> Axes.except(-4).keptShape(1, 2, 3))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("axis -4 does not exist");
    assertThatThrownBy(() -> Axes.along(0).reduced(0))
        .hasMessage("along [0] for a tensor of rank 0: axis 0 does not exist");
    assertThatThrownBy(() -> Axes.along(1, -1).reduced(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("along [1, -1] for a tensor of rank 2: axis 1 is named twice");
  }

  @Test
  void valuesCompareByTheirWords() {
    assertThat(Axes.along(1, 2)).isEqualTo(Axes.along(1, 2)).hasToString("along [1, 2]");
    assertThat(Axes.along(1, 2)).hasSameHashCodeAs(Axes.along(1, 2));
    assertThat(Axes.along(1)).isNotEqualTo(Axes.except(1)).isNotEqualTo(Axes.along(-1));
    assertThat(Axes.except(0)).hasToString("except [0]");
    assertThat(Axes.whole()).isEqualTo(Axes.whole()).hasToString("whole");
    int[] axes = {1};
    Axes kept = Axes.along(axes);
    axes[0] = 0;
    assertThat(kept).isEqualTo(Axes.along(1));
  }
}
