package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Norm;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.norm.ZeroSliceException;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.RandomTensors;
import dev.slicenorm.testing.RandomTensors.Place;
import dev.slicenorm.testing.RandomTensors.Values;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Policies, refusals, and the properties that hold for every weight norm, whatever the numbers. */
class WeightNormTest {

  private static final Axes ROWS = Axes.along(1);

  @Test
  void zeroSlicesFollowThePolicy() {
    Tensor v = Tensor.of(new float[] {0, 0, 3, 4}, 2, 2);
    Tensor g = Tensor.of(new float[] {7, 10}, 2, 1);
    assertThat(WeightNorm.of(ROWS).compose(v, g).toFloatArray()).containsExactly(0, 0, 6, 8);
    assertThat(with(ZeroSlice.NAN).compose(v, g).toFloatArray())
        .containsExactly(Float.NaN, Float.NaN, 6, 8);
    assertThat(with(ZeroSlice.JITTOR).compose(v, g).toFloatArray()).containsExactly(0, 0, 6, 8);
    assertThat(with(ZeroSlice.floor(100)).compose(v, g).toFloatArray()).containsExactly(0, 0, 3, 4);
    Tensor dw = Tensor.of(new float[] {1, 2, 0, 0}, 2, 2);
    WeightNorm.Gradients zero = WeightNorm.of(ROWS).backward(v, g, dw);
    assertThat(zero.dv().toFloatArray()).containsExactly(0, 0, 0, 0);
    assertThat(zero.dg().toFloatArray()).containsExactly(0, 0);
    WeightNorm.Gradients floored = with(ZeroSlice.floor(1)).backward(v, g, dw);
    assertThat(floored.dv().toFloatArray()).startsWith(7, 14);
    WeightNorm.Gradients nan = with(ZeroSlice.NAN).backward(v, g, dw);
    assertThat(nan.dv().toFloatArray()).startsWith(Float.NaN, Float.NaN);
    assertThat(nan.dg().toFloatArray()).startsWith(Float.NaN);
  }

  private static WeightNorm with(ZeroSlice policy) {
    return WeightNorm.of(ROWS).withZeroSlice(policy);
  }

  @Test
  void rejectNamesTheSliceAndWritesNothing() {
    Tensor v = Tensor.of(new float[] {3, 4, 0, 0}, 2, 2);
    Tensor g = Tensor.of(new float[] {7, 10}, 2, 1);
    Tensor w = Tensor.of(new float[] {9, 9, 9, 9}, 2, 2);
    WeightNorm reject = with(ZeroSlice.REJECT).withName("conv.weight");
    assertThatThrownBy(() -> reject.compose(v, g, w))
        .isInstanceOf(ZeroSliceException.class)
        .hasMessageContaining("conv.weight")
        .hasMessageContaining("F32[2, 2]")
        .hasMessageContaining("[1, 0]");
    assertThat(w.toFloatArray()).containsOnly(9);
    assertThatThrownBy(() -> reject.backward(v, g, v, g, w)).isInstanceOf(ZeroSliceException.class);
    assertThat(g.toFloatArray()).containsExactly(7, 10);
    assertThat(w.toFloatArray()).containsOnly(9);
    v.set(1, 1, 0);
    reject.compose(v, g, w);
    assertThat(w.get(1, 0)).isEqualTo(10);
  }

