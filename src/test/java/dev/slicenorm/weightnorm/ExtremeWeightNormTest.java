package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Parallelism;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Contract;
import dev.slicenorm.testing.Exact;
import dev.slicenorm.testing.ExactNorms;
import dev.slicenorm.testing.ExactWeightNorm;
import dev.slicenorm.testing.RandomTensors;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** F64 weight norm where sums, quotients or products leave the range of a double on their way. */
class ExtremeWeightNormTest {

  private static final double INFINITY = Double.POSITIVE_INFINITY;

  private static final BigDecimal BEYOND = BigDecimal.TWO.pow(1074);

  static IntStream seeds() {
    return IntStream.range(0, 40);
  }

  @Test
  void aQuotientMayLeaveTheRangeIfItsProductsDoNot() {
    assertThat(weight(1e306, 1e169, 1e160)).containsExactly(1e306, 1e297);
    assertThat(weight(1e300, 1e169, 1e-150)[1]).isEqualTo(1e-19, within(1e-34));
    assertThat(weight(Double.MAX_VALUE, Double.MIN_VALUE)).containsExactly(Double.MAX_VALUE);
    assertThat(weight(-0x1p1023, Double.MIN_VALUE, 0)).containsExactly(-0x1p1023, -0.0);
    assertThat(weight(Double.MIN_VALUE, -Double.MAX_VALUE)).containsExactly(-Double.MIN_VALUE);
    assertThat(weight(0x1p-1000, 0x1p1000, 0x1p900)).containsExactly(0x1p-1000, 0);
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "Infinity, 1", "Infinity, 1e200", "-Infinity, 1e-200", "NaN, 1", "2, NaN"})
  void whatIsNotFiniteGoesAsTheFormulaSays(double g, double other) {
    for (double x : new double[] {0, 3, 1e-300, 1e250, INFINITY, Double.NaN}) {
      double n = ExactNorms.norm(2, x, other).nearest();
      if (n > 0 || Double.isNaN(n)) {
        String what = "x %s, other %s, g %s".formatted(x, other, g);
        double[] w = weight(g, x, other);
        if (Double.isFinite(g) && Double.isFinite(n)) {
          assertThat(w[0]).as(what).isEqualTo(g * (x / n), within(Math.abs(g) * 1e-15));
        } else {
          assertThat(w).as(what).containsExactly(x * (g / n), other * (g / n));
        }
      }
    }
  }

  private static double[] weight(double g, double... v) {
    Tensor magnitude = Tensor.of(new double[] {g});
    double[] w =
        WeightNorm.of(Axes.whole()).compose(Tensor.of(v, v.length), magnitude).toDoubleArray();
    Tensor inPlace = Tensor.of(v.clone(), v.length);
    WeightNorm.of(Axes.whole()).compose(inPlace, magnitude, inPlace);
    assertThat(inPlace.toDoubleArray()).as("in place").containsExactly(w);
    return w;
  }

  @Test
  void productsMayCancel() {
    WeightNorm.Gradients gradients = gradients(1, new double[] {1, -1}, 1e150, 1e150);
    assertThat(gradients.dg().item()).isZero();
    assertThat(gradients.dv().toDoubleArray())
        .containsExactly(new double[] {1e150 / Math.sqrt(2), 1e150 / Math.sqrt(2)}, within(1e135));
    gradients = gradients(1, new double[] {1, 0}, 1e-300, 1e200);
    assertThat(gradients.dg().item()).isEqualTo(1e-300, within(1e-315));
    assertThat(gradients.dv().toDoubleArray()).containsExactly(0, 1e200);
  }

  @Test
  void gradientsMayBeFiniteWhereTheirFactorsAreNot() {
    WeightNorm.Gradients tiny = gradients(1e-315, new double[] {1e-160, 2e-160}, 1, 1);
    check("tiny g", 1e-315, new double[] {1e-160, 2e-160}, new double[] {1, 1}, tiny);
    assertThat(tiny.dv().get(0)).isEqualTo(1.7888543819998e-156, within(1e-164));
    double[][] ends = {{1e-320, 3e-320}, {1e-160, 2e-160}, {1, 2}, {1e160, 2e160}, {1e308, 1e300}};
    for (double g : new double[] {0, 1e-320, -1e-100, 3, 1e100, -1e308}) {
      for (double[] v : ends) {
        for (double[] dw : ends) {
          String what = "g %s, v %s, dw %s".formatted(g, v[0], dw[0]);
          check(what, g, v, dw, gradients(g, v, dw));
          double[] opposed = {dw[1], -dw[0]};
          check(what, g, v, opposed, gradients(g, v, opposed));
        }
      }
    }
  }

  @Test
  void gradientsOfWhatIsNotFiniteAreNaN() {
    for (double v : new double[] {1e-300, 1, 1e300}) {
      assertThat(gradients(INFINITY, new double[] {v, v}, 1, 1).dg().item())
          .isEqualTo(Math.sqrt(2), within(1e-15));
      assertThat(gradients(Double.NaN, new double[] {v, v}, 1, 2).dv().toDoubleArray())
          .containsOnly(Double.NaN);
      assertThat(gradients(1, new double[] {v, v}, Double.NaN, 2).dv().toDoubleArray())
          .containsOnly(Double.NaN);
      assertThat(gradients(1, new double[] {v, INFINITY}, 1, 2).dv().toDoubleArray())
          .containsOnly(Double.NaN);
      assertThat(gradients(1, new double[] {v, v}, INFINITY, 2).dv().get(0)).isNaN();
    }
  }

  private static WeightNorm.Gradients gradients(double g, double[] v, double... dw) {
    return WeightNorm.of(Axes.whole())
        .backward(Tensor.of(v, v.length), Tensor.of(new double[] {g}), Tensor.of(dw, dw.length));
  }

  private static void check(
      String what, double g, double[] v, double[] dw, WeightNorm.Gradients got) {
    Tensor direction = Tensor.of(v, v.length);
    Tensor magnitude = Tensor.of(new double[] {g});
    check(what, Axes.whole(), ZeroSlice.ZERO, direction, magnitude, Tensor.of(dw, dw.length), got);
  }

  private static void check(
      String what,
      Axes axes,
      ZeroSlice policy,
      Tensor v,
      Tensor g,
      Tensor dw,
      WeightNorm.Gradients got) {
    ExactWeightNorm.Gradients truth = new ExactWeightNorm(axes, policy, v, g).gradients(dw);
    Contract.assertGradient(what + " dg", got.dg(), truth.dg(), truth.dgSize());
    List<BigDecimal> sizes = sizes(axes, v, g, truth);
    double[] dv = got.dv().toDoubleArray();
    for (int i = 0; i < dv.length; i++) {
      if (sizes.get(i).compareTo(BEYOND) > 0) {
        // A rounding error of such terms is an infinity, of either sign.
        assertThat(dv[i]).as(what).isNotNaN();
      } else {
        Contract.assertGradient(
            what + " dv " + i, DType.F64, dv[i], truth.dv().get(i), sizes.get(i));
      }
    }
  }

  /** Terms below the normal range are rounded as if they were at its end. */
  private static List<BigDecimal> sizes(
      Axes axes, Tensor v, Tensor g, ExactWeightNorm.Gradients truth) {
    List<Exact> norms = ExactNorms.norms(2, axes, v);
    double most = 0;
    double[] magnitudes = g.toDoubleArray();
    for (int slice = 0; slice < magnitudes.length; slice++) {
      double n = norms.get(slice).nearest();
      double factor = Math.abs(magnitudes[slice]) / n;
      most = n > 0 && factor <= 0x1p200 ? Math.max(most, factor) : most;
    }
    BigDecimal least = new BigDecimal(most).multiply(new BigDecimal("0.5").pow(1022));
    List<BigDecimal> sizes = new ArrayList<>();
    truth.dvSize().forEach(size -> sizes.add(size.add(least)));
    return sizes;
  }

  /** Every element, magnitude and gradient has an exponent of its own, or those near to one. */
  private static double[] values(RandomTensors random, int count) {
    int middle = random.random().nextInt(-1074, 1024);
    int spread = random.any(0, 1, 30, 600, 2100);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      int exponent = middle + (spread == 0 ? 0 : random.random().nextInt(-spread, spread + 1));
      double fraction = 1 + random.random().nextDouble();
      double value = Math.scalb(fraction, Math.clamp(exponent, -1074, 1023));
      values[i] = random.random().nextInt(8) == 0 ? 0 : random.any(value, -value);
    }
    return values;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void weightsOfTheWholeRange(int seed) {
    RandomTensors random = new RandomTensors(110_000 + seed);
    for (int i = 0; i < 150; i++) {
      int rows = 1 + random.random().nextInt(3);
      int columns = 1 + random.random().nextInt(6);
      Axes axes = random.any(Axes.along(0), Axes.along(1), Axes.whole());
      Tensor v = Tensor.of(values(random, rows * columns), rows, columns);
      Tensor g = magnitudes(random, axes, v);
      Tensor w = WeightNorm.of(axes).compose(v, g);
      String what = "%s of %s, g %s".formatted(axes, describe(v), describe(g));
      Contract.assertWithin(what, w, new ExactWeightNorm(axes, ZeroSlice.ZERO, v, g).weight(), 2);
      Tensor inPlace = v.copy();
      WeightNorm.of(axes).withParallelism(Parallelism.threads(2)).compose(inPlace, g, inPlace);
      assertThat(inPlace.toDoubleArray()).as(what).containsExactly(w.toDoubleArray());
      assertTransposedIsTheSame(what, random, axes, v, g, w);
    }
  }

  private static void assertTransposedIsTheSame(
      String what, RandomTensors random, Axes axes, Tensor v, Tensor g, Tensor w) {
    Tensor turned =
        random.blank(DType.F64, random.layout(v.shape(), true), RandomTensors.Place.ARRAY);
    turned.copyFrom(v);
    assertThat(WeightNorm.of(axes).compose(turned, g).toDoubleArray())
        .as("%s as %s", what, turned.layout())
        .containsExactly(w.toDoubleArray());
  }

  private static Tensor magnitudes(RandomTensors random, Axes axes, Tensor v) {
    long[] shape = axes.keptShape(v.shape());
    return Tensor.of(values(random, (int) Layout.contiguous(shape).count()), shape);
  }

  private static String describe(Tensor tensor) {
    return Arrays.toString(tensor.toDoubleArray());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void gradientsOfTheWholeRange(int seed) {
    RandomTensors random = new RandomTensors(120_000 + seed);
    for (int i = 0; i < 100; i++) {
      int rows = 1 + random.random().nextInt(3);
      int columns = 1 + random.random().nextInt(6);
      Axes axes = random.any(Axes.along(0), Axes.along(1), Axes.whole());
      ZeroSlice policy = random.any(ZeroSlice.ZERO, ZeroSlice.ZERO, ZeroSlice.floor(1e-300));
      Tensor v = Tensor.of(values(random, rows * columns), rows, columns);
      Tensor dw = Tensor.of(values(random, rows * columns), rows, columns);
      Tensor g = magnitudes(random, axes, v);
      WeightNorm weightNorm = WeightNorm.of(axes).withZeroSlice(policy);
      WeightNorm.Gradients got = weightNorm.backward(v, g, dw);
      String what =
          "%s %s of %s, g %s, dw %s"
              .formatted(policy, axes, describe(v), describe(g), describe(dw));
      check(what, axes, policy, v, g, dw, got);
      Tensor first = v.copy();
      Tensor second = dw.copy();
      Tensor dg = g.copy();
      weightNorm.backward(first, g, dw, g.copy(), first);
      weightNorm.withParallelism(Parallelism.threads(2)).backward(v, dg, second, dg, second);
      assertThat(first.toDoubleArray()).as(what).containsExactly(got.dv().toDoubleArray());
      assertThat(second.toDoubleArray()).as(what).containsExactly(got.dv().toDoubleArray());
      assertThat(dg.toDoubleArray()).as(what).containsExactly(got.dg().toDoubleArray());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"F32", "F16", "BF16"})
  void magnitudesMayBeWiderThanWhatTheyScale(DType dtype) {
    Tensor v = Tensor.of(new double[] {3, 0, -4}, 3).to(dtype);
    for (double g : new double[] {1e300, Double.MAX_VALUE, 1e-310}) {
      Tensor magnitude = Tensor.of(new double[] {g});
      double overflowed = g > 1 ? INFINITY : 0;
      assertThat(WeightNorm.of(Axes.whole()).compose(v, magnitude).toDoubleArray())
          .containsExactly(overflowed, 0, -overflowed);
      v.set(0x1p-20, 0);
      v.set(0, 2);
      assertThat(WeightNorm.of(Axes.whole()).compose(v, magnitude).toDoubleArray())
          .containsExactly(overflowed, 0, 0);
      assertThat(WeightNorm.of(Axes.whole()).backward(v, magnitude, v).dv().toDoubleArray())
          .containsExactly(0, 0, 0);
      v.set(3, 0);
      v.set(-4, 2);
    }
  }
}
