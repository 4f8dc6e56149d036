package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Parallelism;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.norm.ZeroSliceException;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.RandomAxes;
import dev.slicenorm.testing.RandomTensors;
import dev.slicenorm.testing.RandomTensors.Place;
import dev.slicenorm.testing.RandomTensors.Values;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A weight composed piece by piece has the bits of one composed at once. */
class WeightScalesTest {

  static IntStream seeds() {
    return IntStream.range(0, 40);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void piecesHaveTheBitsOfTheWhole(int seed) {
    RandomTensors random = new RandomTensors(80_000 + seed);
    for (int i = 0; i < 25; i++) {
      long[] shape = random.shape(random.any(100, 12_000));
      Axes axes = RandomAxes.of(random, shape.length);
      Tensor v = random.tensor(random.any(DType.values()), shape, random.any(Values.values()));
      Tensor g =
          random.tensor(
              random.any(DType.values()),
              axes.keptShape(shape),
              random.any(Values.ORDINARY, Values.WIDE, Values.HUGE));
      DType to = random.any(v.dtype(), random.any(DType.values()));
      WeightNorm norm =
          WeightNorm.of(axes)
              .withZeroSlice(random.any(ZeroSlice.ZERO, ZeroSlice.NAN, ZeroSlice.floor(0.25)))
              .withParallelism(Parallelism.threads(random.any(1, 3)));
      Tensor expected = Tensor.zeros(to, shape);
      norm.compose(v, g, expected);
      WeightScales scales = norm.scales(v, g, to);
      Tensor w = random.blank(to, random.layout(shape, true), random.any(Place.values()));
      boolean inPlace = to == v.dtype() && random.random().nextBoolean();
      if (inPlace) {
        w.copyFrom(v);
      }
      compose(random, scales, inPlace ? w : v, w, 0);
      assertThat(w.toDoubleArray())
          .as("%s of %s %s to %s", axes, v.describe(), g.describe(), to)
          .isEqualTo(expected.toDoubleArray());
    }
  }

  private static void compose(
      RandomTensors random, WeightScales scales, Tensor v, Tensor w, int axis) {
    if (axis == v.rank()) {
      scales.compose(v, w);
      return;
    }
    long size = v.size(axis);
    long step = random.random().nextBoolean() ? size : 1 + random.random().nextLong(size + 1);
    for (long start = 0; start < size; start += step) {
      long stop = Math.min(start + step, size);
      compose(
          random,
          scales.slice(axis, start, stop),
          v.slice(axis, start, stop),
          w.slice(axis, start, stop),
          axis + 1);
    }
  }

  /** Quotients beyond two doubles: the exponents of v and g are at opposite ends of the range. */
  @Test
  void quotientsOutOfReachAreComposedToo() {
    Tensor v = Tensor.of(new double[] {0x3p-1074, 0x1p-1074, 0, 0x2p-1074, 0, 0}, 3, 2);
    Tensor g = Tensor.of(new double[] {0x1p1023, 0x1p1022}, 1, 2);
    WeightNorm norm = WeightNorm.of(Axes.along(0));
    WeightScales scales = norm.scales(v, g, DType.F64);
    Tensor w = Tensor.zeros(DType.F64, 3, 2);
    for (int column = 0; column < 2; column++) {
      WeightScales part = scales.slice(1, column, column + 1);
      for (int row = 0; row < 3; row++) {
        Tensor piece = v.slice(0, row, row + 1).slice(1, column, column + 1);
        part.compose(piece, w.slice(0, row, row + 1).slice(1, column, column + 1));
      }
    }
    assertThat(w.toDoubleArray()).isEqualTo(norm.compose(v, g).toDoubleArray());
    assertThat(w.get(0, 0)).isEqualTo(0x1p1023);
    assertThat(w.get(1, 1)).isCloseTo(0x1p1023 / Math.sqrt(5), offset(0x1p972));
  }

  @Test
  void slicesStayInsideTheWeight() {
    Tensor v = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Tensor g = Tensor.of(new float[] {1, 10}, 2, 1);
    WeightNorm norm = WeightNorm.of(Axes.along(-1));
    WeightScales scales = norm.scales(v, g, DType.F32);
    for (int axis : new int[] {2, -3}) {
      assertThatThrownBy(() -> scales.slice(axis, 0, 1))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessage("axis " + axis + ": expected -2 to 1 for rank 2");
    }
    assertThatThrownBy(() -> scales.slice(1, 7, 99))
        .as("a reduced axis")
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("from 7 to 99")
        .hasMessageContaining("axis 1 of size 3");
    assertThatThrownBy(() -> scales.slice(-2, 1, 3))
        .as("a kept axis")
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("axis 0 of size 2");
    assertThatThrownBy(() -> scales.slice(1, 1, 3).slice(1, 0, 3))
        .as("a slice of a slice")
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("axis 1 of size 2");

    Tensor w = Tensor.zeros(DType.F32, 1, 2);
    scales.slice(-2, 1, 2).slice(-1, 1, 3).compose(v.slice(0, 1, 2).slice(1, 1, 3), w);
    assertThat(w.toFloatArray())
        .containsExactly(norm.compose(v, g).slice(0, 1, 2).slice(1, 1, 3).toFloatArray());
  }

  @Test
  void refusesPiecesThatDoNotFit() {
    Tensor v = Tensor.zeros(DType.F32, 4, 3);
    Tensor g = Tensor.zeros(DType.F32, 1, 3);
    WeightNorm norm = WeightNorm.of(Axes.along(0)).withName("head.weight");
    WeightScales scales = norm.scales(v, g, DType.F16);
    Tensor row = v.slice(0, 0, 1);
    assertThatThrownBy(() -> scales.compose(v.slice(1, 0, 2), Tensor.zeros(DType.F16, 4, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "v is F32[4, 2], expected F32 of shape [1, 3] on the axes that along [0] keeps");
    assertThatThrownBy(() -> scales.compose(row, Tensor.zeros(DType.F32, 1, 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("w is F32[1, 3], expected F16[1, 3] as v has");
    assertThatThrownBy(() -> scales.compose(row, Tensor.zeros(DType.F16, 2, 3)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> norm.scales(v, Tensor.zeros(DType.F32, 4, 1), DType.F32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("g of head.weight has shape [4, 1], expected [1, 3]");
    assertThatThrownBy(() -> norm.withZeroSlice(ZeroSlice.REJECT).scales(v, g, DType.F32))
        .isInstanceOf(ZeroSliceException.class)
        .hasMessageContaining("v of head.weight");
  }
}
