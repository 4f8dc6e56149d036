package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The emulation that machines without FMA use, against exact arithmetic rounded once. */
class FusedMultiplyAddTest {

  private static final int CASES = 20_000;

  /**
   * Exponents from nowhere near a bound to far beyond the range in which the emulation is exact.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 30, 60, 380, 520, 1000})
  void roundsOnce(int exponents) {
    SplittableRandom random = new SplittableRandom(exponents);
    for (int i = 0; i < CASES; i++) {
      double a = number(random, exponents);
      double b = number(random, exponents);
      // Half of the time the sum cancels but for the last bits, where a double rounding shows.
      double c = random.nextBoolean() ? number(random, exponents) : -a * b * (1 + 0x1p-52 * i % 3);
      double product = a * b;
      if (!Double.isFinite(product) || !Double.isFinite(c)) {
        continue;
      }
      double exact =
          new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c)).doubleValue();
      assertThat(FusedMultiplyAdd.emulated(a, b, c) + 0.0)
          .as("%a·%a + %a", a, b, c)
          .isEqualTo(exact);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 60, 380})
  void errorOfAProductIsExact(int exponents) {
    SplittableRandom random = new SplittableRandom(exponents);
    for (int i = 0; i < CASES; i++) {
      double a = number(random, exponents);
      double b = number(random, exponents);
      double product = a * b;
      BigDecimal error =
          new BigDecimal(a).multiply(new BigDecimal(b)).subtract(new BigDecimal(product));
      assertThat(FusedMultiplyAdd.productError(a, b, product)).isEqualTo(error.doubleValue());
    }
  }

  private static double number(SplittableRandom random, int exponents) {
    double fraction = 1 + random.nextLong(1L << 52) * 0x1p-52;
    double sign = random.nextBoolean() ? 1 : -1;
    return sign * Math.scalb(fraction, random.nextInt(-exponents, exponents));
  }
}
