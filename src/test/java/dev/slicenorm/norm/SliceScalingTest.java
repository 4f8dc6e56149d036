package dev.slicenorm.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Exact;
import dev.slicenorm.testing.ExactNorms;
import dev.slicenorm.testing.Indices;
import dev.slicenorm.testing.RandomAxes;
import dev.slicenorm.testing.RandomTensors;
import dev.slicenorm.testing.RandomTensors.Place;
import dev.slicenorm.testing.RandomTensors.Values;
import dev.slicenorm.testing.Ulp;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unit slices, clipped slices and scaled slices: all norms, types, layouts, places. */
class SliceScalingTest {

  private static final MathContext DIGITS = new MathContext(50);
  private static final Norm[] NORMS = {
    Norm.L1, Norm.L2, Norm.L2, Norm.MAX, Norm.MIN, Norm.p(3), Norm.p(0.25)
  };

  @Test
  void aCountIsNoNormToScaleBy() {
    Tensor x = Tensor.of(new float[] {5, 3}, 2);
    SliceNorms counts = SliceNorms.of(Norm.COUNT, Axes.whole());
    String message = "norm COUNT: expected one that grows with the elements, such as L2";
    assertThatThrownBy(() -> counts.normalize(x)).hasMessage(message);
    assertThatThrownBy(() -> counts.clip(x, 1, x)).hasMessage(message);
    assertThatThrownBy(() -> GlobalNorm.clip(Norm.COUNT, 1, List.of(x))).hasMessage(message);
    assertThat(x.toDoubleArray()).containsExactly(5, 3);
  }

  @Test
  void anAxisOfSizeOneMayHaveAnyStepInPlace() {
    Tensor x = Tensor.of(new float[] {3, 4, 5, 12}, 2, 2);
    Tensor first = x.slice(0, 0, 1, 1);
    Tensor same = x.select(0, 0).unsqueeze(0);
    SliceNorms.l2(Axes.along(1)).normalize(first, same, Tensor.zeros(DType.F32, 1, 1));
    assertThat(x.toFloatArray()).containsExactly(0.6f, 0.8f, 5, 12);
  }

  @Test
  void aResultThatOverlapsTheNormsIsNamed() {
    Tensor x = Tensor.of(new float[] {3, 4, 5, 12}, 2, 2);
    Tensor unit = x.copy();
    assertThatThrownBy(
            () -> SliceNorms.l2(Axes.along(1)).normalize(x, unit, unit.slice(1, 0, 1, 1)))
        .hasMessageContaining("magnitudes F32[2, 1] shares memory with the result F32[2, 2]");
  }

  static IntStream seeds() {
    return IntStream.range(0, 20);
  }

  private record Case(Axes axes, Norm norm, Tensor x, List<Exact> norms, String what) {

    static Case of(RandomTensors random) {
      long[] shape = random.shape(60);
      Axes axes = RandomAxes.of(random, shape.length);
      Norm norm = random.any(NORMS);
      Values values =
          random.any(Values.ORDINARY, Values.SPARSE, Values.WIDE, Values.HUGE, Values.TINY);
      Tensor x = random.tensor(random.any(DType.values()), shape, values);
      List<Exact> norms = ExactNorms.norms(norm.exponent(), axes, x);
      return new Case(
          axes, norm, x, norms, "%s %s of %s %s".formatted(norm, axes, x.describe(), x.layout()));
    }

    /** Checks each element of a result against {@code x·factor/n}. */
    void check(Tensor got, double[] above, boolean[] kept) {
      boolean[] reduced = axes.reduced(x.rank());
      double limit = got.dtype() == DType.F64 ? (norm.equals(Norm.L2) ? 2 : 6) : 0.5001;
      Indices.forEach(
          x.shape(),
          index -> {
            int slice = Indices.position(index, x.shape(), reduced);
            BigDecimal n = norms.get(slice).finite();
            BigDecimal element = new BigDecimal(x.get(index));
            BigDecimal truth =
                kept[slice]
                    ? element
                    : n.signum() == 0
                        ? BigDecimal.ZERO
                        : element.multiply(new BigDecimal(above[slice])).divide(n, DIGITS);
            assertThat(Ulp.error(got.dtype(), got.get(index), Exact.of(truth)))
                .as("%s: got %s, truth %s", what, got.get(index), truth.doubleValue())
                .isLessThanOrEqualTo(limit);
          });
    }

