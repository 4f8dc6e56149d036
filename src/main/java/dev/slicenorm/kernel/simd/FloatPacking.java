package dev.slicenorm.kernel.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies every second, third, … element, or all in reverse, to neighbouring places. Whole vectors are
 * loaded and squeezed; gathering is two to five times slower than plain loads on JDK 25.
 */
final class FloatPacking {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  private static final int WIDTH = FLOATS.length();

  /** Steps up to here are squeezed; from wider ones too little of each vector would be left. */
  static final int LARGEST_STEP = 4;

  private static final VectorShuffle<Float> REVERSE =
      VectorShuffle.fromOp(FLOATS, lane -> WIDTH - 1 - lane);

  private FloatPacking() {}

  /** {@return how many elements were copied: the rest is too short for whole vectors} */
  static int squeeze(float[] x, int at, int step, float[] row, int to, int count) {
    return switch (step) {
      case -1 -> reverse(x, at, row, to, count);
      case 2 -> everySecond(x, at, row, to, count);
      case 3, 4 -> everyNth(x, at, step, row, to, count);
      default -> 0;
    };
  }

  private static int reverse(float[] x, int at, float[] row, int to, int count) {
    int i = 0;
    for (; i <= count - WIDTH; i += WIDTH) {
      FloatVector.fromArray(FLOATS, x, at - i - WIDTH + 1).rearrange(REVERSE).intoArray(row, to + i);
    }
    return i;
  }

  private static int everySecond(float[] x, int at, float[] row, int to, int count) {
    VectorMask<Float> even = chosen(2, 0);
    int i = 0;
    // The last vector of the source may end one element beyond the last that is wanted.
    for (; i <= count - WIDTH - 1; i += WIDTH) {
      FloatVector low = FloatVector.fromArray(FLOATS, x, at + 2 * i).compress(even);
      FloatVector high = FloatVector.fromArray(FLOATS, x, at + 2 * i + WIDTH).compress(even);
      low.intoArray(row, to + i);
      high.intoArray(row, to + i + WIDTH / 2, FLOATS.indexInRange(0, WIDTH / 2));
    }
    return i;
  }

  private static int everyNth(float[] x, int at, int step, float[] row, int to, int count) {
    int done = 0;
    int phase = 0;
    int from = at;
    // Each store writes a whole vector, of which the next one overwrites what it did not fill.
    while (done <= count - WIDTH && (long) from + WIDTH <= (long) at + (long) (count - 1) * step) {
      VectorMask<Float> mask = chosen(step, phase);
      FloatVector.fromArray(FLOATS, x, from).compress(mask).intoArray(row, to + done);
      int taken = (WIDTH - phase + step - 1) / step;
      done += taken;
      phase = phase + taken * step - WIDTH;
      from += WIDTH;
    }
    return done;
  }

  private static VectorMask<Float> chosen(int step, int phase) {
    long bits = 0;
    for (int lane = phase; lane < WIDTH; lane += step) {
      bits |= 1L << lane;
    }
    return VectorMask.fromLong(FLOATS, bits);
  }
}
