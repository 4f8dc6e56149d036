package dev.slicenorm.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.testing.Indices;
import dev.slicenorm.testing.RandomTensors;
import dev.slicenorm.testing.RandomTensors.Place;
import dev.slicenorm.testing.RandomTensors.Values;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Reading, writing, copying and converting strided tensors, one element at a time as the model. */
class TensorTest {

  static IntStream seeds() {
    return IntStream.range(0, 40);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void copiesHoldTheElementsInRowMajorOrder(int seed) {
    RandomTensors random = new RandomTensors(4000 + seed);
    for (int i = 0; i < 25; i++) {
      Tensor x =
          random.tensor(random.any(DType.values()), random.shape(200), random.any(Values.values()));
      double[] elements = elements(x);
      assertThat(x.toDoubleArray()).isEqualTo(elements);
      assertThat(x.toFloatArray()).isEqualTo(floats(elements));
      Tensor copy = x.copy();
      assertThat(copy.isContiguous()).isTrue();
      assertThat(copy.dtype()).isEqualTo(x.dtype());
      assertThat(copy.overlaps(x)).isFalse();
      assertThat(elements(copy)).isEqualTo(elements);
      assertThat(x.contiguous() == x).isEqualTo(x.isContiguous());
      assertThat(elements(x.contiguous())).isEqualTo(elements);
      DType target = random.any(DType.values());
      assertThat(elements(x.to(target))).isEqualTo(rounded(target, elements));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void copyFromConvertsAndTouchesNothingElse(int seed) {
    RandomTensors random = new RandomTensors(5000 + seed);
    for (int i = 0; i < 25; i++) {
      long[] shape = random.shape(200);
      Tensor x = random.tensor(random.any(DType.values()), shape, random.any(Values.values()));
      Tensor y =
          random.blank(
              random.any(DType.values()), random.layout(shape, true), random.any(Place.values()));
      long[] before = bits(y);
      y.copyFrom(x);
      assertThat(elements(y)).isEqualTo(rounded(y.dtype(), elements(x)));
      assertOnlyElementsChanged(y, before);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void fillWritesEachElementAndTouchesNothingElse(int seed) {
    RandomTensors random = new RandomTensors(6000 + seed);
    for (int i = 0; i < 25; i++) {
      DType dtype = random.any(DType.values());
      Tensor y =
          random.blank(dtype, random.layout(random.shape(200), true), random.any(Place.values()));
      long[] before = bits(y);
      y.fill(0.1);
      double[] expected = new double[(int) y.count()];
      Arrays.fill(expected, 0.1);
      assertThat(elements(y)).isEqualTo(rounded(dtype, expected));
      assertOnlyElementsChanged(y, before);
    }
  }

  private static void assertOnlyElementsChanged(Tensor y, long[] before) {
    boolean[] element = new boolean[before.length];
    Indices.forEach(y.shape(), index -> element[(int) y.layout().position(index)] = true);
    long[] after = bits(y);
    for (int i = 0; i < before.length; i++) {
      if (!element[i]) {
        assertThat(after[i]).as("position %s beside %s", i, y.layout()).isEqualTo(before[i]);
      }
    }
  }

  private static long[] bits(Tensor tensor) {
    return LongStream.range(0, tensor.memory().capacity(tensor.dtype()))
        .map(i -> Double.doubleToRawLongBits(tensor.memory().get(tensor.dtype(), i)))
        .toArray();
  }

  private static double[] elements(Tensor tensor) {
    double[] elements = new double[(int) tensor.count()];
    int[] next = {0};
    Indices.forEach(tensor.shape(), index -> elements[next[0]++] = tensor.get(index));
    return elements;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static double[] rounded(DType dtype, double[] values) {
    Tensor tensor = Tensor.zeros(dtype, values.length);
    for (int i = 0; i < values.length; i++) {
      tensor.set(values[i], i);
    }
    return elements(tensor);
  }

  @Test
  void viewsShareTheirMemory() {
    float[] data = {1, 2, 3, 4, 5, 6};
    Tensor x = Tensor.of(data, 2, 3);
    x.transpose().set(10, 2, 0);
    x.slice(1, 2, -1, -2).select(0, 1).set(20, 1);
    x.reshape(3, 2).unsqueeze(1).squeeze(1).flip(0).set(30, 0, 1);
    assertThat(data).containsExactly(1, 2, 10, 20, 5, 30);
    data[0] = 40;
    assertThat(x.expand(2, 2, 3).get(1, 0, 0)).isEqualTo(40);
    assertThat(x.permute(1, 0).get(0, 0)).isEqualTo(40);
    assertThat(x.squeeze().transpose(0, -1).get(0, 0)).isEqualTo(40);
  }

  @Test
  void oneElementIsAnItem() {
    assertThat(Tensor.of(new double[] {2.5}).item()).isEqualTo(2.5);
    assertThat(Tensor.of(new float[] {1, 2, 3}, 1, 3).select(1, 2).item()).isEqualTo(3);
    assertThatThrownBy(() -> Tensor.zeros(DType.F32, 2, 3).item())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("F32[2, 3] has 6 elements, expected one");
  }

  @Test
  void aTensorNeedsMemoryOfItsSizeAndType() {
    assertThatThrownBy(() -> Tensor.of(new float[5], 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("memory of 5 elements: expected 6 for F32[2, 3]");
    assertThatThrownBy(() -> Tensor.of(new float[7], 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("memory of 7 elements: expected 6 for F32[2, 3]");
    assertThatThrownBy(() -> Tensor.of(DType.F32, new short[6], 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("memory of kind Halves can't hold elements of type F32: expected [F16, BF16]");
    Memory memory = new Memory.Floats(new float[10]);
    Layout layout = Layout.strided(new long[] {2, 3}, new long[] {-3, 1}, 2);
    assertThatThrownBy(() -> Tensor.strided(DType.F32, memory, layout))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage(
            "elements from position -1 to 4 (shape [2, 3], strides [-3, 1], offset 2): expected 0"
                + " to 9, the memory's 10 elements");
    assertThatThrownBy(() -> Tensor.zeros(DType.F32, 1L << 20, 1L << 20))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 1099511627776 elements, more than a Java array holds");
    assertThatCode(() ->
            Tensor.strided(DType.F32, memory, Layout.strided(new long[] {0}, new long[] {99}, 7)))
        .doesNotThrowAnyException();
  }

  @Test
  void whatShowsAnElementTwiceIsNotWritable() {
    Tensor x = Tensor.zeros(DType.F32, 1, 3).expand(2, 3);
    assertThatThrownBy(() -> x.set(1, 0, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("F32[2, 3] shows an element more than once");
    assertThatThrownBy(() -> x.fill(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> x.copyFrom(Tensor.zeros(DType.F32, 2, 3)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void copyFromRefusesOtherShapesAndPartialOverlap() {
    Tensor x = Tensor.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7}, 8);
    assertThatThrownBy(() -> x.copyFrom(Tensor.zeros(DType.F64, 2, 4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cannot copy F64[2, 4] into F32[8]: expected equal shapes");
    Tensor head = x.slice(0, 0, 6);
    assertThatThrownBy(() -> head.copyFrom(x.slice(0, 2, 8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("F32[6] (shape [6]")
        .hasMessageContaining("bytes apart: expected the same view or separate memory");
    assertThatThrownBy(() -> x.copyFrom(x.flip(0))).hasMessageContaining("overlaps the input");
    head.copyFrom(x.slice(0, 0, 6));
    x.slice(0, 0, 4).copyFrom(x.slice(0, 4, 8));
    assertThat(x.toFloatArray()).containsExactly(4, 5, 6, 7, 4, 5, 6, 7);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void zerosAreZerosOfEachType(DType dtype) {
    Tensor zeros = Tensor.zeros(dtype, 2, 0, 3);
    assertThat(zeros.count()).isZero();
    assertThat(Tensor.zeros(dtype, 3).toDoubleArray()).containsExactly(0, 0, 0);
    assertThat(Tensor.zeros(dtype).item()).isZero();
    assertThat(Tensor.zeros(dtype, 2).memory().capacity(dtype)).isEqualTo(2);
    assertThat(dtype.byteSize()).isEqualTo(dtype == DType.F64 ? 8 : dtype == DType.F32 ? 4 : 2);
  }

  @Test
  void textShowsTypeShapeAndElements() {
    assertThat(Tensor.of(new float[] {1, 2.5f, -3, 4, 5, 6}, 2, 3))
        .hasToString("F32[2, 3]\n[[1.0, 2.5, -3.0],\n [4.0, 5.0, 6.0]]");
    assertThat(Tensor.of(new double[] {0.1, Double.NaN}, 2)).hasToString("F64[2] [0.1, NaN]");
    assertThat(Tensor.of(new double[] {0.1})).hasToString("F64[] 0.1");
    assertThat(Tensor.of(DType.F16, new short[] {0x3C00}, 1)).hasToString("F16[1] [1.0]");
    assertThat(Tensor.zeros(DType.F32, 0, 3)).hasToString("F32[0, 3]\n[]");
    assertThat(Tensor.zeros(DType.F32, 2, 0)).hasToString("F32[2, 0]\n[[],\n []]");
    assertThat(Tensor.of(new float[] {0, 1, 2, 3, 4, 5, 6}, 7))
        .hasToString("F32[7] [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]");
    assertThat(Tensor.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7}, 8))
        .hasToString("F32[8] [0.0, 1.0, 2.0, ..., 5.0, 6.0, 7.0]");
    assertThat(Tensor.zeros(DType.F32, 100, 100, 100).toString().length()).isLessThan(3000);
    assertThat(Tensor.of(new float[] {0}, 1).expand(1L << 40))
        .hasToString("F32[1099511627776] [0.0, 0.0, 0.0, ..., 0.0, 0.0, 0.0]");
  }

  @Test
  void describeIsShort() {
    assertThat(Tensor.zeros(DType.BF16, 4, 3).describe()).isEqualTo("BF16[4, 3]");
  }
}
