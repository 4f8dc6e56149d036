package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A few short slices, some step apart or neighbours, have the norms of the canonical order, one
 * element after the other.
 */
class ShortTermsTest {

  private static final int SLICES = 5;
  private static final int FIRST = 400;
  private static final List<Term> TERMS =
      List.of(Term.ABSOLUTES, Term.NONZEROS, Term.MAXIMA, Term.MINIMA);

  static IntStream lengths() {
    return IntStream.concat(IntStream.rangeClosed(1, 34), IntStream.of(40, 63, 64));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void everyLengthHasTheCanonicalOrder(int length) {
    SplittableRandom random = new SplittableRandom(length);
    int[] steps = length <= ShortSlices.MOST ? new int[] {1, 3, -2, 0} : new int[] {1};
    float[] oddities = {1, Float.NaN, Float.NEGATIVE_INFINITY, -0f};
    for (int step : steps) {
      for (int apart : new int[] {length, 1, 70, -3}) {
        for (float oddity : oddities) {
          float[] x = new float[2 * FIRST];
          for (int i = 0; i < x.length; i++) {
            x[i] =
                random.nextInt(9) == 0
                    ? oddity
                    : (float) Math.scalb(random.nextDouble(-1, 1), random.nextInt(-30, 30));
          }
          for (Term term : TERMS) {
            float[] expected = new float[2 * SLICES + 3];
            for (int slice = 0; slice < SLICES; slice++) {
              int at = FIRST + slice * apart;
              expected[2 * (SLICES - slice)] =
                  (float) PlainTermsTest.expected(term, x, at, step, length);
            }
            float[] norms = new float[2 * SLICES + 3];
            new ShortTerms(term, SLICES, length, step, apart, -2)
                .writeNorms(x, FIRST, norms, 2 * SLICES);
            assertThat(norms)
                .as("%s of %d, %d apart", term, length, step)
                .containsExactly(expected);
          }
        }
      }
    }
  }
}
