package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.simd.Widening.DOUBLES;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * The last steps of the halving tree, inside vectors: the upper half of the lanes is added to the
 * lower.
 *
 * <p>For one vector that leaves most lanes idle. {@link #foldBatch} folds many: two vectors share
 * each addition, the halves of one beside those of the other. Between the steps they lie in memory,
 * and no method here takes or returns a vector made by several operations: C2 may have compiled
 * such a method by itself, and then calls it, with boxed vectors (1344 rows of 7: 6.9 instead of
 * 2.4 µs). Nor is there one that only loads: {@link #foldBatch} has a loop of its own, so C2 may
 * compile it before there is a profile of what it calls, and then what is called there looks cold.
 * It was in one of seven JVMs or so, for good (300 rows of 12: 4 to 6 µs instead of 1).
 */
final class Halving {

  /**
   * Vectors that are folded together, at most. Memory is read at some places that lie a part of
   * these rows apart, and few rows make short ways: 131072 rows of 128 took 3.8 ms on Zen 5 by 64,
   * and 2.5 ms by 512.
   */
  static final int BATCH = 512;

  static final VectorShuffle<Double> BY_FOUR = rotate(4);

  static final VectorShuffle<Double> BY_TWO = rotate(2);

  static final VectorShuffle<Double> BACK_BY_TWO = rotate(WIDTH - 2);

  static final VectorShuffle<Double> BY_ONE = rotate(1);

  static final VectorShuffle<Double> BACK_BY_ONE = rotate(WIDTH - 1);

  /** The lanes of the upper half of each group of 8, 4 and 2. */
  static final VectorMask<Double> FOURS = upper(4);

  static final VectorMask<Double> TWOS = upper(2);

  static final VectorMask<Double> ONES = upper(1);

  private Halving() {}

  private static VectorShuffle<Double> rotate(int lanes) {
    return VectorShuffle.fromOp(DOUBLES, lane -> (lane + lanes) % WIDTH);
  }

  private static VectorMask<Double> upper(int half) {
    boolean[] lanes = new boolean[WIDTH];
    for (int lane = 0; lane < WIDTH; lane++) {
      lanes[lane] = (lane & half) != 0;
    }
    return VectorMask.fromArray(DOUBLES, lanes, 0);
  }

  /** {@return the sum of the lanes of one vector, as {@code j + WIDTH/2}, …, {@code j + 1}} */
  static double fold(double[] vector, int at) {
    if (WIDTH == 8) {
      double even = (vector[at] + vector[at + 4]) + (vector[at + 2] + vector[at + 6]);
      return even + ((vector[at + 1] + vector[at + 5]) + (vector[at + 3] + vector[at + 7]));
    }
    double sum = vector[at] + vector[at + WIDTH / 2];
    return WIDTH == 4 ? sum + (vector[at + 1] + vector[at + 3]) : sum;
  }

  /**
   * Folds vectors of four or eight lanes.
   *
   * @param vectors one after another; overwritten
   * @param count how many, at most {@link #BATCH}
   * @param sums receives their sums, in order
   */
  static void foldBatch(double[] vectors, int count, double[] sums, int out) {
    int whole = count - count % WIDTH;
    if (WIDTH == 8) {
      foldByFour(vectors, whole);
    }
    foldByTwo(vectors, whole);
    for (int i = 0; i < whole; i++) {
      sums[out + i] = vectors[2 * i] + vectors[2 * i + 1];
    }
    for (int i = whole; i < count; i++) {
      sums[out + i] = fold(vectors, i * WIDTH);
    }
  }

  /**
   * Of eight vectors, 0 shares with 2, 1 with 3, 4 with 6, 5 with 7: so the sums end up in order.
   */
  private static void foldByFour(double[] vectors, int count) {
    for (int i = 0; i < count; i += 2) {
      int from = ((i & -4) + ((i >> 1) & 1)) * 8;
      DoubleVector a = DoubleVector.fromArray(DOUBLES, vectors, from);
      DoubleVector b = DoubleVector.fromArray(DOUBLES, vectors, from + 16);
      a.blend(b.rearrange(BY_FOUR), FOURS)
          .add(a.rearrange(BY_FOUR).blend(b, FOURS))
          .intoArray(vectors, i * 4);
    }
  }

  private static void foldByTwo(double[] vectors, int count) {
    for (int i = 0; i < count * 4; i += 2 * WIDTH) {
      DoubleVector a = DoubleVector.fromArray(DOUBLES, vectors, i);
      DoubleVector b = DoubleVector.fromArray(DOUBLES, vectors, i + WIDTH);
      a.blend(b.rearrange(BACK_BY_TWO), TWOS)
          .add(a.rearrange(BY_TWO).blend(b, TWOS))
          .intoArray(vectors, i / 2);
    }
  }
}
