package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.simd.Widening.DOUBLES;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * The last steps of the halving tree, inside vectors: the upper half of the lanes is added to the lower.
 *
 * <p>For one vector that leaves most lanes idle. {@link #foldTogether} folds as many vectors as there are
 * lanes at once: two vectors share each addition, the halves of one beside those of the other.
 */
final class Halving {

  private static final VectorShuffle<Double> BY_FOUR = rotate(4);

  private static final VectorShuffle<Double> BY_TWO = rotate(2);

  private static final VectorShuffle<Double> BACK_BY_TWO = rotate(WIDTH - 2);

  private static final VectorShuffle<Double> BY_ONE = rotate(1);

  private static final VectorShuffle<Double> BACK_BY_ONE = rotate(WIDTH - 1);

  /** The lanes of the upper half of each group of 8, 4, 2. */
  private static final VectorMask<Double> UPPER_FOUR = upper(4);

  private static final VectorMask<Double> UPPER_TWO = upper(2);

  private static final VectorMask<Double> UPPER_ONE = upper(1);

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

  /** {@return the sum of the lanes, as {@code j + WIDTH/2}, …, {@code j + 2}, {@code j + 1}} */
  static double fold(DoubleVector sum) {
    if (WIDTH == 8) {
      DoubleVector four = sum.add(sum.rearrange(BY_FOUR));
      DoubleVector two = four.add(four.rearrange(BY_TWO));
      return two.add(two.rearrange(BY_ONE)).lane(0);
    }
    if (WIDTH == 4) {
      DoubleVector two = sum.add(sum.rearrange(BY_TWO));
      return two.add(two.rearrange(BY_ONE)).lane(0);
    }
    return sum.add(sum.rearrange(BY_ONE)).lane(0);
  }

  /** {@return the sums of eight vectors of eight lanes, in order} */
  static DoubleVector foldTogether(
      DoubleVector s0,
      DoubleVector s1,
      DoubleVector s2,
      DoubleVector s3,
      DoubleVector s4,
      DoubleVector s5,
      DoubleVector s6,
      DoubleVector s7) {
    // Which vector a lane of the result belongs to is the lane with its three bits reversed.
    DoubleVector a = byTwo(byFour(s0, s4), byFour(s2, s6));
    DoubleVector b = byTwo(byFour(s1, s5), byFour(s3, s7));
    return byOne(a, b);
  }

  /** {@return the sums of four vectors of four lanes, in order} */
  static DoubleVector foldTogether(
      DoubleVector s0, DoubleVector s1, DoubleVector s2, DoubleVector s3) {
    return byOne(byTwo(s0, s2), byTwo(s1, s3));
  }

  private static DoubleVector byFour(DoubleVector a, DoubleVector b) {
    return a.blend(b.rearrange(BY_FOUR), UPPER_FOUR).add(a.rearrange(BY_FOUR).blend(b, UPPER_FOUR));
  }

  private static DoubleVector byTwo(DoubleVector a, DoubleVector b) {
    return a.blend(b.rearrange(BACK_BY_TWO), UPPER_TWO)
        .add(a.rearrange(BY_TWO).blend(b, UPPER_TWO));
  }

  private static DoubleVector byOne(DoubleVector a, DoubleVector b) {
    return a.blend(b.rearrange(BACK_BY_ONE), UPPER_ONE)
        .add(a.rearrange(BY_ONE).blend(b, UPPER_ONE));
  }
}
