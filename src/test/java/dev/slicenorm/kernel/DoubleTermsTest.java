package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Maxima, minima and counts of F64 rows and columns beside one element after the other. */
class DoubleTermsTest {

  private static final int ROWS = 3;
  private static final List<Term> TERMS = List.of(Term.NONZEROS, Term.MAXIMA, Term.MINIMA);

  static IntStream lengths() {
    return IntStream.concat(IntStream.range(0, 70), IntStream.of(255, 1023, 1025, 4096));
  }

  private static List<SliceKernel<double[]>> kernels() {
    return List.of(new ScalarDoubleKernel(), Kernels.doubles());
  }

  /** Zeros of both signs, ordinary, tiny and huge elements; at times infinity or NaN. */
  private static double[] elements(SplittableRandom random, int count, int oddity) {
    double[] x = new double[count];
    for (int i = 0; i < count; i++) {
      x[i] =
          switch (random.nextInt(12)) {
            case 0 -> 0.0;
            case 1 -> -0.0;
            case 2 -> Double.longBitsToDouble(random.nextLong(1, 100));
            case 3 -> -Double.MAX_VALUE;
            default -> random.nextGaussian();
          };
    }
    if (count > 0 && oddity > 0) {
      long bits = oddity == 1 ? 0xfffL << 52 : (0xfffL << 52) + oddity;
      x[random.nextInt(count)] = Double.longBitsToDouble(bits);
    }
    return x;
  }

  private static double expected(Term term, double[] x, int at, int step, int length) {
    double result = term.identity();
    for (int i = 0; i < length; i++) {
      double value = x[at + i * step];
      double element =
          term != Term.NONZEROS
              ? Math.abs(value)
              : Double.isNaN(value) ? value : value == 0 ? 0 : 1;
      result = term.combine(result, element);
    }
    return result;
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void rows(int length) {
    SplittableRandom random = new SplittableRandom(length);
    for (int oddity = 0; oddity < 3; oddity++) {
      int stride = length + 2;
      double[] x = elements(random, ROWS * stride + 1, oddity);
      for (Term term : TERMS) {
        double[] expected = new double[ROWS];
        for (int row = 0; row < ROWS; row++) {
          expected[row] = expected(term, x, 1 + row * stride, 1, length);
        }
        for (SliceKernel<double[]> kernel : kernels()) {
          Sums sums = new Sums(ROWS + 2);
          Arrays.fill(sums.lo, 7);
          kernel.reduceRows(term, x, 1, stride, ROWS, length, sums, 2);
          assertThat(sums.hi).as("%s of %d", term, length).startsWith(0, 0).endsWith(expected);
          assertThat(sums.lo).startsWith(7, 7).endsWith(0, 0, 0);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void columns(int columns) {
    assertColumns(1 + columns % 70, columns);
    assertColumns(170 - columns % 70, columns);
  }

  private static void assertColumns(int rows, int columns) {
    SplittableRandom random = new SplittableRandom(columns);
    for (int oddity = 0; oddity < 3; oddity++) {
      double[] x = elements(random, rows * columns + 1, oddity);
      int[] starts = IntStream.range(0, rows).map(row -> row * columns).toArray();
      for (Term term : TERMS) {
        double[] expected = new double[columns];
        for (int c = 0; c < columns; c++) {
          expected[c] = expected(term, x, 1 + c, columns, rows);
        }
        for (SliceKernel<double[]> kernel : kernels()) {
          for (boolean adjacent : new boolean[] {true, false}) {
            Sums sums = new Sums(17 * columns + 3);
            Arrays.fill(sums.lo, 7);
            assertThat(kernel.reduceBlock(term, x, 1, starts, adjacent, rows, columns, sums, 3))
                .isTrue();
            assertThat(Arrays.copyOfRange(sums.hi, 3, 3 + columns))
                .as("%s of %d rows", term, rows)
                .containsExactly(expected);
            assertThat(Arrays.copyOfRange(sums.lo, 3, 3 + columns))
                .containsExactly(new double[columns]);
          }
        }
      }
    }
  }

  @Test
  void aNaNIsFoundInEveryPlace() {
    for (int length = 1; length <= 70; length++) {
      for (int i = 0; i < length; i++) {
        double[] x = new double[length];
        x[i] = Double.longBitsToDouble(i % 2 == 0 ? (0x7ffL << 52) + 1 : -1L);
        for (Term term : TERMS) {
          assertThat(DoubleTerms.reduceRow(term, x, 0, length))
              .as("%s of %d, NaN at %d", term, length, i)
              .isNaN();
        }
      }
    }
  }
}
