package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SplitFactorTest {

  private static final int ROUNDS = 20_000;

  static IntStream seeds() {
    return IntStream.range(0, 8);
  }

  /** Any sign and exponent, subnormal and infinite ones included, often with few bits. */
  private static float element(SplittableRandom random) {
    int bits = random.nextInt();
    return Float.intBitsToFloat(random.nextBoolean() ? bits : bits & 0xfff80000);
  }

  private static double factor(SplittableRandom random) {
    double size = Math.scalb(1 + random.nextDouble(), random.nextInt(-60, 60));
    double rounded = random.nextBoolean() ? size : (float) size;
    return random.nextBoolean() ? rounded : -rounded;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void productsAreWithinHalfAnUlp(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < ROUNDS; i++) {
      float x = element(random);
      double factor = factor(random);
      assertThat(SplitFactor.isSplit(factor)).isTrue();
      float high = SplitFactor.high(factor);
      float product = SplitFactor.product(x, high, SplitFactor.low(factor, high), factor);
      if (Float.isNaN(x)) {
        assertThat(product).isNaN();
      } else if (Float.isInfinite(x)) {
        assertThat(product).isEqualTo(Float.valueOf((float) (x * factor)));
      } else {
        assertIsClose(product, new BigDecimal(x).multiply(new BigDecimal(factor)), x, factor);
      }
    }
  }

  private static void assertIsClose(float product, BigDecimal exact, float x, double factor) {
    if (Float.isInfinite(product)) {
      BigDecimal limit = new BigDecimal(Float.MAX_VALUE + Math.ulp((double) Float.MAX_VALUE));
      assertThat(exact.abs()).as("%s * %s", x, factor).isGreaterThan(limit);
      assertThat(Math.signum(product)).isEqualTo((float) exact.signum());
      return;
    }
    BigDecimal error = new BigDecimal(product).subtract(exact).abs();
    BigDecimal limit = new BigDecimal(Math.ulp(product)).multiply(new BigDecimal("0.5001"));
    assertThat(error).as("%s * %s = %s", x, factor, product).isLessThanOrEqualTo(limit);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void withoutInstructionsTheBitsAreTheSame(int seed) {
    SplittableRandom random = new SplittableRandom(100 + seed);
    for (int i = 0; i < ROUNDS; i++) {
      float x = element(random);
      double factor = factor(random);
      float high = SplitFactor.high(factor);
      float low = SplitFactor.low(factor, high);
      float inner = Math.fma(x, high, x * low);
      boolean small = Math.abs(inner) < SplitFactor.LEAST && inner != 0;
      float expected = small ? (float) (x * factor) : inner;
      assertThat(SplitFactor.emulated(x, high, low, factor))
          .as("%s * %s", x, factor)
          .isEqualTo(Float.valueOf(expected));
      assertThat(FusedMultiplyAdd.emulated(x, high, x * low))
          .as("fma(%s, %s, %s)", x, high, x * low)
          .isEqualTo(Float.valueOf(inner));
    }
  }

  /** Products in the middle between two floats, or as near as a factor gets. */
  @Test
  void nearTheMiddleBetweenTwoFloatsEveryBitCounts() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < ROUNDS; i++) {
      float x = (float) (1 + random.nextDouble());
      float middle = (float) (1 + random.nextDouble());
      double factor = (middle + Math.ulp(middle) / 2.0) / x;
      factor = Double.longBitsToDouble(Double.doubleToRawLongBits(factor) + random.nextInt(-2, 3));
      float high = SplitFactor.high(factor);
      float low = SplitFactor.low(factor, high);
      assertThat(SplitFactor.emulated(x, high, low, factor))
          .as("%s * %s", x, factor)
          .isEqualTo(Float.valueOf(Math.fma(x, high, x * low)));
    }
  }

  /** Where the inner product is 0, and a product above half of the least float becomes 0. */
  @ParameterizedTest
  @MethodSource("seeds")
  void nearHalfOfTheLeastFloatTheBitsAreTheSameToo(int seed) {
    SplittableRandom random = new SplittableRandom(300 + seed);
    for (int i = 0; i < ROUNDS; i++) {
      float x = (float) Math.scalb(1 + random.nextDouble(), random.nextInt(-149, -91));
      double off = Math.scalb(random.nextDouble(-1, 1), random.nextInt(-45, -20));
      double factor = 0x1p-150 * (1 + off) / x;
      float high = SplitFactor.high(factor);
      float low = SplitFactor.low(factor, high);
      float inner = Math.fma(x, high, x * low);
      float expected = inner == 0 ? 0 : (float) (x * factor);
      Factors factors = new Factors(2);
      Arrays.fill(factors.factor, factor);
      factors.split(2);
      float[] written = new float[2];
      Kernels.floats()
          .scaleColumns(new float[] {x, x}, 0, new int[1], written, 0, new int[1], 1, 2, factors);
      assertThat(new float[] {SplitFactor.emulated(x, high, low, factor), written[0], written[1]})
          .as("%s * %s", x, factor)
          .containsOnly(expected);
    }
  }

  /** High and low are of one sign, so high must be smaller than the factor, as little as can be. */
  @ParameterizedTest
  @MethodSource("seeds")
  void theLeadingPartIsTheNextFloatTowardsZero(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < ROUNDS; i++) {
      double factor = factor(random);
      float high = SplitFactor.high(factor);
      assertThat(Math.abs((double) high)).as("%s", factor).isLessThan(Math.abs(factor));
      assertThat((double) Math.nextUp(Math.abs(high)))
          .as("%s", factor)
          .isGreaterThanOrEqualTo(Math.abs(factor));
      assertThat(Math.signum(high)).isEqualTo((float) Math.signum(factor));
    }
  }

  /** An element of the least rank has a product that needs no second look, a smaller one may. */
  @ParameterizedTest
  @MethodSource("seeds")
  void productsFromTheLeastRankOnAreFarFromZero(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < ROUNDS; i++) {
      double factor = factor(random);
      float high = SplitFactor.high(factor);
      int leastRank = SplitFactor.leastRank(high);
      boolean any = leastRank == Integer.MIN_VALUE;
      float least = any ? Float.MIN_VALUE : Float.intBitsToFloat(leastRank - Integer.MAX_VALUE);
      float product = SplitFactor.product(least, high, SplitFactor.low(factor, high), factor);
      assertThat(Math.abs(product)).as("%s", factor).isGreaterThanOrEqualTo(SplitFactor.LEAST);
      assertThat(any || Math.abs(product) < 8 * SplitFactor.LEAST).as("%s", factor).isTrue();
    }
    for (float high : new float[] {0, -0f, 1 / 0f, -1 / 0f, Float.NaN}) {
      assertThat(SplitFactor.leastRank(high)).isEqualTo(Integer.MIN_VALUE);
    }
  }

  @Test
  void aFactorOfOneChangesNothing() {
    SplittableRandom random = new SplittableRandom(2);
    float high = SplitFactor.high(1);
    float low = SplitFactor.low(1, high);
    for (int i = 0; i < ROUNDS; i++) {
      float x = element(random);
      assertThat(SplitFactor.product(x, high, low, 1)).isEqualTo(Float.valueOf(x));
    }
    assertThat(SplitFactor.product(-0f, high, low, 1)).isEqualTo(-0f);
  }

  @Test
  void zeroInfinityAndNanAreThemselves() {
    // These NaNs have the bits of an infinity, but for some that no float has.
    double shortest = Double.longBitsToDouble(0x7ff0_0000_0000_0001L);
    double negative = Double.longBitsToDouble(0xfff0_0000_1fff_ffffL);
    for (double factor :
        new double[] {0, -0.0, 1 / 0.0, -1 / 0.0, Double.NaN, shortest, negative}) {
      assertThat(SplitFactor.isSplit(factor)).isTrue();
      float high = SplitFactor.high(factor);
      float low = SplitFactor.low(factor, high);
      for (float x : new float[] {0, -0f, 1, -3, 9.8E-45f, Float.MAX_VALUE, 1 / 0f, Float.NaN}) {
        assertThat(SplitFactor.product(x, high, low, factor))
            .as("%s * %s", x, factor)
            .isEqualTo(Float.valueOf((float) (x * factor)));
      }
    }
  }

  @Test
  void farFactorsAreNotSplit() {
    for (double factor : new double[] {0x1p61, 0x1p-61, -1e300, 1e-300, Double.MIN_VALUE}) {
      assertThat(SplitFactor.isSplit(factor)).as("%s", factor).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void rowsAndColumnsHoldTheseProductsAlsoInPlace(int seed) {
    SplittableRandom random = new SplittableRandom(200 + seed);
    for (SliceKernel<float[]> kernel : kernels()) {
      for (int length = 0; length < 200; length++) {
        double spread = random.nextBoolean() ? 0 : random.nextInt(130);
        float[] x = new float[length + 3];
        for (int i = 0; i < x.length; i++) {
          x[i] = (float) Math.scalb(random.nextDouble(-1, 1), (int) -spread);
        }
        if (length > 0 && random.nextBoolean()) {
          x[1 + random.nextInt(length)] = random.nextBoolean() ? 0 : element(random);
        }
        double factor = random.nextInt(10) == 0 ? 0x1p-70 : factor(random);
        Factors factors = new Factors(Math.max(length, 1));
        Arrays.fill(factors.factor, 0, Math.max(length, 1), factor);
        factors.split(length);
        float[] expected = x.clone();
        for (int i = 1; i <= length; i++) {
          expected[i] = product(x[i], factor);
        }
        float[] row = x.clone();
        kernel.scaleRow(x, 1, row, 1, length, factor);
        assertThat(row).containsExactly(expected);
        float[] inPlace = x.clone();
        kernel.scaleRow(inPlace, 1, inPlace, 1, length, factor);
        assertThat(inPlace).containsExactly(expected);
        row = x.clone();
        kernel.scaleRows(x, 1, 0, row, 1, 0, 1, length, factors, 0);
        assertThat(row).containsExactly(expected);
        inPlace = x.clone();
        kernel.scaleRows(inPlace, 1, 0, inPlace, 1, 0, 1, length, factors, 0);
        assertThat(inPlace).containsExactly(expected);
        int[] start = {1};
        inPlace = x.clone();
        kernel.scaleColumns(inPlace, 0, start, inPlace, 0, start, 1, length, factors);
        assertThat(inPlace).containsExactly(expected);
        row = x.clone();
        kernel.scaleColumns(x, 1, new int[1], row, 0, start, 1, length, factors);
        assertThat(row).containsExactly(expected);
      }
    }
  }

  private static float product(float x, double factor) {
    float high = SplitFactor.high(factor);
    return SplitFactor.isSplit(factor)
        ? SplitFactor.product(x, high, SplitFactor.low(factor, high), factor)
        : (float) (x * factor);
  }

  /** The plain kernel, and that of this JVM. */
  private static List<SliceKernel<float[]>> kernels() {
    return List.of(new ScalarFloatKernel(), Kernels.floats());
  }
}
