package dev.slicenorm.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Memory;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Examples in the javadoc of {@code dev.slicenorm.tensor}. */
class TensorSnippetsTest {

  @TempDir Path folder;

  @Test
  void views() {
    // @start region="views"
    float[] values = {1, 2, 3, 4, 5, 6};
    Tensor x = Tensor.of(values, 2, 3); // F32[2, 3], over the array
    Tensor columns = x.transpose(); // F32[3, 2], the same elements
    Tensor ends = columns.slice(0, 0, 3, 2); // F32[2, 2], columns 0 and 2

    ends.fill(0); // values is now [0, 2, 0, 0, 5, 0]
    double kept = x.get(1, 1); // 5.0
    // @end
    assertThat(x.describe()).isEqualTo("F32[2, 3]");
    assertThat(columns.describe()).isEqualTo("F32[3, 2]");
    assertThat(columns.floats()).isSameAs(values);
    assertThat(ends.describe()).isEqualTo("F32[2, 2]");
    assertThat(values).containsExactly(0, 2, 0, 0, 5, 0);
    assertThat(kept).isEqualTo(5);
  }

  @Test
  void segment() {
    try (Arena arena = Arena.ofConfined()) {
      // @start region="segment"
      MemorySegment segment = arena.allocate(6L * DType.BF16.byteSize());
      Tensor weights = Tensor.of(DType.BF16, segment, 2, 3); // off-heap, BF16[2, 3]
      weights.set(0.1, 0, 0);
      double rounded = weights.get(0, 0); // 0.10009765625, the nearest BF16
      // @end
      assertThat(weights.describe()).isEqualTo("BF16[2, 3]");
      assertThat(segment.isNative()).isTrue();
      assertThat(segment.get(Memory.SHORT, 0)).isNotZero();
      assertThat(rounded).isEqualTo(0.10009765625);
    }
  }

  @Test
  void map() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(16 + 4 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(16).putFloat(3).putFloat(4).putFloat(5).putFloat(12);
    Path file = Files.write(folder.resolve("vectors.bin"), bytes.array());
    // @start region="map"
    Tensor lengths;
    try (Arena arena = Arena.ofConfined()) {
      Tensor vectors = Tensor.map(file, 16, arena, DType.F32, 2, 2); // behind 16 bytes of header
      lengths = SliceNorms.l2(Axes.along(-1)).of(vectors); // [[5], [13]]
    }
    // @end
    assertThat(lengths.describe()).isEqualTo("F32[2, 1]");
    assertThat(lengths.toFloatArray()).containsExactly(5, 13);
  }

  @Test
  void strided() {
    // @start region="strided"
    float[] padded = {1, 2, 3, 0, 4, 5, 6, 0}; // rows of 3, each padded to 4
    Layout rows = Layout.strided(new long[] {2, 3}, new long[] {4, 1}, 0);
    Tensor x = Tensor.strided(DType.F32, new Memory.Floats(padded), rows); // [[1, 2, 3], [4, 5, 6]]
    // @end
    assertThat(x.describe()).isEqualTo("F32[2, 3]");
    assertThat(x.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
  }
}
