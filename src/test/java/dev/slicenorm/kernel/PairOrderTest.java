package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sums of F64 elements beside the order as its definition tells it, to the bit of both parts of the
 * pair: both kernels, rows and columns, around the lengths where loops change their way.
 */
class PairOrderTest {

  private static final int LANES = 32;
  private static final int ROWS = 3;

  static IntStream lengths() {
    return IntStream.concat(
        IntStream.range(0, 170), IntStream.of(255, 1000, 1023, 1024, 1025, 4095, 4096));
  }

  private static List<SliceKernel<double[]>> kernels() {
    return List.of(new ScalarDoubleKernel(), Kernels.doubles());
  }

  /** Zeros of both signs, and elements whose products reach over 80 binary places. */
  private static double[] elements(SplittableRandom random, int count) {
    double[] x = new double[count];
    for (int i = 0; i < count; i++) {
      double value = Math.scalb(random.nextGaussian(), random.nextInt(-20, 20));
      x[i] = random.nextInt(9) == 0 ? Math.copySign(0, value) : value;
    }
    return x;
  }

  private record Pair(double hi, double lo) {

    /** Adds {@code a·b}: exactly, but for the rounding of {@code hi} and of what goes to lo. */
    Pair plus(double a, double b) {
      double sum = hi + a * b;
      double part = sum - hi;
      double first = hi - (sum - part);
      double second =
          new BigDecimal(a)
              .multiply(new BigDecimal(b))
              .subtract(new BigDecimal(part))
              .doubleValue();
      return new Pair(sum, lo + (first + second));
    }

    Pair plus(Pair other) {
      double sum = hi + other.hi;
      double part = sum - hi;
      double error = (hi - (sum - part)) + (other.hi - part);
      return new Pair(sum, lo + (other.lo + error));
    }
  }

