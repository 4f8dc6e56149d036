package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.norm.ZeroSliceException;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Differences;
import dev.slicenorm.testing.Indices;
import dev.slicenorm.testing.RandomTensors;
import dev.slicenorm.testing.RandomTensors.Values;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The gradient of the gradient, against differences of the gradient and against the formula. */
class DoubleBackwardTest {

  private static final MathContext DIGITS = new MathContext(60);
  private static final double STEP = 3e-4;

  static Stream<Axes> axes() {
    return Stream.of(
        Axes.along(0),
        Axes.along(1),
        Axes.along(0, 2),
        Axes.except(0),
        Axes.except(1),
        Axes.whole());
  }

  /** The five inputs, with g of both signs and far from the norm. */
  private record Inputs(Tensor v, Tensor g, Tensor dw, Tensor ddg, Tensor ddv) {

    static Inputs of(Axes axes, long seed, long... shape) {
      SplittableRandom random = new SplittableRandom(seed);
      long[] kept = axes.keptShape(shape);
      return new Inputs(
          Differences.random(random, shape),
          Differences.random(random, kept),
          Differences.random(random, shape),
          Differences.random(random, kept),
          Differences.random(random, shape));
    }

    WeightNorm.SecondGradients second(WeightNorm weightNorm) {
      return weightNorm.doubleBackward(v, g, dw, ddg, ddv);
    }

    double function(WeightNorm weightNorm) {
      WeightNorm.Gradients gradients = weightNorm.backward(v, g, dw);
      return Differences.dot(gradients.dv(), ddv) + Differences.dot(gradients.dg(), ddg);
    }
  }

  @ParameterizedTest
  @MethodSource("axes")
  void differencesOfTheGradientAgree(Axes axes) {
    for (ZeroSlice policy : new ZeroSlice[] {ZeroSlice.ZERO, ZeroSlice.floor(1e6)}) {
      WeightNorm weightNorm = WeightNorm.of(axes).withZeroSlice(policy);
      Inputs in = Inputs.of(axes, 5, 3, 4, 2);
      WeightNorm.SecondGradients got = in.second(weightNorm);
      compare(axes + " g", weightNorm, in, in.g, got.dg());
      compare(axes + " v", weightNorm, in, in.v, got.dv());
      compare(axes + " dw", weightNorm, in, in.dw, got.ddw());
    }
  }

  private static void compare(
      String what, WeightNorm weightNorm, Inputs in, Tensor variable, Tensor got) {
    Indices.forEach(
        variable.shape(),
        index -> {
          double middle = variable.get(index);
          double[] at = new double[4];
          double[] steps = {-2, -1, 1, 2};
          for (int i = 0; i < 4; i++) {
            variable.set(middle + steps[i] * STEP, index);
            at[i] = in.function(weightNorm);
          }
          variable.set(middle, index);
          double difference = (8 * (at[2] - at[1]) - (at[3] - at[0])) / (12 * STEP);
          assertThat(got.get(index))
              .as("%s at %s", what, Arrays.toString(index))
              .isEqualTo(difference, within(1e-7 * (1 + Math.abs(difference))));
        });
  }

  @ParameterizedTest
  @MethodSource("axes")
  void theFormulaAgrees(Axes axes) {
    for (long seed = 0; seed < 20; seed++) {
      Inputs in = Inputs.of(axes, seed, 2, 5, 3);
      WeightNorm.SecondGradients got = in.second(WeightNorm.of(axes));
      long[] kept = axes.keptShape(in.v.shape());
      Indices.forEach(kept, slice -> checkSlice(axes, in, got, slice.clone()));
    }
  }

  private static void checkSlice(
      Axes axes, Inputs in, WeightNorm.SecondGradients got, long[] slice) {
    BigDecimal square = dot(axes, in.v, in.v, slice);
    BigDecimal n = square.sqrt(DIGITS);
    BigDecimal s = dot(axes, in.dw, in.v, slice);
    BigDecimal t = dot(axes, in.ddv, in.v, slice);
    BigDecimal q = dot(axes, in.ddv, in.dw, slice);
    BigDecimal g = new BigDecimal(in.g.get(slice));
    BigDecimal ddg = new BigDecimal(in.ddg.get(slice));
    assertClose(
        got.dg().get(slice), q.subtract(t.multiply(s).divide(square, DIGITS)).divide(n, DIGITS));
    BigDecimal cube = square.multiply(n);
    boolean[] reduced = axes.reduced(3);
    Indices.forEach(
        in.v.shape(),
        index -> {
          for (int axis = 0; axis < 3; axis++) {
            if (!reduced[axis] && index[axis] != slice[axis]) {
              return;
            }
          }
          BigDecimal v = new BigDecimal(in.v.get(index));
          BigDecimal dw = new BigDecimal(in.dw.get(index));
          BigDecimal ddv = new BigDecimal(in.ddv.get(index));
          BigDecimal byDw =
              g.divide(n, DIGITS)
                  .multiply(ddv.subtract(v.multiply(t).divide(square, DIGITS)))
                  .add(ddg.multiply(v).divide(n, DIGITS));
          assertClose(got.ddw().get(index), byDw);
          BigDecimal byV =
              v.multiply(
                      g.multiply(q)
                          .negate()
                          .divide(cube, DIGITS)
                          .add(
                              g.multiply(t)
                                  .multiply(s)
                                  .multiply(BigDecimal.valueOf(3))
                                  .divide(cube.multiply(square), DIGITS))
                          .subtract(ddg.multiply(s).divide(cube, DIGITS)))
                  .subtract(g.divide(cube, DIGITS).multiply(s.multiply(ddv).add(t.multiply(dw))))
                  .add(ddg.multiply(dw).divide(n, DIGITS));
          assertClose(got.dv().get(index), byV);
        });
  }

