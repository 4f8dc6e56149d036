package dev.slicenorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The facade in this JVM; the doctor's test asks it in others. */
class SlicenormTest {

  @Test
  void explainsItselfTheSameWayEveryTime() {
    Slicenorm.Explanation explanation = Slicenorm.explain();
    assertThat(Slicenorm.explain()).isEqualTo(explanation);
    assertThat(explanation.kernel()).isIn("simd", "scalar");
    assertThat(explanation.reason()).isNotBlank();
    assertThat(explanation.vectorBits() > 0).isEqualTo(explanation.kernel().equals("simd"));
    assertThat(explanation.threads()).isEqualTo(1);
    assertThat(explanation.automaticThreads())
        .isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(explanation.toString().lines()).hasSize(4);
  }

  @Test
  @Tag("vector")
  void vectorsAreAtLeast128BitsWide() {
    if (Slicenorm.explain().kernel().equals("simd")) {
      assertThat(Slicenorm.explain().vectorBits()).isIn(128, 256, 512);
    }
  }

  @Test
  void explainsPlans() {
    Layout layout = Layout.contiguous(4, 6);
    assertThat(Slicenorm.explain(DType.F32, layout, Axes.along(1))).startsWith("rows: 4 slices");
    assertThat(Slicenorm.explain(DType.F32, layout, Axes.along(0))).startsWith("columns: 6 slices");
    assertThat(Slicenorm.explain(DType.F16, layout, Axes.along(1)))
        .contains("packed, to widen F16");
    assertThatThrownBy(() -> Slicenorm.explain(DType.F32, layout, Axes.along(2)))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("axis 2 does not exist");
  }
}
