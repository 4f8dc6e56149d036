package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The written-out loops for short rows and slices beside a loop over lanes, to the bit. */
class ShortSlicesTest {

  private static final int SLICES = 7;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyLengthHasTheCanonicalOrder(int length) {
    SplittableRandom random = new SplittableRandom(length);
    for (int step : new int[] {1, 3, -2, 0}) {
      float[] x = new float[400];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) Math.scalb(random.nextDouble(-1, 1), random.nextInt(-12, 12));
      }
      int[] from = new int[SLICES];
      int[] to = new int[SLICES];
      float[] norms = new float[SLICES + 3];
      float[] expected = new float[SLICES + 3];
      for (int slice = 0; slice < SLICES; slice++) {
        from[slice] = random.nextInt(0, 200);
        to[slice] = SLICES - 1 - slice;
        expected[2 + to[slice]] = (float) Math.sqrt(square(x, 50 + from[slice], step, length));
      }
      ShortSlices.norms(x, 50, from, step, length, norms, 2, to);
      assertThat(norms).containsExactly(expected);
    }
    float[] x = {3, 1e-9f, 7, 0.1f, 5, 1e9f, 2, 1, 4, 1e-3f, 6, 8, 0.3f, 9, 11, 13, 17, 19, 23, 29};
    double[] sums = {-1, -1, -1, -1};
    PlainShortRows.squares(x, 1, 10, 2, length, sums, 1);
    assertThat(sums).containsExactly(-1, square(x, 1, 1, length), square(x, 11, 1, length), -1);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 9})
  void otherLengthsAreRefused(int length) {
    float[] x = new float[20];
    assertThatThrownBy(() -> ShortSlices.norms(x, 0, new int[1], 1, length, x, 0, new int[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("slices of " + length + " elements: expected 1 to 8");
    assertThatThrownBy(() -> PlainShortRows.squares(x, 0, 9, 1, length, new double[1], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rows of " + length + " elements: expected 0 to 8");
  }

  /** Lanes that no element falls to are zero, and halved with the others. */
  private static double square(float[] x, int at, int step, int length) {
    double[] lanes = new double[ReductionOrder.LANES];
    for (int k = 0; k < length; k++) {
      lanes[k] = (double) x[at + k * step] * x[at + k * step];
    }
    for (int half = lanes.length / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] += lanes[lane + half];
      }
    }
    return lanes[0];
  }
}