  private static BigDecimal dot(Axes axes, Tensor a, Tensor b, long[] slice) {
    boolean[] reduced = axes.reduced(a.rank());
    BigDecimal[] sum = {BigDecimal.ZERO};
    Indices.forEach(
        a.shape(),
        index -> {
          for (int axis = 0; axis < reduced.length; axis++) {
            if (!reduced[axis] && index[axis] != slice[axis]) {
              return;
            }
          }
          sum[0] = sum[0].add(new BigDecimal(a.get(index)).multiply(new BigDecimal(b.get(index))));
        });
    return sum[0];
  }

  /** Terms are of the order of 100 at most. */
  private static void assertClose(double got, BigDecimal truth) {
    double nearest = truth.doubleValue();
    assertThat(got).isEqualTo(nearest, within(1e-13 * (1 + Math.abs(nearest))));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void typesAndLayoutsOnlyRound(DType dtype) {
    RandomTensors random = new RandomTensors(140_000);
    for (Axes axes : axes().toList()) {
      long[] shape = {3, 4, 2};
      long[] kept = axes.keptShape(shape);
      Tensor v = random.tensor(dtype, shape, Values.ORDINARY);
      Tensor g = random.tensor(dtype, kept, Values.ORDINARY);
      Tensor dw = random.tensor(dtype, shape, Values.ORDINARY);
      Tensor ddg = random.tensor(dtype, kept, Values.ORDINARY);
      Tensor ddv = random.tensor(dtype, shape, Values.ORDINARY);
      WeightNorm weightNorm = WeightNorm.of(axes);
      WeightNorm.SecondGradients got = weightNorm.doubleBackward(v, g, dw, ddg, ddv);
      WeightNorm.SecondGradients wide =
          weightNorm.doubleBackward(
              v.to(DType.F64),
              g.to(DType.F64),
              dw.to(DType.F64),
              ddg.to(DType.F64),
              ddv.to(DType.F64));
      assertThat(got.dv().dtype()).isEqualTo(dtype);
      assertThat(got.dg().toDoubleArray()).containsExactly(round(wide.dg(), dtype));
      assertThat(got.dv().toDoubleArray()).containsExactly(round(wide.dv(), dtype));
      assertThat(got.ddw().toDoubleArray()).containsExactly(round(wide.ddw(), dtype));
    }
  }

  private static double[] round(Tensor tensor, DType dtype) {
    return tensor.to(dtype).toDoubleArray();
  }

  @Test
  void slicesWithoutElementsHaveGradientZeroAsInBackward() {
    WeightNorm rows = WeightNorm.of(Axes.along(1)).withZeroSlice(ZeroSlice.NAN);
    Tensor none = Tensor.zeros(DType.F64, 2, 0);
    Tensor g = Tensor.of(new double[] {6, 7}, 2, 1);
    assertThat(rows.doubleBackward(none, g, none, g, none).dg().toDoubleArray())
        .containsExactly(rows.backward(none, g, none).dg().toDoubleArray())
        .containsExactly(0, 0);
  }

  @Test
  void zeroSlicesFollowThePolicy() {
    Tensor zero = Tensor.zeros(DType.F64, 2);
    Tensor g = Tensor.of(new double[] {6});
    Tensor ddg = Tensor.of(new double[] {3});
    Tensor dw = Tensor.of(new double[] {1, 2}, 2);
    Tensor ddv = Tensor.of(new double[] {5, 7}, 2);
    WeightNorm whole = WeightNorm.of(Axes.whole());
    WeightNorm.SecondGradients none = whole.doubleBackward(zero, g, dw, ddg, ddv);
    assertThat(none.dg().item()).isZero();
    assertThat(none.dg().rank()).isZero();
    assertThat(none.dv().toDoubleArray()).containsExactly(0, 0);
    assertThat(none.ddw().toDoubleArray()).containsExactly(0, 0);
    WeightNorm.SecondGradients floored =
        whole.withZeroSlice(ZeroSlice.floor(4)).doubleBackward(zero, g, dw, ddg, ddv);
    assertThat(floored.dg().item()).isEqualTo(9.5);
    assertThat(floored.dv().toDoubleArray()).containsExactly(1.5, 3);
    assertThat(floored.ddw().toDoubleArray()).containsExactly(15, 21);
    WeightNorm.SecondGradients nan =
        whole.withZeroSlice(ZeroSlice.NAN).doubleBackward(zero, g, dw, ddg, ddv);
    assertThat(nan.dg().item()).isNaN();
    assertThat(nan.dv().toDoubleArray()).containsOnly(Double.NaN);
    assertThat(nan.ddw().toDoubleArray()).containsOnly(Double.NaN);
    WeightNorm reject = whole.withZeroSlice(ZeroSlice.REJECT);
    assertThatThrownBy(() -> reject.doubleBackward(zero, g, dw, ddg, ddv))
        .isInstanceOf(ZeroSliceException.class);
    assertThatThrownBy(() -> whole.doubleBackward(dw, g, dw, ddg, Tensor.zeros(DType.F64, 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ddv");
  }
}
