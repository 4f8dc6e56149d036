package dev.slicenorm.snippets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Embeddings;
import dev.slicenorm.norm.GlobalNorm;
import dev.slicenorm.norm.Norm;
import dev.slicenorm.norm.Parallelism;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.norm.ZeroSliceException;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Examples in the javadoc of {@code dev.slicenorm.norm}. */
class NormSnippetsTest {

  @Test
  void axes() {
    // @start region="axes"
    long[] shape = {4, 3, 7}; // a kernel's: [out, in, width]
    long[] perRow = Axes.along(-1).keptShape(shape); // [4, 3, 1], Jittor's dim=-1
    long[] perOutput = Axes.except(0).keptShape(shape); // [4, 1, 1], PyTorch's dim=0
    long[] single = Axes.whole().keptShape(shape); // [1, 1, 1], PyTorch's dim=None
    // @end
    assertThat(perRow).containsExactly(4, 3, 1);
    assertThat(perOutput).containsExactly(4, 1, 1);
    assertThat(single).containsExactly(1, 1, 1);
  }

  @Test
  void norms() {
    // @start region="norms"
    SliceNorms rows = SliceNorms.l2(Axes.along(-1)); // [n, d] → [n, 1]
    Tensor x = Tensor.of(new float[] {3, 4, 0, 0, 5, 12}, 3, 2);
    Tensor norms = rows.of(x); // F32[3, 1]: 5, 0, 13
    // @end
    assertThat(norms.describe()).isEqualTo("F32[3, 1]");
    assertThat(norms.toFloatArray()).containsExactly(5, 0, 13);
    Tensor other = Tensor.zeros(DType.F32, 7, 9);
    assertThat(rows.of(other).shape()).containsExactly(7, 1);
  }

  @Test
  void normalize() {
    // @start region="normalize"
    Tensor x = Tensor.of(new float[] {3, 4, 0, 0}, 2, 2);
    SliceNorms.Normalized rows = SliceNorms.l2(Axes.along(-1)).normalize(x);
    Tensor unit = rows.unit(); // [[0.6, 0.8], [0, 0]]
    Tensor lengths = rows.magnitudes(); // [[5], [0]]
    // @end
    assertThat(unit.shape()).containsExactly(2, 2);
    assertThat(unit.toFloatArray()).containsExactly(0.6f, 0.8f, 0, 0);
    assertThat(lengths.shape()).containsExactly(2, 1);
    assertThat(lengths.toFloatArray()).containsExactly(5, 0);
  }

  @Test
  void clip() {
    // @start region="clip"
    Tensor weight = Tensor.of(new float[] {3, 4, 0, 0.5f}, 2, 2);
    Tensor before = SliceNorms.l2(Axes.except(0)).clip(weight, 1, weight); // [[5], [0.5]]
    double first = weight.get(0, 0); // 0.6, rounded to a float: its row was longer than 1
    double last = weight.get(1, 1); // 0.5: its row was not
    // @end
    assertThat(before.shape()).containsExactly(2, 1);
    assertThat(before.toFloatArray()).containsExactly(5, 0.5f);
    assertThat(first).isEqualTo(0.6f);
    assertThat(last).isEqualTo(0.5);
  }

  @Test
  void norm() {
    // @start region="norm"
    Tensor x = Tensor.of(new double[] {3, 0, -4}, 3);
    double sum = SliceNorms.of(Norm.L1, Axes.whole()).of(x).item(); // 7.0
    double largest = SliceNorms.of(Norm.MAX, Axes.whole()).of(x).item(); // 4.0
    double count = SliceNorms.of(Norm.COUNT, Axes.whole()).of(x).item(); // 2.0
    double cubic = SliceNorms.of(Norm.p(3), Axes.whole()).of(x).item(); // ∛91
    // @end
    assertThat(sum).isEqualTo(7);
    assertThat(largest).isEqualTo(4);
    assertThat(count).isEqualTo(2);
    assertThat(Math.abs(cubic - Math.cbrt(91))).isLessThanOrEqualTo(4 * Math.ulp(cubic));
  }

  @Test
  void embeddings() {
    // @start region="embeddings"
    float[] vector = {3, 4};
    float length = Embeddings.normalize(vector); // 5.0; vector is now [0.6, 0.8]

    float[] batch = {3, 4, 0, 0, 6, 8}; // three vectors of dimension 2
    float[] lengths = Embeddings.normalize(batch, 2); // [5.0, 0.0, 10.0], in place too
    // @end
    assertThat(length).isEqualTo(5);
    assertThat(vector).containsExactly(0.6f, 0.8f);
    assertThat(lengths).containsExactly(5, 0, 10);
    assertThat(batch).containsExactly(0.6f, 0.8f, 0, 0, 0.6f, 0.8f);
  }

  @Test
  void buffer() {
    // @start region="buffer"
    ByteBuffer batch = ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN);
    batch.putFloat(3).putFloat(4).flip();
    float[] lengths = Embeddings.normalize(batch, 2); // [5.0]
    float first = batch.getFloat(0); // 0.6
    // @end
    assertThat(lengths).containsExactly(5);
    assertThat(first).isEqualTo(0.6f);
  }

  @Test
  void globalNorm() {
    Tensor dw = Tensor.of(new float[] {3, 0, 0, 4}, 2, 2);
    Tensor db = Tensor.of(new float[] {12, 0}, 2);
    // @start region="global"
    List<Tensor> gradients = List.of(dw, db); // of norm 5 and 12
    double before = GlobalNorm.clip(Norm.L2, 1, gradients); // 13.0
    double after = GlobalNorm.of(Norm.L2, gradients); // just below 1
    // @end
    assertThat(before).isEqualTo(13);
    assertThat(after).isBetween(1 - 1e-6, 1.0);
    assertThat(db.get(0)).isEqualTo((float) (12 / (13 + 1e-6)));
  }

  @Test
  void parallelism() {
    Tensor x = TestFiles.random(1, DType.F32, 1000, 600);
    // @start region="parallelism"
    SliceNorms rows = SliceNorms.l2(Axes.along(-1)).withParallelism(Parallelism.automatic());
    Tensor norms = rows.of(x); // several threads if x is large; the same bits in any case
    // @end
    assertThat(x.count()).isGreaterThanOrEqualTo(Parallelism.automatic().leastElements());
    assertThat(norms.toFloatArray()).isEqualTo(SliceNorms.l2(Axes.along(-1)).of(x).toFloatArray());
  }

  @Test
  void zeroSlice() {
    // @start region="zero"
    Tensor v = Tensor.of(new float[] {0, 0, 3, 4}, 2, 2);
    SliceNorms rows = SliceNorms.l2(Axes.along(-1)); // ZERO, unless told otherwise
    Tensor zeros = rows.normalize(v).unit(); // [[0, 0], [0.6, 0.8]]
    Tensor nans = rows.withZeroSlice(ZeroSlice.NAN).normalize(v).unit(); // [[NaN, NaN], …]
    SliceNorms strict = rows.withZeroSlice(ZeroSlice.REJECT); // normalize(v) throws
    // @end
    assertThat(rows.zeroSlice()).isEqualTo(ZeroSlice.ZERO);
    assertThat(zeros.toFloatArray()).containsExactly(0, 0, 0.6f, 0.8f);
    assertThat(nans.toFloatArray()).containsExactly(Float.NaN, Float.NaN, 0.6f, 0.8f);
    assertThatThrownBy(() -> strict.normalize(v)).isInstanceOf(ZeroSliceException.class);
  }
}
