package dev.slicenorm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.Tensor;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Known norms, the special values of the contract, and gradients against difference quotients. */
class ExactNormsTest {

  @ParameterizedTest
  @CsvSource({
    "2, 5",
    "1, 7",
    "Infinity, 4",
    "-Infinity, 3",
    "0, 2",
    "0.5, 13.92820323027550917410978536602349",
    "3, 4.49794144527541479639156079430735"
  })
  void normsOfThreeAndFour(double p, BigDecimal expected) {
    assertThat(ExactNorms.norm(p, -3, 4).finite().subtract(expected).abs())
        .isLessThan(new BigDecimal("1e-30"));
  }

  @Test
  void nothingOverflowsOrSinks() {
    assertThat(ExactNorms.norm(2, 0x3p1020, 0x4p1020).finite())
        .isEqualByComparingTo(
            BigDecimal.valueOf(5).multiply(BigDecimal.TWO.pow(1020)).round(BigMath.PRECISION));
    assertThat(ExactNorms.norm(2, 3 * Double.MIN_VALUE, 4 * Double.MIN_VALUE).nearest())
        .isEqualTo(5 * Double.MIN_VALUE);
    assertThat(ExactNorms.norm(1, 1, 1e-300).finite()).isGreaterThan(BigDecimal.ONE.negate());
    assertThat(ExactNorms.norm(2, Double.MIN_VALUE, Double.MAX_VALUE).nearest())
        .isEqualTo(Double.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 1, 2, 2.5, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void specialValuesFollowTheContract(double p) {
    assertThat(ExactNorms.norm(p, 1, Double.NaN, Double.POSITIVE_INFINITY)).isEqualTo(Exact.NAN);
    assertThat(ExactNorms.norm(p).finite()).isZero();
    assertThat(ExactNorms.norm(p, 0.0, -0.0).finite()).isZero();
    if (p > 0) {
      assertThat(ExactNorms.norm(p, 1, Double.NEGATIVE_INFINITY)).isEqualTo(Exact.INFINITY);
    }
  }

  @Test
  void slicesAreInRowMajorOrder() {
    Tensor x = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
    assertThat(ExactNorms.norms(1, Axes.along(0), x))
        .extracting(Exact::nearest)
        .containsExactly(5.0, 7.0, 9.0);
    assertThat(ExactNorms.norms(1, Axes.along(0), x.transpose()))
        .extracting(Exact::nearest)
        .containsExactly(6.0, 15.0);
    assertThat(ExactNorms.norms(1, Axes.whole(), x.flip(0)))
        .extracting(Exact::nearest)
        .containsExactly(21.0);
  }

  @Test
  void gradientsAreTheSlopesOfTheWeight() {
    SplittableRandom random = new SplittableRandom(21);
    Tensor v = gaussian(random, 3, 4);
    Tensor g = gaussian(random, 3, 1);
    Tensor dw = gaussian(random, 3, 4);
    Axes axes = Axes.along(1);
    ExactWeightNorm.Gradients gradients =
        new ExactWeightNorm(axes, ZeroSlice.ZERO, v, g).gradients(dw);
    for (int i = 0; i < 12; i++) {
      BigDecimal slope = slope(axes, v, g, dw, v, i / 4, i % 4);
      assertThat(gradients.dv().get(i).finite().subtract(slope).abs())
          .isLessThan(new BigDecimal("1e-15"));
    }
    for (int i = 0; i < 3; i++) {
      BigDecimal slope = slope(axes, v, g, dw, g, i, 0);
      assertThat(gradients.dg().get(i).finite().subtract(slope).abs())
          .isLessThan(new BigDecimal("1e-15"));
    }
  }

  /**
   * {@return the central difference quotient of Σ dw·w, in exact arithmetic: good to about 2^-60}
   */
  private static BigDecimal slope(
      Axes axes, Tensor v, Tensor g, Tensor dw, Tensor moved, int row, int column) {
    double at = moved.get(row, column);
    double step = 0x1p-30;
    moved.set(at + step, row, column);
    double above = moved.get(row, column);
    BigDecimal high = loss(axes, v, g, dw);
    moved.set(at - step, row, column);
    double below = moved.get(row, column);
    BigDecimal low = loss(axes, v, g, dw);
    moved.set(at, row, column);
    return high.subtract(low)
        .divide(new BigDecimal(above).subtract(new BigDecimal(below)), BigMath.PRECISION);
  }

  private static BigDecimal loss(Axes axes, Tensor v, Tensor g, Tensor dw) {
    BigDecimal sum = BigDecimal.ZERO;
    int i = 0;
    for (Exact w : new ExactWeightNorm(axes, ZeroSlice.ZERO, v, g).weight()) {
      sum = sum.add(w.finite().multiply(new BigDecimal(dw.get(i / 4, i % 4))));
      i++;
    }
    return sum;
  }

  private static Tensor gaussian(SplittableRandom random, long... shape) {
    Tensor tensor = Tensor.of(new double[(int) Indices.count(shape)], shape);
    Indices.forEach(shape, index -> tensor.set(random.nextDouble(-2, 2), index));
    return tensor;
  }
}