  private static Pair expected(double[] a, int aAt, double[] b, int bAt, int step, int length) {
    Pair[] lanes = new Pair[LANES];
    Arrays.fill(lanes, new Pair(0, 0));
    for (int i = 0; i < length; i++) {
      lanes[i % LANES] = lanes[i % LANES].plus(a[aAt + i * step], b[bAt + i * step]);
    }
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] = lanes[lane].plus(lanes[lane + half]);
      }
    }
    return lanes[0];
  }

  private static void assertSum(Sums sums, int at, Pair expected, String what, int length) {
    assertThat(sums.hi[at]).as("%s of %d, hi", what, length).isEqualTo(Double.valueOf(expected.hi));
    assertThat(sums.lo[at]).as("%s of %d, lo", what, length).isEqualTo(expected.lo);
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void rowsAreSummedInTheCanonicalOrder(int length) {
    SplittableRandom random = new SplittableRandom(length);
    int stride = length + 3;
    double[] x = elements(random, ROWS * stride + 1);
    double[] y = elements(random, ROWS * stride + 2);
    double[] sizes = Arrays.stream(x).map(Math::abs).toArray();
    double[] ones = new double[x.length];
    Arrays.fill(ones, 1);
    for (SliceKernel<double[]> kernel : kernels()) {
      Sums sums = new Sums(ROWS + 2);
      kernel.reduceRows(Term.SQUARES, x, 1, stride, ROWS, length, sums, 2);
      for (int row = 0; row < ROWS; row++) {
        int at = 1 + row * stride;
        assertSum(sums, 2 + row, expected(x, at, x, at, 1, length), "squares", length);
      }
      kernel.reduceRows(Term.ABSOLUTES, x, 1, stride, ROWS, length, sums, 2);
      for (int row = 0; row < ROWS; row++) {
        int at = 1 + row * stride;
        assertSum(sums, 2 + row, expected(sizes, at, ones, at, 1, length), "sizes", length);
      }
      assertThat(sums.hi).startsWith(0, 0);
      kernel.dotRow(x, 1, y, 2, length, sums, 0);
      assertSum(sums, 0, expected(x, 1, y, 2, 1, length), "products", length);
    }
  }

  /** The sums themselves, since the order's definition could be wrong too. */
  @ParameterizedTest
  @MethodSource("lengths")
  void sumsAreNearlyExact(int length) {
    double[] x = elements(new SplittableRandom(length), length);
    BigDecimal exact = BigDecimal.ZERO;
    for (double value : x) {
      exact = exact.add(new BigDecimal(value).pow(2));
    }
    for (SliceKernel<double[]> kernel : kernels()) {
      Sums sums = new Sums(1);
      kernel.reduceRows(Term.SQUARES, x, 0, 0, 1, length, sums, 0);
      BigDecimal sum = new BigDecimal(sums.hi[0]).add(new BigDecimal(sums.lo[0]));
      BigDecimal bound =
          exact.multiply(new BigDecimal(Math.scalb(1.0, -90)), MathContext.DECIMAL64);
      assertThat(sum.subtract(exact).abs()).isLessThanOrEqualTo(bound);
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void normsAreRootsOfTheSums(int length) {
    SplittableRandom random = new SplittableRandom(length);
    int stride = length + 1;
    for (double size : new double[] {1, 0x1p-500, 0x1p-1040, 0x1p520, 0x1p1000, 0}) {
      double[] x = elements(random, ROWS * stride + 1);
      for (int i = 0; i < x.length; i++) {
        x[i] *= size;
      }
      for (SliceKernel<double[]> kernel : kernels()) {
        Sums sums = new Sums(ROWS);
        kernel.reduceRows(Term.SQUARES, x, 1, stride, ROWS, length, sums, 0);
        double[] norms = new double[ROWS + 1];
        assertThat(kernel.normRows(x, 1, stride, ROWS, length, new Sums(1), norms, 1)).isTrue();
        for (int row = 0; row < ROWS; row++) {
          double by = PairNorm.rescaling(sums.hi[row]);
          if (by != 1) {
            double[] rescaled =
                Arrays.stream(x, 1 + row * stride, 1 + row * stride + length)
                    .map(value -> value * by)
                    .toArray();
            kernel.reduceRows(Term.SQUARES, rescaled, 0, 0, 1, length, sums, row);
          }
          assertThat(norms[1 + row])
              .as("norm of %d, of size %s", length, size)
              .isEqualTo(PairNorm.root(sums.hi[row], sums.lo[row]) / by);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void columnsAreExtendedInTheCanonicalOrder(int columns) {
    SplittableRandom random = new SplittableRandom(columns);
    int rows = 5;
    int[] starts = IntStream.range(0, rows).map(row -> row * (columns + 2)).toArray();
    double[] x = elements(random, rows * (columns + 2) + 1);
    double[] y = elements(random, rows * (columns + 2) + 2);
    for (SliceKernel<double[]> kernel : kernels()) {
      Sums squares = new Sums(columns + 3);
      Sums products = new Sums(columns + 3);
      Sums sizes = new Sums(columns + 3);
      kernel.reduceColumns(Term.SQUARES, x, 1, starts, 0, 2, 3, columns, squares, 3);
      kernel.dotColumns(x, 1, starts, y, 2, starts, 0, 2, 3, columns, products, 3);
      kernel.reduceColumns(Term.ABSOLUTES, x, 1, starts, 0, 2, 3, columns, sizes, 3);
      for (int c = 0; c < columns; c++) {
        Pair square = new Pair(0, 0);
        Pair product = new Pair(0, 0);
        Pair size = new Pair(0, 0);
        for (int row = 0; row < 5; row += 2) {
          double value = x[1 + starts[row] + c];
          square = square.plus(value, value);
          product = product.plus(value, y[2 + starts[row] + c]);
          size = size.plus(Math.abs(value), 1);
        }
        assertSum(squares, 3 + c, square, "squares of columns", columns);
        assertSum(products, 3 + c, product, "products of columns", columns);
        assertSum(sizes, 3 + c, size, "sizes of columns", columns);
      }
    }
  }
}
