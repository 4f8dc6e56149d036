package dev.slicenorm.norm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Contract;
import dev.slicenorm.testing.Exact;
import dev.slicenorm.testing.ExactNorms;
import dev.slicenorm.testing.Indices;
import dev.slicenorm.testing.RandomAxes;
import dev.slicenorm.testing.RandomTensors;
import dev.slicenorm.testing.RandomTensors.Place;
import dev.slicenorm.testing.RandomTensors.Values;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Norms of seeded random tensors against the exact reference: shapes, views, types, places, ranges.
 */
class RandomNormsTest {

  static IntStream seeds() {
    return IntStream.range(0, 50);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void sumsAndExtremes(int seed) {
    RandomTensors random = new RandomTensors(10_000 + seed);
    for (int i = 0; i < 60; i++) {
      check(random, 250, random.any(Norm.L1, Norm.L2, Norm.L2, Norm.MAX, Norm.MIN, Norm.COUNT));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void otherPowers(int seed) {
    RandomTensors random = new RandomTensors(20_000 + seed);
    for (int i = 0; i < 12; i++) {
      check(random, 40, Norm.p(random.any(0.5, 3.0, 2.5, 10.0)));
    }
  }

  /** The first two calls go the long way; a later one takes what is planned. */
  @ParameterizedTest
  @MethodSource("seeds")
  void fewSlicesOnceMore(int seed) {
    RandomTensors random = new RandomTensors(60_000 + seed);
    for (int i = 0; i < 60; i++) {
      long[] shape = random.shape(150);
      Axes axes = RandomAxes.of(random, shape.length);
      Layout layout = random.layout(shape, false);
      Values values = random.any(Values.values());
      Tensor x = random.tensor(DType.F32, layout, Place.ARRAY, values);
      Layout outLayout = random.layout(axes.keptShape(shape), true);
      Norm norm = random.any(Norm.L2, Norm.L2, Norm.L1, Norm.MAX, Norm.MIN, Norm.COUNT);
      String what = "%s %s of %s, into %s".formatted(norm, axes, layout, outLayout);
      SliceNorms norms = SliceNorms.of(norm, axes);
      Tensor first = random.blank(DType.F32, outLayout, Place.ARRAY);
      norms.into(x, first);
      Tensor second = random.blank(DType.F32, outLayout, Place.ARRAY);
      for (int call = 2; call <= 4; call++) {
        second = random.blank(DType.F32, outLayout, Place.ARRAY);
        norms.into(x, second);
        assertThat(second.toFloatArray()).as(what).isEqualTo(first.toFloatArray());
        assertNothingBesideIsWritten(what, second);
      }
      Tensor other = random.tensor(DType.F32, layout, Place.ARRAY, values);
      norms.into(other, second);
      SliceNorms.of(norm, axes).into(other, first);
      assertThat(second.toFloatArray()).as(what).isEqualTo(first.toFloatArray());
    }
  }

  private static void check(RandomTensors random, int most, Norm norm) {
    long[] shape = random.shape(most);
    DType dtype = random.any(DType.values());
    Tensor x = random.tensor(dtype, shape, random.any(Values.values()));
    Axes axes = RandomAxes.of(random, shape.length);
    DType output = random.any(dtype, dtype, DType.F32, DType.F64);
    String what = "%s %s of %s, %s, as %s".formatted(norm, axes, x.describe(), x.layout(), output);
    double p = norm.exponent();
    List<Exact> truth = ExactNorms.norms(p, axes, x);
    SliceNorms norms = SliceNorms.of(norm, axes);
    Tensor y = norms.of(x, output);
    assertThat(y.shape()).as(what).isEqualTo(axes.keptShape(shape));
    assertThat(y.dtype()).as(what).isEqualTo(output);
    // Kept in double, norms of short types are as good as norms of doubles.
    Contract.assertWithin(what, y, truth, Contract.normLimit(DType.F64, output, p));
    Tensor into = random.blank(output, random.layout(y.shape(), true), random.any(Place.values()));
    norms.into(x, into);
    assertThat(into.toDoubleArray())
        .as("%s into %s", what, into.layout())
        .isEqualTo(y.toDoubleArray());
    assertNothingBesideIsWritten(what, into);
  }

  private static void assertNothingBesideIsWritten(String what, Tensor into) {
    boolean[] element = new boolean[(int) into.memory().capacity(into.dtype())];
    Indices.forEach(into.shape(), index -> element[(int) into.layout().position(index)] = true);
    for (int i = 0; i < element.length; i++) {
      if (!element[i]) {
        assertThat(into.memory().get(into.dtype(), i))
            .as("%s beside %s", what, into.layout())
            .isNaN();
      }
    }
  }

  /**
   * Around the lengths at which vectors, tiles and blocks end, and for each way to walk a slice.
   */
  @ParameterizedTest
  @ValueSource(
      ints = {
        1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 127, 128, 129, 255, 257,
        1000, 1023, 1025, 2047, 2048, 2049, 4095, 4096, 4097, 8191, 8192, 8193, 12289, 20481
      })
  void lengthsAroundTheEndsOfVectorsAndBlocks(int length) {
    RandomTensors random = new RandomTensors(30_000 + length);
    for (DType dtype : DType.values()) {
      for (long[] shape :
          new long[][] {{length}, {3, length}, {length, 3}, {2, length, 5}, {length, 17}}) {
        if (Indices.count(shape) > 60_000) {
          continue;
        }
        int axis = shape[0] == length ? 0 : 1;
        Tensor x =
            random.tensor(
                dtype, random.layout(shape, false), random.any(Place.values()), Values.ORDINARY);
        for (Norm norm : List.of(Norm.L1, Norm.L2, Norm.MAX)) {
          Axes axes = Axes.along(axis);
          String what = "%s %s of %s, %s".formatted(norm, axes, x.describe(), x.layout());
          Contract.assertWithin(
              what,
              SliceNorms.of(norm, axes).of(x),
              ExactNorms.norms(norm.exponent(), axes, x),
              Contract.normLimit(dtype, dtype, norm.exponent()));
        }
      }
    }
  }

  /**
   * One value of each range among many of another, at each place in turn, so that no place is lost.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 33, 64, 100, 4100})
  void noElementIsForgotten(int length) {
    for (DType dtype : DType.values()) {
      Tensor x = Tensor.zeros(dtype, 1, length);
      for (int at = 0; at < length; at += Math.max(1, length / 61)) {
        x.set(3, 0, at);
        for (Norm norm : List.of(Norm.L1, Norm.L2, Norm.MAX, Norm.p(3))) {
          assertThat(SliceNorms.of(norm, Axes.along(1)).of(x).item())
              .as("%s, %s at %s of %s", norm, dtype, at, length)
              .isEqualTo(3);
          assertThat(
                  SliceNorms.of(norm, Axes.along(0)).of(x.transpose().unsqueeze(0)).get(0, at, 0))
              .isEqualTo(3);
        }
        assertThat(SliceNorms.of(Norm.COUNT, Axes.whole()).of(x).item()).isEqualTo(1);
        x.set(Double.NaN, 0, at);
        for (Norm norm : List.of(Norm.L1, Norm.L2, Norm.MAX, Norm.MIN, Norm.COUNT, Norm.p(0.5))) {
          assertThat(SliceNorms.of(norm, Axes.along(1)).of(x).item())
              .as("%s, NaN in %s at %s of %s", norm, dtype, at, length)
              .isNaN();
        }
        x.set(Double.NEGATIVE_INFINITY, 0, at);
        for (Norm norm : List.of(Norm.L1, Norm.L2, Norm.MAX, Norm.p(0.5), Norm.p(3))) {
          assertThat(SliceNorms.of(norm, Axes.along(1)).of(x).item())
              .as("%s, infinity in %s at %s of %s", norm, dtype, at, length)
              .isEqualTo(Double.POSITIVE_INFINITY);
        }
        x.set(0, 0, at);
      }
    }
  }

  /** Millions of elements, where sums in the element type lose percents. */
  @ParameterizedTest
  @ValueSource(strings = {"F32", "F16", "BF16", "F64"})
  void longSlicesLoseNothing(DType dtype) {
    int length = 3_000_001;
    Tensor x = Tensor.zeros(dtype, length);
    x.fill(0.125);
    x.set(1, length / 2);
    Tensor bytes = x.reshape(1, length).transpose();
    // Sums of equal powers of two are exact in double whatever their order.
    double ones = (length - 1) * 0.125 + 1;
    double squares = (length - 1) * 0.015625 + 1;
    for (Axes axes : List.of(Axes.along(0), Axes.whole())) {
      assertThat(SliceNorms.of(Norm.L1, axes).of(bytes, DType.F64).item()).isEqualTo(ones);
      assertThat(SliceNorms.of(Norm.L2, axes).of(bytes, DType.F64).item())
          .isEqualTo(Math.sqrt(squares));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"F32", "F16", "BF16", "F64"})
  void elementsOfTheWholeRangeMeetInOneSlice(DType dtype) {
    RandomTensors random = new RandomTensors(31_000 + dtype.byteSize());
    for (Values values : List.of(Values.WIDE, Values.SUBNORMAL, Values.HUGE, Values.TINY)) {
      for (int length : new int[] {1, 2, 33, 500}) {
        Tensor x = random.tensor(dtype, Layout.contiguous(4, length), Place.ARRAY, values);
        // One row overflows, if its type can.
        double greatest = Math.abs(Arrays.stream(x.toDoubleArray()).max().orElseThrow());
        x.set(greatest, 0, 0);
        for (double p : new double[] {1, 2, Double.POSITIVE_INFINITY}) {
          for (Axes axes : List.of(Axes.along(0), Axes.along(1), Axes.whole())) {
            Contract.assertWithin(
                "p %s %s of %s %s".formatted(p, axes, values, x.describe()),
                SliceNorms.of(Norm.p(p), axes).of(x),
                ExactNorms.norms(p, axes, x),
                Contract.normLimit(dtype, dtype, p));
          }
        }
      }
    }
  }
}
