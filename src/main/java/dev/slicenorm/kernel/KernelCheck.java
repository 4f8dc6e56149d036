package dev.slicenorm.kernel;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The self-test at start-up: a kernel must give the bits of the plain loops. It is short, since it
 * runs before anything is compiled; the tests of the project do the same at length.
 */
final class KernelCheck {

  private static final int[] LENGTHS = {1, 31, 33, 100};

  private KernelCheck() {}

  static Optional<String> firstDifference(
      SliceKernel<float[]> floats, SliceKernel<double[]> doubles) {
    SplittableRandom random = new SplittableRandom(1);
    double[] wide = new double[2 * 100];
    float[] narrow = new float[wide.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = Math.scalb(random.nextDouble() - 0.5, random.nextInt(60));
      narrow[i] = (float) wide[i];
    }
    Optional<String> difference = firstDifference("F32", new ScalarFloatKernel(), floats, narrow);
    return difference.isPresent()
        ? difference
        : firstDifference("F64", new ScalarDoubleKernel(), doubles, wide);
  }

  private static <A> Optional<String> firstDifference(
      String type, SliceKernel<A> plain, SliceKernel<A> other, A x) {
    Sums expected = new Sums(100);
    Sums actual = new Sums(100);
    int[] starts = {0, 100};
    for (int length : LENGTHS) {
      plain.dotRow(x, 0, x, 100, length, expected, 0);
      other.dotRow(x, 0, x, 100, length, actual, 0);
      expected.clear(Term.SQUARES, plain.keepsErrors(), 1, length - 1);
      actual.clear(Term.SQUARES, plain.keepsErrors(), 1, length - 1);
      plain.reduceColumns(Term.SQUARES, x, 0, starts, 0, 1, 2, length - 1, expected, 1);
      other.reduceColumns(Term.SQUARES, x, 0, starts, 0, 1, 2, length - 1, actual, 1);
      for (int i = 0; i < length; i++) {
        if (expected.hi[i] != actual.hi[i] || expected.lo[i] != actual.lo[i]) {
          return Optional.of(
              "%s, length %d, result %d: %s, expected %s"
                  .formatted(type, length, i, actual.hi[i], expected.hi[i]));
        }
      }
    }
    return Optional.empty();
  }
}
