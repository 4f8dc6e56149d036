package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
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
      for (int apart : new int[] {length, 17, -5}) {
        float[] norms = new float[2 * SLICES + 3];
        float[] expected = new float[2 * SLICES + 3];
        for (int slice = 0; slice < SLICES; slice++) {
          int at = 150 + slice * apart;
          expected[2 * (SLICES - slice)] = (float) Math.sqrt(square(x, at, step, length));
        }
        ShortSlices.of(SLICES, length, step, apart, -2).writeNorms(x, 150, norms, 2 * SLICES);
        assertThat(norms).containsExactly(expected);
      }
    }
    float[] x = {3, 1e-9f, 7, 0.1f, 5, 1e9f, 2, 1, 4, 1e-3f, 6, 8, 0.3f, 9, 11, 13, 17, 19, 23, 29};
    double[] sums = {-1, -1, -1, -1};
    PlainShortRows.squares(x, 1, 10, 2, length, sums, 1);
    assertThat(sums).containsExactly(-1, square(x, 1, 1, length), square(x, 11, 1, length), -1);
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 16, 17, 40, 64})
  void neighboursMayBeMore(int length) {
    float[] x = new float[3 * length + 1];
    SplittableRandom random = new SplittableRandom(length);
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    float[] norms = new float[3];
    ShortSlices.of(3, length, 1, length, 1).writeNorms(x, 1, norms, 0);
    for (int slice = 0; slice < 3; slice++) {
      assertThat(norms[slice])
          .isEqualTo((float) Math.sqrt(square(x, 1 + slice * length, 1, length)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 9})
  void otherLengthsAreRefused(int length) {
    float[] x = new float[20];
    assertThatThrownBy(() -> ShortSlices.of(1, length, 2, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("slices of " + length + " elements, 2 apart: expected 1 to 8, or neighbours");
    assertThatThrownBy(() -> PlainShortRows.squares(x, 0, 9, 1, length, new double[1], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rows of " + length + " elements: expected 0 to 8");
  }

  @Test
  void slicesWithoutPlacesForTheirNormsAreRefused() {
    assertThatThrownBy(() -> ShortSlices.of(0, 3, 1, 3, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("0 slices with norms 1 apart: expected 1, or norms at different places");
    assertThatThrownBy(() -> ShortSlices.of(2, 3, 1, 3, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 slices with norms 0 apart: expected 1, or norms at different places");
  }

  /** Lanes that no element falls to are zero, and halved with the others. */
  private static double square(float[] x, int at, int step, int length) {
    double[] lanes = new double[ReductionOrder.LANES];
    for (int k = 0; k < length; k++) {
      double value = x[at + k * step];
      lanes[k % lanes.length] += value * value;
    }
    for (int half = lanes.length / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] += lanes[lane + half];
      }
    }
    return lanes[0];
  }
}
