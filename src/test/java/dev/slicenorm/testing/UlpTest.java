package dev.slicenorm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.tensor.DType;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UlpTest {

  @ParameterizedTest
  @CsvSource({
    "F32, 1, 1, 0",
    "F32, 1.00000012, 1.00000012, 0",
    "F32, 2, 1, 8388608",
    "F32, 0x1.000002p0, 1, 1",
    "F32, 0x1.fffffep-1, 1, 0.5",
    "F32, 0x1p-149, 0, 1",
    "F32, 0, 0x1p-150, 0.5",
    "F32, 0x1p-126, 0x1.fffffcp-127, 1",
    "F32, -1, 1, 16777216",
    "F64, 0x1.0000000000001p0, 1, 1",
    "F64, 0x1p-1074, 0, 1",
    "F16, 0x1.004p0, 1, 1",
    "F16, 0x1p-24, 0, 1",
    "BF16, 0x1.02p0, 1, 1",
    "BF16, 0x1p-133, 0, 1",
    "F32, NaN, NaN, 0",
    "F32, Infinity, Infinity, 0",
    "F32, -Infinity, Infinity, Infinity",
    "F32, NaN, 1, Infinity",
    "F32, 1, NaN, Infinity",
    "F32, 1, Infinity, Infinity",
    "F32, Infinity, 0x1p128, 0",
    "F32, Infinity, 1e50, 0",
    "F32, -Infinity, -1e50, 0",
    "F32, Infinity, 0x1.ffffffp127, 0.5",
    "F32, Infinity, 0x1.fffffep127, 1",
    "F16, Infinity, 65520, 0.5",
    "BF16, 0, -0.0, 0"
  })
  void countsUnitsOfTheTruth(DType dtype, String got, String truth, double expected) {
    assertThat(Ulp.error(dtype, Double.parseDouble(got), Exact.of(Double.parseDouble(truth))))
        .isEqualTo(expected);
  }

  @Test
  void finiteWhereTheTruthOverflowsIsFarOff() {
    Exact truth = Exact.of(new BigDecimal("1e400"));
    assertThat(Ulp.error(DType.F64, Double.MAX_VALUE, truth)).isGreaterThan(1e50);
    assertThat(Ulp.error(DType.F64, Double.POSITIVE_INFINITY, truth)).isZero();
    assertThat(Ulp.error(DType.F64, Double.NEGATIVE_INFINITY, truth)).isGreaterThan(1e50);
  }

  @Test
  void aTruthThatRoundsUpToAPowerOfTwoKeepsItsOwnBinade() {
    Exact justBelow = Exact.of(BigDecimal.ONE.subtract(new BigDecimal("1e-30")));
    assertThat(justBelow.nearest()).isEqualTo(1.0);
    assertThat(Ulp.error(DType.F64, 1 - 0x1p-53, justBelow)).isBetween(0.99, 1.01);
  }

  @Test
  void theNearestFloatIsWithinHalfAUnitAndTheNextOneIsNot() {
    SplittableRandom random = new SplittableRandom(13);
    for (int i = 0; i < 5000; i++) {
      double value = Math.scalb(1 + random.nextDouble(), random.nextInt(-170, 128));
      float nearest = (float) value;
      assertThat(Ulp.error(DType.F32, nearest, Exact.of(value)))
          .as("%s", value)
          .isBetween(0.0, 0.5);
      assertThat(Ulp.error(DType.F32, Math.nextUp(nearest), Exact.of(value)))
          .as("above %s", value)
          .isGreaterThanOrEqualTo(0.5);
    }
  }
}