  @Test
  void aMagnitudeOfTheWrongShapeIsRefused() {
    Tensor v = Tensor.zeros(DType.F32, 4, 3, 7);
    WeightNorm weightNorm = WeightNorm.of(Axes.along(1, 2));
    assertThatThrownBy(() -> weightNorm.compose(v, Tensor.zeros(DType.F32, 4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("shape [4], expected [4, 1, 1] for v [4, 3, 7], along [1, 2]");
    assertThatThrownBy(() -> weightNorm.backward(v, Tensor.zeros(DType.F32, 1, 3, 7), v))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected [4, 1, 1]");
    assertThatThrownBy(
            () -> weightNorm.backward(v, Tensor.zeros(DType.F32, 4, 1, 1), v.transpose()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[7, 3, 4]")
        .hasMessageContaining("[4, 3, 7]");
    assertThatThrownBy(
            () -> weightNorm.compose(v, Tensor.zeros(DType.F32, 4, 1, 1), v.select(0, 0)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> weightNorm.compose(v, Tensor.zeros(DType.F32)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aScalarMagnitudeDoesForTheWhole() {
    Tensor v = Tensor.of(new float[] {3, 4}, 2);
    Tensor g = Tensor.of(new double[] {-10});
    assertThat(WeightNorm.of(Axes.whole()).compose(v, g).toFloatArray()).containsExactly(-6, -8);
    WeightNorm.Gradients gradients = WeightNorm.of(Axes.whole()).backward(v, g, v);
    assertThat(gradients.dg().rank()).isZero();
    assertThat(gradients.dg().item()).isEqualTo(5);
    assertThat(SliceNorms.l2(Axes.whole()).of(gradients.dv()).item()).isZero();
  }

  @Test
  void outputsThatOverlapOtherwiseAreRefused() {
    float[] shared = new float[20];
    Tensor all = Tensor.of(shared, 20);
    Tensor v = all.slice(0, 0, 6).reshape(2, 3);
    Tensor shifted = all.slice(0, 3, 9).reshape(2, 3);
    Tensor g = all.slice(0, 12, 14).reshape(2, 1);
    WeightNorm weightNorm = WeightNorm.of(ROWS);
    assertThatThrownBy(() -> weightNorm.compose(v, g, shifted))
        .isInstanceOf(IllegalArgumentException.class);
    Tensor overG = all.slice(0, 9, 15).reshape(2, 3);
    assertThatThrownBy(() -> weightNorm.compose(v, g, overG))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("shares memory with g");
    Tensor dw = Tensor.zeros(DType.F32, 2, 3);
    assertThatThrownBy(() -> weightNorm.backward(v, g, dw, g, shifted))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> weightNorm.backward(v, g, dw, g, overG))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> weightNorm.backward(v, g, dw, v.slice(1, 0, 1), Tensor.zeros(DType.F32, 2, 3)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> weightNorm.compose(v, g, all.slice(0, 6, 9).expand(2, 3)))
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0, 3", "3, 0", "0, 0"})
  void emptyTensorsStayEmpty(String sizes) {
    long[] shape = Arrays.stream(sizes.split(", ")).mapToLong(Long::parseLong).toArray();
    Tensor v = Tensor.zeros(DType.F32, shape);
    for (Axes axes : new Axes[] {Axes.along(0), Axes.along(1), Axes.whole()}) {
      WeightNorm.Decomposition parts = WeightNorm.of(axes).decompose(v);
      Tensor g = parts.g();
      assertThat(g.shape()).isEqualTo(axes.keptShape(shape));
      assertThat(WeightNorm.of(axes).compose(v, g).shape()).isEqualTo(shape);
      WeightNorm.Gradients gradients = WeightNorm.of(axes).backward(v, g, v);
      assertThat(gradients.dg().toFloatArray()).containsOnly(new float[(int) g.count()]);
      assertThat(gradients.dv().shape()).isEqualTo(shape);
    }
  }

  static IntStream seeds() {
    return IntStream.range(0, 20);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theNormOfTheWeightIsTheMagnitude(int seed) {
    Sample s = new Sample(seed);
    Tensor w = WeightNorm.of(s.axes).compose(s.v, s.g);
    double[] norms = SliceNorms.l2(s.axes).of(w).toDoubleArray();
    double[] magnitudes = s.g.toDoubleArray();
    for (int i = 0; i < norms.length; i++) {
      assertThat(norms[i]).isCloseTo(Math.abs(magnitudes[i]), within(8, magnitudes[i]));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theGradientIsAtRightAnglesToTheDirection(int seed) {
    Sample s = new Sample(seed);
    Tensor dv = WeightNorm.of(s.axes).backward(s.v, s.g, s.dw).dv();
    Tensor product = Tensor.zeros(DType.F64, s.v.shape());
    double[] a = dv.toDoubleArray();
    double[] b = s.v.toDoubleArray();
    for (int i = 0; i < a.length; i++) {
      a[i] *= b[i];
    }
    product.copyFrom(Tensor.of(a, s.v.shape()));
    double[] sizes = SliceNorms.of(Norm.L1, s.axes).of(product).toDoubleArray();
    double[] sums = sums(s.axes, product);
    for (int i = 0; i < sums.length; i++) {
      assertThat(Math.abs(sums[i])).isLessThanOrEqualTo(64 * Math.ulp(sizes[i]) + 1e-13);
    }
  }

  /** {@return sums of slices: the shares of the positive and of the negative elements} */
  private static double[] sums(Axes axes, Tensor x) {
    Tensor positive = x.copy();
    Tensor negative = x.copy();
    double[] elements = x.toDoubleArray();
    for (int i = 0; i < elements.length; i++) {
      long[] at = {i};
      positive.reshape(-1).set(Math.max(elements[i], 0), at);
      negative.reshape(-1).set(Math.min(elements[i], 0), at);
    }
    SliceNorms l1 = SliceNorms.of(Norm.L1, axes);
    double[] above = l1.of(positive).toDoubleArray();
    double[] below = l1.of(negative).toDoubleArray();
    for (int i = 0; i < above.length; i++) {
      above[i] -= below[i];
    }
    return above;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void powersOfTwoScaleExactly(int seed) {
    Sample s = new Sample(seed);
    WeightNorm weightNorm = WeightNorm.of(s.axes);
    double[] w = weightNorm.compose(s.v, s.g).toDoubleArray();
    double[] dv = weightNorm.backward(s.v, s.g, s.dw).dv().toDoubleArray();
    for (double c : new double[] {4, -2, 0x1p-900, -0x1p800}) {
      Tensor scaled = times(s.v, c);
      double sign = Math.signum(c);
      assertThat(weightNorm.compose(scaled, s.g).toDoubleArray()).isEqualTo(times(w, sign));
      if (Math.abs(c) < 10) {
        assertThat(weightNorm.backward(scaled, s.g, s.dw).dv().toDoubleArray())
            .isEqualTo(times(dv, 1 / Math.abs(c)));
      }
    }
    assertThat(weightNorm.compose(s.v, times(s.g, -8)).toDoubleArray()).isEqualTo(times(w, -8));
  }

  private static double[] times(double[] values, double factor) {
    double[] products = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      products[i] = values[i] * factor;
    }
    return products;
  }

  private static Tensor times(Tensor x, double factor) {
    return Tensor.of(times(x.toDoubleArray(), factor), x.shape());
  }

  private static Offset<Double> within(int units, double size) {
    return Offset.offset(units * Math.ulp(size));
  }

  /** Ordinary values in F64. */
  private static final class Sample {

    final Axes axes;
    final Tensor v;
    final Tensor g;
    final Tensor dw;

    Sample(int seed) {
      RandomTensors random = new RandomTensors(100_000 + seed);
      long[] shape = {2 + random.random().nextInt(5), 3, 2 + random.random().nextInt(30)};
      axes =
          random.any(
              Axes.along(0),
              Axes.along(1),
              Axes.along(-1),
              Axes.except(0),
              Axes.except(1),
              Axes.whole());
      v = random.tensor(DType.F64, Layout.contiguous(shape), Place.ARRAY, Values.ORDINARY);
      dw = random.tensor(DType.F64, Layout.contiguous(shape), Place.ARRAY, Values.ORDINARY);
      g =
          random.tensor(
              DType.F64, Layout.contiguous(axes.keptShape(shape)), Place.ARRAY, Values.ORDINARY);
    }
  }

  @Test
  void theTextNamesWhatIsComputed() {
    WeightNorm norm = WeightNorm.of(Axes.except(0));
    assertThat(norm).hasToString("WeightNorm[weight except [0]]");
    assertThat(norm.withName("head.weight").withZeroSlice(ZeroSlice.REJECT))
        .hasToString("WeightNorm[head.weight except [0], REJECT]");
  }

  @Test
  @SuppressWarnings("NullAway") // as a caller outside of nullness checks may
  void nullIsRefusedByName() {
    WeightNorm norm = WeightNorm.of(ROWS);
    assertThatNullPointerException().isThrownBy(() -> WeightNorm.of(null)).withMessage("axes");
    assertThatNullPointerException()
        .isThrownBy(() -> norm.withZeroSlice(null))
        .withMessage("zeroSlice");
    assertThatNullPointerException()
        .isThrownBy(() -> norm.withParallelism(null))
        .withMessage("parallelism");
    assertThatNullPointerException().isThrownBy(() -> norm.withName(null)).withMessage("name");
  }

  @Test
  void normsAreTheMagnitudesOfADecomposition() {
    Tensor w = Tensor.of(new float[] {3, 4, 0, 5}, 2, 2);
    assertThat(WeightNorm.of(ROWS).norms(w).toFloatArray()).containsExactly(5, 5);
    assertThat(WeightNorm.of(ROWS).norms(w).shape()).containsExactly(2, 1);
  }
}
