package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.PlainTerms.INFINITE;
import static dev.slicenorm.kernel.PlainTerms.NAN_FIRST;
import static dev.slicenorm.kernel.PlainTerms.SIZE;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.MIN;
import static jdk.incubator.vector.VectorOperators.OR;

import dev.slicenorm.kernel.PlainTerms;
import dev.slicenorm.kernel.Term;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Maxima, minima and counts of F32 rows, which are the same in every order, found among the bits of
 * the elements: without the sign they order magnitudes, with NaN behind infinity.
 */
final class FloatTerms {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int WIDTH = FLOATS.length();

  /** The shortest row for two vectors at a time (a maximum of 32 with 512 bits: 20 -> 4.3 ns). */
  static final int LEAST = 2 * WIDTH;

  private FloatTerms() {}

  /** Reduces rows of {@link #LEAST} elements or more, as {@link PlainTerms} does. */
  static void reduceRows(
      Term term, float[] x, int at, int stride, int rows, int length, double[] results, int out) {
    int full = length & -(2 * WIDTH);
    for (int row = 0, start = at; row < rows; row++, start += stride) {
      double result =
          switch (term) {
            case NONZEROS -> countNonZeros(x, start, full);
            case MAXIMA -> largest(x, start, full);
            case MINIMA -> smallest(x, start, full);
            case SQUARES, ABSOLUTES -> throw new AssertionError("are summed in an order");
          };
      double rest = PlainTerms.reduceRow(term, x, start + full, length - full);
      results[out + row] = term.combine(result, rest);
    }
  }

  private static IntVector sizes(float[] x, int at) {
    return FloatVector.fromArray(FLOATS, x, at).reinterpretAsInts().and(SIZE);
  }

  private static double countNonZeros(float[] x, int at, int length) {
    IntVector count = IntVector.zero(INTS);
    IntVector most = count;
    for (int i = 0; i < length; i += WIDTH) {
      IntVector size = sizes(x, at + i);
      count = count.add(size.neg().lanewise(OR, size).lanewise(LSHR, 31));
      most = most.max(size);
    }
    return most.reduceLanes(MAX) > INFINITE ? Double.NaN : count.reduceLanes(ADD);
  }

  private static double largest(float[] x, int at, int length) {
    IntVector even = sizes(x, at);
    IntVector odd = even;
    for (int i = 0; i < length; i += 2 * WIDTH) {
      even = even.max(sizes(x, at + i));
      odd = odd.max(sizes(x, at + i + WIDTH));
    }
    return Float.intBitsToFloat(even.max(odd).reduceLanes(MAX));
  }

  private static double smallest(float[] x, int at, int length) {
    IntVector even = sizes(x, at).add(NAN_FIRST);
    IntVector odd = even;
    for (int i = 0; i < length; i += 2 * WIDTH) {
      even = even.min(sizes(x, at + i).add(NAN_FIRST));
      odd = odd.min(sizes(x, at + i + WIDTH).add(NAN_FIRST));
    }
    return Float.intBitsToFloat(even.min(odd).reduceLanes(MIN) - NAN_FIRST);
  }
}