    /** Whether a double can hold all norms, with room for their roundings. */
    boolean isInRange() {
      return norms.stream().allMatch(n -> n.isFinite() && n.nearest() < 1e308);
    }
  }

  private static Tensor place(RandomTensors random, Tensor x, DType dtype) {
    Tensor copy = random.blank(dtype, random.layout(x.shape(), true), random.any(Place.values()));
    copy.copyFrom(x);
    return copy;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void slicesBecomeUnits(int seed) {
    RandomTensors random = new RandomTensors(150_000 + seed);
    for (int i = 0; i < 25; i++) {
      Case made = Case.of(random);
      if (!made.isInRange()) {
        continue;
      }
      SliceNorms norms = SliceNorms.of(made.norm, made.axes);
      double[] ones = made.norms.stream().mapToDouble(n -> 1).toArray();
      SliceNorms.Normalized got = norms.normalize(made.x);
      made.check(got.unit(), ones, new boolean[ones.length]);
      assertThat(got.magnitudes().toDoubleArray())
          .as(made.what)
          .containsExactly(norms.of(made.x).toDoubleArray());
      Tensor inPlace = place(random, made.x, made.x.dtype());
      Tensor magnitudes = Tensor.zeros(made.x.dtype(), made.axes.keptShape(made.x.shape()));
      norms.withParallelism(Parallelism.threads(3)).normalize(inPlace, inPlace, magnitudes);
      assertThat(inPlace.toDoubleArray()).as(made.what).containsExactly(got.unit().toDoubleArray());
      Tensor other = Tensor.zeros(random.any(DType.values()), made.x.shape());
      norms.normalize(made.x, other, magnitudes);
      made.check(other, ones, new boolean[ones.length]);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void slicesAreClipped(int seed) {
    RandomTensors random = new RandomTensors(160_000 + seed);
    for (int i = 0; i < 25; i++) {
      Case made = Case.of(random);
      if (!made.isInRange()) {
        continue;
      }
      SliceNorms norms = SliceNorms.of(made.norm, made.axes);
      double[] sizes = norms.of(made.x, DType.F64).toDoubleArray();
      double most = sizes.length == 0 ? 1 : sizes[random.random().nextInt(sizes.length)];
      most *= random.any(0.0, 0.5, 1.0, 1e-9);
      double[] above = new double[sizes.length];
      boolean[] kept = new boolean[sizes.length];
      for (int slice = 0; slice < sizes.length; slice++) {
        above[slice] = most;
        kept[slice] = sizes[slice] <= most;
      }
      Tensor out = Tensor.zeros(made.x.dtype(), made.x.shape());
      Tensor before = norms.clip(made.x, most, out);
      made.check(out, above, kept);
      assertThat(before.toDoubleArray())
          .as(made.what)
          .containsExactly(norms.of(made.x).toDoubleArray());
      Tensor inPlace = place(random, made.x, made.x.dtype());
      norms.withParallelism(Parallelism.threads(2)).clip(inPlace, most, inPlace);
      assertThat(inPlace.toDoubleArray()).as(made.what).containsExactly(out.toDoubleArray());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void slicesAreScaled(int seed) {
    RandomTensors random = new RandomTensors(170_000 + seed);
    for (int i = 0; i < 25; i++) {
      Case made = Case.of(random);
      SliceNorms norms = SliceNorms.of(made.norm, made.axes);
      Tensor factors =
          random.tensor(
              random.any(made.x.dtype(), DType.F64),
              made.axes.keptShape(made.x.shape()),
              Values.ORDINARY);
      Tensor out = norms.scale(made.x, factors);
      boolean[] reduced = made.axes.reduced(made.x.rank());
      double[] each = factors.toDoubleArray();
      Indices.forEach(
          made.x.shape(),
          index -> {
            double factor = each[Indices.position(index, made.x.shape(), reduced)];
            BigDecimal truth = new BigDecimal(made.x.get(index)).multiply(new BigDecimal(factor));
            assertThat(Ulp.error(out.dtype(), out.get(index), Exact.of(truth)))
                .as(made.what)
                .isLessThanOrEqualTo(0.5001);
          });
      Tensor inPlace = place(random, made.x, made.x.dtype());
      norms.withParallelism(Parallelism.threads(2)).scale(inPlace, factors, inPlace);
      assertThat(inPlace.toDoubleArray()).as(made.what).containsExactly(out.toDoubleArray());
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void zeroSlicesFollowThePolicy(DType dtype) {
    Tensor x = Tensor.of(new double[] {0, -0.0, 3, 4}, 2, 2).to(dtype);
    SliceNorms rows = SliceNorms.l2(Axes.along(1));
    double nan = Double.NaN;
    Offset<Double> near = within(1e-15);
    assertThat(unit(rows, x))
        .containsExactly(new double[] {0, -0.0, rounded(0.6, dtype), rounded(0.8, dtype)}, near);
    assertThat(unit(rows.withZeroSlice(ZeroSlice.NAN), x)).startsWith(nan, nan);
    assertThat(unit(rows.withZeroSlice(ZeroSlice.floor(100)), x))
        .containsExactly(new double[] {0, -0.0, rounded(0.3, dtype), rounded(0.4, dtype)}, near);
    SliceNorms reject = rows.withZeroSlice(ZeroSlice.REJECT);
    Tensor out = Tensor.zeros(dtype, 2, 2);
    out.fill(7);
    assertThatThrownBy(() -> reject.normalize(x, out, Tensor.zeros(dtype, 2, 1)))
        .isInstanceOf(ZeroSliceException.class)
        .hasMessageContaining("[0, 0]");
    assertThat(out.toDoubleArray()).containsOnly(7);
    for (Norm norm : new Norm[] {Norm.L1, Norm.MAX, Norm.p(3), Norm.p(0.25)}) {
      SliceNorms other = SliceNorms.of(norm, Axes.along(1));
      assertThat(unit(other, x)).as("%s", norm).startsWith(0, -0.0);
      assertThat(unit(other.withZeroSlice(ZeroSlice.NAN), x)).as("%s", norm).startsWith(nan, nan);
      assertThatThrownBy(() -> other.withZeroSlice(ZeroSlice.JITTOR))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static double[] unit(SliceNorms norms, Tensor x) {
    return norms.normalize(x).unit().toDoubleArray();
  }

  private static double rounded(double value, DType dtype) {
    return Tensor.of(new double[] {value}).to(dtype).item();
  }

  @Test
  void specialValuesGoAsTheQuotientSays() {
    double nan = Double.NaN;
    double infinity = Double.POSITIVE_INFINITY;
    Tensor x = Tensor.of(new double[] {1, infinity, 1, nan, 1e308, 1e308}, 3, 2);
    SliceNorms rows = SliceNorms.l2(Axes.along(1));
    double root = Math.sqrt(0.5);
    assertThat(unit(rows, x)).startsWith(0, nan, nan, nan);
    assertThat(unit(rows, x)[4]).isEqualTo(root, within(1e-15));
    Tensor out = Tensor.zeros(DType.F64, 3, 2);
    assertThat(rows.clip(x, 2, out).toDoubleArray())
        .containsExactly(new double[] {infinity, nan, Math.sqrt(2) * 1e308}, within(1e293));
    assertThat(out.toDoubleArray()).startsWith(0, nan, 1, nan);
    Tensor beyond = Tensor.of(new double[] {1.7e308, 1.7e308}, 2);
    SliceNorms.l2(Axes.whole()).clip(beyond, 1, beyond);
    assertThat(beyond.toDoubleArray()).containsExactly(new double[] {root, root}, within(1e-15));
  }

  @Test
  void whatOverlapsOrDoesNotFitIsRefused() {
    float[] data = new float[12];
    Tensor x = Tensor.of(data, 12).slice(0, 0, 6).reshape(2, 3);
    Tensor shifted = Tensor.of(data, 12).slice(0, 3, 9).reshape(2, 3);
    Tensor inside = Tensor.of(data, 12).slice(0, 4, 6).reshape(2, 1);
    Tensor apart = Tensor.zeros(DType.F32, 2, 1);
    SliceNorms rows = SliceNorms.l2(Axes.along(1));
    for (Tensor out : new Tensor[] {shifted, Tensor.zeros(DType.F32, 3, 2)}) {
      assertThatThrownBy(() -> rows.normalize(x, out, apart))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> rows.scale(x, apart, out))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> rows.clip(x, 1, out)).isInstanceOf(IllegalArgumentException.class);
    }
    for (Tensor perSlice : new Tensor[] {inside, Tensor.zeros(DType.F32, 2)}) {
      assertThatThrownBy(() -> rows.normalize(x, x, perSlice))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> rows.scale(x, perSlice, x))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> rows.clip(x, 1, x, perSlice))
          .isInstanceOf(IllegalArgumentException.class);
    }
    for (double most : new double[] {-1, Double.NaN}) {
      assertThatThrownBy(() -> rows.clip(x, most, x))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected a norm of 0 or more");
      assertThatThrownBy(() -> GlobalNorm.clip(Norm.L2, most, List.of(x)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void theGlobalNormIsThatOfAllElements() {
    Tensor first = Tensor.of(new float[] {3, 0}, 2);
    Tensor second = Tensor.of(new double[] {-4, 0, 0}, 3, 1);
    Tensor empty = Tensor.zeros(DType.F16, 0, 4);
    List<Tensor> all = List.of(first, empty, second);
    assertThat(GlobalNorm.of(Norm.L2, all)).isEqualTo(5);
    assertThat(GlobalNorm.of(Norm.L1, all)).isEqualTo(7);
    assertThat(GlobalNorm.of(Norm.MAX, all)).isEqualTo(4);
    assertThat(GlobalNorm.of(Norm.MIN, all)).isZero();
    assertThat(GlobalNorm.of(Norm.COUNT, all)).isEqualTo(2);
    assertThat(GlobalNorm.of(Norm.L2, List.of(empty))).isZero();
    assertThat(GlobalNorm.of(Norm.L2, List.of())).isZero();
    assertThat(GlobalNorm.clip(Norm.L2, 5.1, all)).isEqualTo(5);
    assertThat(first.get(0)).isEqualTo(3);
    assertThat(GlobalNorm.clip(Norm.L2, 0, all)).isEqualTo(5);
    assertThat(first.get(0)).isZero();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 0.7, 1, 1.5, 2, 3})
  void keepsTheDirectionOfSlicesWhoseNormIsBeyondTheRange(double p) {
    SliceNorms norms = SliceNorms.of(Norm.p(p), Axes.along(1));
    double[] small = {1, 0.5, 0.25, 3, 0, -2};
    double[] large = new double[small.length];
    for (int i = 0; i < small.length; i++) {
      large[i] = small[i] * 0x1p1022;
    }
    SliceNorms.Normalized expected = norms.normalize(Tensor.of(small, 2, 3));
    SliceNorms.Normalized actual = norms.normalize(Tensor.of(large, 2, 3));
    double[] unit = expected.unit().toDoubleArray();
    for (int i = 0; i < unit.length; i++) {
      assertThat(actual.unit().toDoubleArray()[i]).isCloseTo(unit[i], within(1e-15));
    }
    Tensor clipped = Tensor.zeros(DType.F64, 2, 3);
    norms.clip(Tensor.of(large, 2, 3), 0x1p1000, clipped);
    for (int i = 0; i < unit.length; i++) {
      assertThat(clipped.toDoubleArray()[i] * 0x1p-1000).isCloseTo(unit[i], within(1e-15));
    }
  }

  /** As far from the end of the range as those that are 2⁶⁰⁰ times as large. */
  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 100})
  void subnormalSlicesHaveTheDirectionOfLargerOnes(double p) {
    double least = Double.MIN_VALUE;
    double[] small = {least, 5 * least, -1000 * least, 77777 * least, 0};
    double[] large = DoubleStream.of(small).map(x -> x * 0x1p600).toArray();
    SliceNorms norms = SliceNorms.of(Norm.p(p), Axes.whole());
    SliceNorms.Normalized expected = norms.normalize(Tensor.of(large, 5));
    SliceNorms.Normalized actual = norms.normalize(Tensor.of(small, 5));
    assertThat(actual.unit().toDoubleArray()).containsExactly(expected.unit().toDoubleArray());
    assertThat(actual.magnitudes().item())
        .isCloseTo(expected.magnitudes().item() * 0x1p-600, within(least));
    double half = actual.magnitudes().item() / 2;
    Tensor clipped = Tensor.zeros(DType.F64, 5);
    norms.clip(Tensor.of(small, 5), half, clipped);
    assertThat(clipped.get(3)).isCloseTo(small[3] / 2, within(2 * least));
  }
}
