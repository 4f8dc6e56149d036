package dev.slicenorm.kernel.simd;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The last steps of the halving tree, inside one vector: the upper half is added to the lower. */
final class Halving {

  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

  private static final int WIDTH = DOUBLES.length();

  private static final VectorShuffle<Double> BY_FOUR = rotate(4);

  private static final VectorShuffle<Double> BY_TWO = rotate(2);

  private static final VectorShuffle<Double> BY_ONE = rotate(1);

  private Halving() {}

  private static VectorShuffle<Double> rotate(int lanes) {
    return VectorShuffle.iota(DOUBLES, lanes % WIDTH, 1, true);
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
}
