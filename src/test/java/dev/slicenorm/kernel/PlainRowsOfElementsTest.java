package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows that are scaled, and gradients, one element after the other, beside both kernels: around the
 * lengths where plain loops change their way, and in place.
 */
class PlainRowsOfElementsTest {

  private static final int ROWS = 3;

  static IntStream lengths() {
    return IntStream.concat(
        IntStream.range(0, 140), IntStream.of(255, 1023, 1024, 1025, 1087, 1088, 2047, 2049, 4096));
  }

  private static List<SliceKernel<float[]>> kernels() {
    return List.of(new ScalarFloatKernel(), Kernels.floats());
  }

  /** Mostly ordinary, at times an element whose product needs a second look, or a special one. */
  private static float[] elements(SplittableRandom random, int count) {
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] =
          random.nextInt(50) == 0
              ? Float.intBitsToFloat(random.nextInt() & 0xffff0000)
              : (float) random.nextGaussian();
    }
    return x;
  }

  private static Factors factors(SplittableRandom random) {
    Factors factors = new Factors(4096);
    for (int i = 0; i < ROWS + 1; i++) {
      int exponent = random.nextInt(8) == 0 ? random.nextInt(-90, 90) : random.nextInt(-2, 3);
      factors.pre[i] = 1;
      factors.factor[i] = Math.scalb(random.nextDouble(1, 2), exponent);
      factors.second[i] = random.nextDouble(-2, 2);
    }
    return factors;
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void scaledRowsHoldTheProductsOfTheDefinition(int length) {
    SplittableRandom random = new SplittableRandom(length);
    int stride = length + 5;
    float[] x = elements(random, ROWS * stride);
    Factors factors = factors(random);
    factors.split(ROWS + 1);
    float[] expected = x.clone();
    for (int row = 0; row < ROWS; row++) {
      for (int i = 0; i < length; i++) {
        int at = 2 + row * stride + i;
        expected[at] = factors.product(x[at], row + 1);
      }
    }
    for (SliceKernel<float[]> kernel : kernels()) {
      float[] apart = x.clone();
      kernel.scaleRows(x, 2, stride, apart, 2, stride, ROWS, length, factors, 1);
      assertThat(apart).containsExactly(expected);
      float[] inPlace = x.clone();
      kernel.scaleRows(inPlace, 2, stride, inPlace, 2, stride, ROWS, length, factors, 1);
      assertThat(inPlace).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void gradientsOfRowsAreThoseOfTheFormula(int length) {
    SplittableRandom random = new SplittableRandom(length);
    float[] dw = elements(random, length + 3);
    Factors factors = factors(random);
    // Elsewhere than the others, and at the same place.
    for (int vAt = 1; vAt <= 2; vAt++) {
      float[] v = elements(random, length + 3);
      float[] expected = new float[length];
      for (int i = 0; i < length; i++) {
        double share = factors.second[2] * v[i + vAt];
        expected[i] = (float) ((dw[i + 2] - share) * factors.factor[2]);
      }
      for (SliceKernel<float[]> kernel : kernels()) {
        float[] apart = dw.clone();
        kernel.gradientRow(v, vAt, dw, 2, apart, 2, length, factors, 2);
        assertThat(apart).containsExactly(with(dw, 2, expected));
        float[] inPlace = dw.clone();
        kernel.gradientRow(v, vAt, inPlace, 2, inPlace, 2, length, factors, 2);
        assertThat(inPlace).containsExactly(with(dw, 2, expected));
        float[] inPlaceOfV = v.clone();
        kernel.gradientRow(inPlaceOfV, vAt, dw, 2, inPlaceOfV, vAt, length, factors, 2);
        assertThat(inPlaceOfV).containsExactly(with(v, vAt, expected));
      }
    }
  }

  private static float[] with(float[] array, int at, float[] part) {
    float[] result = array.clone();
    System.arraycopy(part, 0, result, at, part.length);
    return result;
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void gradientsAcrossColumnsAreThoseOfTheFormula(int columns) {
    SplittableRandom random = new SplittableRandom(columns);
    int stride = columns + 2;
    float[] dw = elements(random, ROWS * stride);
    Factors factors = new Factors(columns);
    for (int c = 0; c < columns; c++) {
      factors.factor[c] = random.nextDouble(-2, 2);
      factors.second[c] = random.nextDouble(-2, 2);
    }
    int[] starts = IntStream.range(0, ROWS).map(row -> row * stride).toArray();
    for (int vAt = 0; vAt <= 1; vAt++) {
      float[] v = elements(random, ROWS * stride);
      float[] expected = dw.clone();
      float[] expectedInV = v.clone();
      for (int start : starts) {
        for (int c = 0; c < columns; c++) {
          double share = factors.second[c] * v[start + vAt + c];
          float gradient = (float) ((dw[start + 1 + c] - share) * factors.factor[c]);
          expected[start + 1 + c] = gradient;
          expectedInV[start + vAt + c] = gradient;
        }
      }
      for (SliceKernel<float[]> kernel : kernels()) {
        float[] apart = dw.clone();
        kernel.gradientColumns(
            v, vAt, starts, dw, 1, starts, apart, 1, starts, ROWS, columns, factors);
        assertThat(apart).containsExactly(expected);
        float[] inPlace = dw.clone();
        kernel.gradientColumns(
            v, vAt, starts, inPlace, 1, starts, inPlace, 1, starts, ROWS, columns, factors);
        assertThat(inPlace).containsExactly(expected);
        float[] inV = v.clone();
        kernel.gradientColumns(
            inV, vAt, starts, dw, 1, starts, inV, vAt, starts, ROWS, columns, factors);
        assertThat(inV).containsExactly(expectedInV);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void sumsOfColumnsGoOnRowAfterRow(int columns) {
    SplittableRandom random = new SplittableRandom(columns);
    int rows = 1 + columns % 9;
    int step = 2;
    float[] x = elements(random, (rows * step + 1) * columns + 3);
    float[] y = elements(random, (rows * step + 1) * columns + 3);
    int[] starts = IntStream.rangeClosed(0, rows * step).map(row -> row * columns).toArray();
    int out = 3;
    double[] sums = random.doubles(columns + out).toArray();
    double[] products = random.doubles(columns + out).toArray();
    for (int yAt = 1; yAt <= 2; yAt++) {
      double[] expectedSums = sums.clone();
      double[] expectedProducts = products.clone();
      for (int row = 0; row < rows; row++) {
        for (int c = 0; c < columns; c++) {
          int at = (1 + row * step) * columns + c;
          double element = x[at + 1];
          expectedSums[out + c] += element * element;
          expectedProducts[out + c] += element * y[at + yAt];
        }
      }
      for (SliceKernel<float[]> kernel : kernels()) {
        Sums squares = new Sums(columns + out);
        Sums dots = new Sums(columns + out);
        System.arraycopy(sums, 0, squares.hi, 0, columns + out);
        System.arraycopy(products, 0, dots.hi, 0, columns + out);
        kernel.squaresAndDotsColumns(
            x, 1, starts, y, yAt, starts, 1, step, rows, columns, squares, dots, out);
        assertThat(squares.hi).containsExactly(expectedSums);
        assertThat(dots.hi).containsExactly(expectedProducts);
      }
    }
  }
}
