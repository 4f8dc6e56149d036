package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both ways to compute a row of products, whatever instructions this machine has. */
class PlainProductsTest {

  private static final int COLUMNS = 1000;

  static IntStream seeds() {
    return IntStream.range(0, 40);
  }

  /** Any sign and exponent, subnormal and infinite ones included, often with few bits. */
  private static float anyElement(SplittableRandom random) {
    int bits = random.nextInt();
    return Float.intBitsToFloat(random.nextBoolean() ? bits : bits & 0xfff80000);
  }

  private static double anyFactor(SplittableRandom random) {
    double[] special = {0, -0.0, 1 / 0.0, -1 / 0.0, Double.NaN, 1, -1, 0x1p-60, 0x1p60};
    if (random.nextInt(20) == 0) {
      return special[random.nextInt(special.length)];
    }
    double size = Math.scalb(1 + random.nextDouble(), random.nextInt(-60, 60));
    return random.nextBoolean() ? size : -(float) size;
  }

  /** A factor that takes {@code x} to the middle between two floats, or as near as it can. */
  private static double toTheMiddle(float x, SplittableRandom random) {
    float below = (float) (1 + random.nextDouble());
    double factor = (below + Math.ulp(below) / 2.0) / x;
    return Double.longBitsToDouble(Double.doubleToRawLongBits(factor) + random.nextInt(-3, 4));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whereBothWaysAgreeTheyAgreeWithTheDefinition(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] x = new float[COLUMNS];
    Factors factors = new Factors(COLUMNS);
    for (int c = 0; c < COLUMNS; c++) {
      boolean middle = random.nextInt(3) == 0;
      x[c] = middle ? (float) (1 + random.nextDouble()) : anyElement(random);
      factors.factor[c] = middle ? toTheMiddle(x[c], random) : anyFactor(random);
    }
    factors.split(COLUMNS);
    assertThat(factors.isSplit()).isTrue();

    float[] fused = x.clone();
    float[] again = new float[COLUMNS];
    PlainProducts.fuse(fused, factors.high, factors.low, again, COLUMNS);
    assertAgreement(x, factors, fused, again);

    float[] rounded = x.clone();
    PlainProducts.roundTwice(rounded, factors.factor, again, COLUMNS);
    assertAgreement(x, factors, rounded, again);
  }

  private static void assertAgreement(float[] x, Factors factors, float[] products, float[] again) {
    for (int c = 0; c < COLUMNS; c++) {
      if (Float.compare(products[c], again[c]) == 0) {
        assertThat(products[c])
            .as("%s * %s", x[c], factors.factor[c])
            .isEqualTo(Float.valueOf(factors.product(x[c], c)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void ordinaryProductsAndZerosNeedNoSecondLook(int seed) {
    SplittableRandom random = new SplittableRandom(100 + seed);
    float[] x = new float[COLUMNS];
    Factors factors = new Factors(COLUMNS);
    for (int c = 0; c < COLUMNS; c++) {
      x[c] = random.nextInt(10) == 0 ? (random.nextBoolean() ? 0 : -0f) : random.nextFloat(-9, 9);
      factors.factor[c] = random.nextDouble(-3, 3);
    }
    factors.split(COLUMNS);
    float[] products = x.clone();
    float[] again = new float[COLUMNS];
    PlainProducts.fuse(products, factors.high, factors.low, again, COLUMNS);
    assertThat(differences(products, again)).isZero();

    products = x.clone();
    PlainProducts.roundTwice(products, factors.factor, again, COLUMNS);
    assertThat(differences(products, again)).isLessThan(3);
  }

  private static long differences(float[] products, float[] again) {
    return IntStream.range(0, COLUMNS)
        .filter(c -> Float.compare(products[c], again[c]) != 0)
        .count();
  }

  /** Each kind of element that needs a second look, alone and beside others, also in place. */
  @ParameterizedTest
  @MethodSource("seeds")
  void rowsHoldTheProductsOfTheDefinition(int seed) {
    SplittableRandom random = new SplittableRandom(200 + seed);
    for (int columns = 0; columns < 80; columns++) {
      float[] x = new float[columns + 5];
      Factors factors = new Factors(columns);
      for (int c = 0; c < columns; c++) {
        x[c + 2] = random.nextInt(4) == 0 ? anyElement(random) : random.nextFloat(1, 2);
        factors.factor[c] =
            random.nextInt(4) == 0 ? toTheMiddle(x[c + 2], random) : random.nextDouble(-3, 3);
        if (!SplitFactor.isSplit(factors.factor[c])) {
          factors.factor[c] = 1.5;
        }
      }
      factors.split(columns);
      float[] expected = x.clone();
      for (int c = 0; c < columns; c++) {
        expected[c + 2] = factors.product(x[c + 2], c);
      }
      float[] result = x.clone();
      PlainProducts.writeAcross(x, 2, result, 2, columns, factors);
      assertThat(result).containsExactly(expected);
      PlainProducts.writeAcross(x, 2, x, 2, columns, factors);
      assertThat(x).containsExactly(expected);
    }
  }
}
