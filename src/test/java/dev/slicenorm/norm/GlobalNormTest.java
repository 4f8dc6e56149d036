package dev.slicenorm.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tensors that share elements, which clipping would scale twice. */
class GlobalNormTest {

  @Test
  void clippingRefusesAnElementThatIsListedTwice() {
    Tensor x = Tensor.of(new float[] {3, 4, 0, 0}, 4);
    Tensor other = Tensor.of(new float[] {12}, 1);
    assertThatThrownBy(() -> GlobalNorm.clip(Norm.L2, 1, List.of(x, other, x)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tensor 2, F32[4], shares memory with tensor 0, F32[4]: expected each element once");
    Tensor half = x.slice(0, 1, 3);
    assertThatThrownBy(() -> GlobalNorm.clip(Norm.L2, 1, List.of(other, half, x)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tensor 2, F32[4], shares memory with tensor 1, F32[2]: expected each element once");
    assertThat(x.toFloatArray()).as("nothing is written").containsExactly(3, 4, 0, 0);
    assertThat(other.item()).isEqualTo(12);
  }

  @Test
  void clippingRefusesTwoViewsOfOneSegment() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(16);
      Tensor first = Tensor.of(DType.F32, segment, 4);
      Tensor second = Tensor.of(DType.F64, segment.asSlice(8), 1);
      assertThatThrownBy(() -> GlobalNorm.clip(Norm.L2, 1, List.of(first, second)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("tensor 1, F64[1], shares memory with tensor 0, F32[4]");
    }
  }

  @Test
  void partsOfOneArrayAreClippedTogether() {
    float[] memory = {3, 0, 4, 0};
    Tensor all = Tensor.of(memory, 4);
    Tensor none = all.slice(0, 2, 2);
    List<Tensor> parts = List.of(all.slice(0, 0, 4, 2), none, all.slice(0, 1, 4, 2), none);
    assertThat(GlobalNorm.clip(Norm.L2, 0, parts)).isEqualTo(5);
    assertThat(memory).containsExactly(0, 0, 0, 0);
  }

  @Test
  void theNormCountsAnElementAsOftenAsItIsListed() {
    Tensor x = Tensor.of(new float[] {3, 4}, 2);
    assertThat(GlobalNorm.of(Norm.L1, List.of(x, x))).isEqualTo(14);
  }

  @Test
  void clipsWhatHasANormBeyondTheRange() {
    Tensor x = Tensor.of(new double[] {1.5e308, 0, -1.5e308}, 3);
    Tensor y = Tensor.of(new double[] {1e300}, 1);
    assertThat(GlobalNorm.clip(Norm.L2, 1, List.of(x, y))).isInfinite();
    assertThat(x.get(0)).isCloseTo(Math.sqrt(0.5), within(1e-15));
    assertThat(x.get(2)).isCloseTo(-Math.sqrt(0.5), within(1e-15));
    assertThat(y.get(0)).isCloseTo(Math.sqrt(0.5) / 1.5e8, within(1e-23));
    Tensor infinite = Tensor.of(new double[] {Double.POSITIVE_INFINITY, 1}, 2);
    GlobalNorm.clip(Norm.L2, 1, List.of(infinite));
    assertThat(infinite.toDoubleArray()).containsExactly(Double.NaN, 0);
  }

  @Test
  void clippingBeyondTheRangeKeepsWhatTheFactorKeeps() {
    Tensor large = Tensor.of(new double[] {1.5e308, 1.5e308, 1e-300}, 3);
    Tensor small = Tensor.of(new float[] {3}, 1);
    assertThat(GlobalNorm.clip(Norm.L2, 1.5e308, List.of(large, small))).isInfinite();
    double factor = Math.sqrt(0.5);
    assertThat(large.get(0)).isCloseTo(1.5e308 * factor, within(1e293));
    assertThat(large.get(2)).isCloseTo(1e-300 * factor, within(1e-315));
    assertThat(small.get(0)).isCloseTo(3 * factor, within(1e-6));
    Tensor free = Tensor.of(new double[] {1.5e308, 1.5e308}, 2);
    GlobalNorm.clip(Norm.L2, Double.POSITIVE_INFINITY, List.of(free));
    assertThat(free.toDoubleArray()).containsExactly(1.5e308, 1.5e308);
  }

  @Test
  void anInfiniteNormIsNotAboveAnInfiniteLimit() {
    Tensor first = Tensor.of(new float[] {1, 2, Float.POSITIVE_INFINITY}, 3);
    Tensor second = Tensor.of(new float[] {5}, 1);
    double before = GlobalNorm.clip(Norm.L2, Double.POSITIVE_INFINITY, List.of(first, second));
    assertThat(before).isInfinite();
    assertThat(first.toFloatArray()).containsExactly(1, 2, Float.POSITIVE_INFINITY);
    assertThat(second.toFloatArray()).containsExactly(5);
    first.set(Double.NaN, 0);
    GlobalNorm.clip(Norm.L2, Double.POSITIVE_INFINITY, List.of(first, second));
    assertThat(second.toFloatArray()).containsExactly(Float.NaN);
  }
}
