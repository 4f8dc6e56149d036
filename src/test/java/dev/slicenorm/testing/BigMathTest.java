package dev.slicenorm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The reference must itself be right: known digits, and identities that a wrong digit would break.
 */
class BigMathTest {

  private static final MathContext DIGITS = new MathContext(50);

  @ParameterizedTest
  @CsvSource({
    "2, 0.69314718055994530941723212145817656807550013436026",
    "3, 1.0986122886681098",
    "10, 2.3025850929940456840179914546843642076011014886288",
    "1, 0",
    "0.5, -0.69314718055994530941723212145817656807550013436026",
    "1e300, 690.77552789821370520539743640530926228033044658863"
  })
  void logarithmsHaveTheDigitsOfTheTables(BigDecimal x, BigDecimal expected) {
    MathContext digits = new MathContext(Math.max(1, expected.precision() - 1));
    assertThat(BigMath.ln(x).setScale(60, RoundingMode.HALF_EVEN).round(digits))
        .isEqualByComparingTo(expected.round(digits));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 2.7182818284590452353602874713526624977572470937000",
    "-1, 0.36787944117144232159552377016146086744581113103177",
    "0, 1",
    "0.5, 1.6487212707001281468486507878141635716537761007101"
  })
  void exponentialsHaveTheDigitsOfTheTables(BigDecimal x, BigDecimal expected) {
    MathContext digits = new MathContext(Math.max(1, expected.precision() - 1));
    assertThat(BigMath.exp(x).round(digits)).isEqualByComparingTo(expected.round(digits));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 2, 3, 10, 17})
  void wholePowersAreProducts(double p) {
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 100; i++) {
      BigDecimal x =
          new BigDecimal(Math.scalb(1 + random.nextDouble(), random.nextInt(-1074, 1023)));
      BigDecimal product = x.pow((int) p, BigMath.PRECISION);
      assertThat(BigMath.pow(x, p).round(DIGITS)).isEqualByComparingTo(product.round(DIGITS));
      assertThat(BigMath.root(product, p).round(DIGITS)).isEqualByComparingTo(x.round(DIGITS));
    }
  }

  @Test
  void halfPowersAreRoots() {
    SplittableRandom random = new SplittableRandom(12);
    for (int i = 0; i < 100; i++) {
      BigDecimal x =
          new BigDecimal(Math.scalb(1 + random.nextDouble(), random.nextInt(-1074, 1023)));
      assertThat(BigMath.pow(x, 0.5).round(DIGITS))
          .isEqualByComparingTo(BigMath.sqrt(x).round(DIGITS));
      assertThat(BigMath.pow(x, 2.5).round(DIGITS))
          .isEqualByComparingTo(
              BigMath.sqrt(x).multiply(x.multiply(x), BigMath.PRECISION).round(DIGITS));
    }
  }

  @Test
  void scaledKeepsTheLeadingDigitsOfLongIntegers() {
    BigInteger integer = BigInteger.TWO.pow(4000).add(BigInteger.TWO.pow(3900));
    assertThat(BigMath.scaled(integer, -4000).round(DIGITS))
        .isEqualByComparingTo(BigDecimal.ONE.add(BigMath.powerOfTwo(-100)).round(DIGITS));
    assertThat(BigMath.scaled(integer.negate(), -4000).round(DIGITS))
        .isEqualByComparingTo(BigDecimal.ONE.add(BigMath.powerOfTwo(-100)).negate().round(DIGITS));
  }
}
