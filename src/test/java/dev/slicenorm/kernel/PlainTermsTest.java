package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Reductions other than sums of squares beside the canonical order, one element after the other:
 * both kernels, around the lengths where loops change their way.
 */
class PlainTermsTest {

  private static final int ROWS = 3;
  private static final List<Term> TERMS =
      List.of(Term.ABSOLUTES, Term.NONZEROS, Term.MAXIMA, Term.MINIMA);

  static IntStream lengths() {
    return IntStream.concat(IntStream.range(0, 140), IntStream.of(255, 1023, 1024, 1025, 4096));
  }

  private static List<SliceKernel<float[]>> kernels() {
    return List.of(new ScalarFloatKernel(), Kernels.floats());
  }

  /**
   * Zeros of both signs, tiny and huge elements, and others that differ so much in size that
   * another order of summation shows in the last bits of a {@code double}; at times infinity or
   * NaN.
   */
  private static float[] elements(SplittableRandom random, int count, int oddity) {
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] =
          switch (random.nextInt(12)) {
            case 0 -> 0f;
            case 1 -> -0f;
            case 2 -> Float.intBitsToFloat(random.nextInt(1, 100));
            case 3 -> -Float.MAX_VALUE;
            default -> (float) Math.scalb(random.nextGaussian(), random.nextInt(-30, 30));
          };
    }
    if (count > 0 && oddity > 0) {
      float value = Float.intBitsToFloat(oddity == 1 ? 0xff800000 : 0xffc00000 + oddity);
      x[random.nextInt(count)] = value;
    }
    return x;
  }

  private static double element(Term term, float x) {
    return switch (term) {
      case NONZEROS -> Float.isNaN(x) ? x : x == 0 ? 0 : 1;
      case SQUARES -> (double) x * x;
      case ABSOLUTES, MAXIMA, MINIMA -> Math.abs((double) x);
    };
  }

  /** 32 lanes, each in rising order, folded by halving. */
  static double expected(Term term, float[] x, int at, int step, int length) {
    double[] lanes = new double[32];
    for (int lane = 0; lane < 32; lane++) {
      lanes[lane] = term.identity();
      for (int i = lane; i < length; i += 32) {
        lanes[lane] = term.combine(lanes[lane], element(term, x[at + i * step]));
      }
    }
    for (int half = 16; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] = term.combine(lanes[lane], lanes[lane + half]);
      }
    }
    return lanes[0];
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void rowsAreReducedInTheCanonicalOrder(int length) {
    SplittableRandom random = new SplittableRandom(length);
    for (int oddity = 0; oddity < 3; oddity++) {
      int stride = length + 2;
      float[] x = elements(random, ROWS * stride + 1, oddity);
      for (Term term : TERMS) {
        double[] expected = new double[ROWS];
        for (int row = 0; row < ROWS; row++) {
          expected[row] = expected(term, x, 1 + row * stride, 1, length);
          assertThat(PlainTerms.reduceRow(term, x, 1 + row * stride, length))
              .as("%s of %d elements", term, length)
              .isEqualTo(Double.valueOf(expected[row]));
        }
        for (SliceKernel<float[]> kernel : kernels()) {
          Sums sums = new Sums(ROWS + 2);
          kernel.reduceRows(term, x, 1, stride, ROWS, length, sums, 2);
          assertThat(sums.hi).as("%s", term).startsWith(0, 0).endsWith(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void columnsOfABlockAreThoseOfTheOrder(int columns) {
    assertColumns(1 + columns % 70, columns);
    assertColumns(170 - columns % 70, columns);
  }

  private static void assertColumns(int rows, int columns) {
    SplittableRandom random = new SplittableRandom(columns);
    for (int oddity = 0; oddity < 3; oddity++) {
      float[] x = elements(random, rows * columns + 1, oddity);
      int[] starts = IntStream.range(0, rows).map(row -> row * columns).toArray();
      for (Term term : List.of(Term.NONZEROS, Term.MAXIMA, Term.MINIMA)) {
        double[] expected = new double[columns];
        for (int c = 0; c < columns; c++) {
          expected[c] = expected(term, x, 1 + c, columns, rows);
        }
        for (SliceKernel<float[]> kernel : kernels()) {
          for (boolean adjacent : new boolean[] {true, false}) {
            Sums sums = new Sums(17 * columns + 3);
            assertThat(kernel.reduceBlock(term, x, 1, starts, adjacent, rows, columns, sums, 3))
                .isTrue();
            assertThat(Arrays.copyOfRange(sums.hi, 3, 3 + columns))
                .as("%s of %d rows", term, rows)
                .containsExactly(expected);
          }
        }
      }
    }
  }

  @Test
  void aNaNIsFoundInEveryPlace() {
    for (int length = 1; length <= 130; length++) {
      for (int i = 0; i < length; i++) {
        float[] x = new float[length];
        x[i] = Float.intBitsToFloat(i % 2 == 0 ? 0x7f800001 : 0xffffffff);
        for (Term term : TERMS) {
          for (SliceKernel<float[]> kernel : kernels()) {
            Sums sums = new Sums(1);
            kernel.reduceRows(term, x, 0, 0, 1, length, sums, 0);
            assertThat(sums.hi[0]).as("%s of %d, NaN at %d", term, length, i).isNaN();
          }
        }
      }
    }
  }
}
