package dev.slicenorm.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.Slicenorm;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Embeddings;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNormHook;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Examples in the javadoc of the module and of {@link Slicenorm}. */
class SlicenormSnippetsTest {

  @Test
  void overview() {
    float[] values = new float[64 * 768];
    Arrays.fill(values, 0.5f);
    // @start region="overview"
    Tensor x = Tensor.of(values, 64, 768); // F32[64, 768], over the array
    Tensor norms = SliceNorms.l2(Axes.along(-1)).of(x); // F32[64, 1]

    Linear layer = new Linear(768, 10);
    WeightNormHook.apply(layer, "weight", Axes.except(0)); // w = g·v/‖v‖, one g per output
    Tensor output = layer.forward(x); // F32[64, 10]
    // @end
    assertThat(x.describe()).isEqualTo("F32[64, 768]");
    assertThat(x.floats()).isSameAs(values);
    assertThat(norms.describe()).isEqualTo("F32[64, 1]");
    assertThat(norms.toFloatArray()).containsOnly((float) Math.sqrt(768 * 0.25));
    assertThat(layer.parameter("weight_g").describe()).isEqualTo("F32[10, 1]");
    assertThat(output.describe()).isEqualTo("F32[64, 10]");
  }

  @Test
  void await() throws InterruptedException {
    float[][] vectors = {{3, 4}, {6, 8}};
    // @start region="await"
    for (int turn = 0; turn < 2; turn++) {
      Embeddings.normalize(vectors); // whatever the service will call
    }
    boolean isReady = Slicenorm.awaitVectors(Duration.ofSeconds(30));
    // @end
    assertThat(isReady).isTrue();
  }

  @Test
  void explain() {
    // @start region="explain"
    Slicenorm.Explanation here = Slicenorm.explain();
    String kernel = here.kernel(); // "simd", or "scalar"
    String reason = here.reason(); // why, and what would change it

    Layout layout = Layout.contiguous(4, 6);
    String walk = Slicenorm.explain(DType.F32, layout, Axes.along(0)); // "columns: 6 slices …"
    // @end
    assertThat(kernel).isIn("simd", "scalar");
    assertThat(reason).isNotBlank();
    assertThat(walk).startsWith("columns: 6 slices ");
  }
}
