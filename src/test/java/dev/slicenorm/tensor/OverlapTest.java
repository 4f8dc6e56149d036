package dev.slicenorm.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.testing.Indices;
import dev.slicenorm.testing.RandomTensors;
import java.util.BitSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The decisions of {@link Overlap} against marking each byte. */
class OverlapTest {

  static IntStream seeds() {
    return IntStream.range(0, 30);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void betweenTwoAgreesWithMarkingEachByte(int seed) {
    RandomTensors random = new RandomTensors(2000 + seed);
    int overlapping = 0;
    for (int i = 0; i < 200; i++) {
      Layout a = anyStrides(random);
      Layout b = anyStrides(random);
      int unitA = random.any(1, 2, 4, 8);
      int unitB = random.any(1, 2, 4, 8);
      long baseA = random.random().nextInt(40);
      long baseB = random.random().nextInt(40);
      BitSet bytes = bytes(a, unitA, baseA);
      boolean expected = bytes.intersects(bytes(b, unitB, baseB));
      assertThat(Overlap.between(a, unitA, baseA, b, unitB, baseB))
          .as("%s of %s bytes at %s; %s of %s bytes at %s", a, unitA, baseA, b, unitB, baseB)
          .isEqualTo(expected);
      overlapping += expected ? 1 : 0;
    }
    assertThat(overlapping).isBetween(10, 190);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void withItselfAgreesWithMarkingEachElement(int seed) {
    RandomTensors random = new RandomTensors(3000 + seed);
    int overlapping = 0;
    for (int i = 0; i < 300; i++) {
      Layout layout = anyStrides(random);
      boolean expected = bytes(layout, 1, 0).cardinality() < layout.count();
      assertThat(layout.overlapsItself()).as("%s", layout).isEqualTo(expected);
      overlapping += expected ? 1 : 0;
    }
    assertThat(overlapping).isBetween(10, 290);
  }

  /** {@return a layout of strides that need not fit into each other, from offset 100} */
  private static Layout anyStrides(RandomTensors random) {
    long[] shape = new long[random.random().nextInt(4)];
    long[] strides = new long[shape.length];
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = (long) random.random().nextInt(6) + (random.random().nextInt(20) == 0 ? 0 : 1);
      strides[axis] = random.random().nextInt(-13, 14);
    }
    return Layout.strided(shape, strides, 200);
  }

  private static BitSet bytes(Layout layout, int unit, long base) {
    BitSet bytes = new BitSet();
    Indices.forEach(
        layout.shape(),
        index -> {
          int from = (int) (base + layout.position(index) * unit);
          bytes.set(from, from + unit);
        });
    return bytes;
  }

  @Test
  void slicedViewsOfOneTensorAreToldApart() {
    Tensor base = Tensor.of(new float[600], 20, 30);
    assertThat(base.slice(0, 0, 20, 2).overlaps(base.slice(0, 1, 20, 2))).isFalse();
    assertThat(base.slice(1, 0, 30, 3).overlaps(base.slice(1, 1, 30, 3))).isFalse();
    assertThat(base.slice(1, 0, 30, 3).overlaps(base.slice(1, 0, 30, 2))).isTrue();
    assertThat(base.slice(1, 0, 15).overlaps(base.slice(1, 15, 30))).isFalse();
    assertThat(base.slice(1, 0, 16).overlaps(base.slice(1, 15, 30).transpose())).isTrue();
    assertThat(base.overlaps(Tensor.of(new float[600], 20, 30))).isFalse();
    assertThat(base.slice(0, 3, 3).overlaps(base)).isFalse();
  }

  @Test
  void hugeViewsAreDecidedWithoutWalkingThem() {
    long size = 1L << 20;
    Layout even = Layout.strided(new long[] {size, size}, new long[] {size * 2, 2}, 0);
    Layout odd = Layout.strided(new long[] {size, size}, new long[] {size * 2, 2}, 1);
    assertThat(Overlap.between(even, odd)).isFalse();
    assertThat(Overlap.between(even, even.flip(0, 1))).isTrue();
    assertThat(even.overlapsItself()).isFalse();
    assertThat(Layout.strided(new long[] {size, size}, new long[] {1, 2}, 0).overlapsItself())
        .isTrue();
  }
}
