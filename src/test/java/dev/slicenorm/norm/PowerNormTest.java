package dev.slicenorm.norm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Contract;
import dev.slicenorm.testing.ExactNorms;
import dev.slicenorm.testing.RandomTensors;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Norms with any exponent, within the bounds that are promised for all. */
class PowerNormTest {

  @ParameterizedTest
  @ValueSource(
      doubles = {
        1e-3, 0.01, 0.03, 0.1, 0.2, 0.25, 1.0 / 3, 0.5, 0.7, 0.9, 0.999, 1.001, 1.1, 1.5, 2.5, 3, 4,
        7, 10, 33.3, 100, 700, 1e4, 1e6
      })
  void anyExponentKeepsItsBound(double p) {
    RandomTensors random = new RandomTensors(130_000 + Double.hashCode(p));
    Norm norm = Norm.p(p);
    for (int i = 0; i < 25; i++) {
      int length = random.any(1, 2, 3, 10, 40);
      double spread = random.any(1e-9, 0.1, 2.0, 30.0, 1400.0);
      double[] values = new double[length];
      // For small p the result is the geometric mean times length^(1/p), which must be in range.
      double middle = Math.max(-700, -Math.log(length) / p * random.random().nextDouble());
      // The reference takes long for powers far beyond the range.
      spread = p > 50 ? Math.min(spread, 1000 / p) : spread;
      for (int k = 0; k < length; k++) {
        double log = middle + spread * (random.random().nextDouble() - 0.5);
        values[k] = random.random().nextInt(9) == 0 ? 0 : Math.exp(Math.clamp(log, -740, 700));
      }
      Tensor x = Tensor.of(values, length);
      String what = norm + " of " + Arrays.toString(values);
      Contract.assertWithin(
          what,
          SliceNorms.of(norm, Axes.whole()).of(x),
          ExactNorms.norms(p, Axes.whole(), x),
          Contract.normLimit(DType.F64, DType.F64, p));
      for (DType dtype : new DType[] {DType.F32, DType.F16, DType.BF16}) {
        Tensor shorter = x.to(dtype);
        if (Double.isInfinite(SliceNorms.of(Norm.MAX, Axes.whole()).of(shorter).item())) {
          continue;
        }
        Contract.assertWithin(
            what + " " + dtype,
            SliceNorms.of(norm, Axes.whole()).of(shorter),
            ExactNorms.norms(p, Axes.whole(), shorter),
            0.5001);
      }
    }
  }

  @Test
  void anExponentNearZeroCountsInPowersOfTheWholeRange() {
    Norm norm = Norm.p(1e-4);
    Tensor x = Tensor.of(new double[] {1e-300, 1e300, 0, 3, 3, 0}, 3, 2);
    assertThat(SliceNorms.of(norm, Axes.along(1)).of(x).toDoubleArray())
        .containsExactly(Double.POSITIVE_INFINITY, 3, 3);
    assertThat(SliceNorms.of(Norm.p(Double.MIN_VALUE), Axes.along(1)).of(x).toDoubleArray())
        .containsExactly(Double.POSITIVE_INFINITY, 3, 3);
    Tensor smallest = Tensor.of(new double[] {Double.MIN_VALUE, 0}, 2);
    assertThat(SliceNorms.of(Norm.p(0.3), Axes.whole()).of(smallest).item())
        .isEqualTo(Double.MIN_VALUE);
    Tensor largest = Tensor.of(new double[] {Double.MAX_VALUE, 0}, 2);
    assertThat(SliceNorms.of(Norm.p(0.3), Axes.whole()).of(largest).item())
        .isEqualTo(Double.MAX_VALUE);
  }

  @Test
  void specialValuesHaveTheirNorm() {
    for (double p : new double[] {0.01, 0.3, 0.9}) {
      SliceNorms norms = SliceNorms.of(Norm.p(p), Axes.along(1));
      double infinity = Double.POSITIVE_INFINITY;
      Tensor x = Tensor.of(new double[] {0, -0.0, 1, infinity, 1, Double.NaN}, 3, 2);
      assertThat(norms.of(x).toDoubleArray()).containsExactly(0, infinity, Double.NaN);
    }
  }
}
