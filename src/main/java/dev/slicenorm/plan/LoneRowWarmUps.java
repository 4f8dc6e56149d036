package dev.slicenorm.plan;

import dev.slicenorm.kernel.ReductionOrder;
import java.util.Arrays;

/** What {@link LoneRows} have to warm up. */
final class LoneRowWarmUps {

  /** Sums of squares of rows of whole groups, and of others. */
  static final WarmUp WHOLE_SQUARES = new WarmUp();

  static final WarmUp SQUARES = new WarmUp();

  /** Products with a factor. */
  static final WarmUp SCALING = new WarmUp();

  /** Sums of squares and of absolute values of F64 rows. */
  static final WarmUp WIDE_SQUARES = new WarmUp();

  static final WarmUp WIDE_ABSOLUTES = new WarmUp();

  /** How often a row is done between two looks at the clock. */
  private static final int TIMES = 64;

  private LoneRowWarmUps() {}

  /** {@return the warm-up of the squares of a row} */
  static WarmUp squares(int length) {
    return length % ReductionOrder.LANES == 0 ? WHOLE_SQUARES : SQUARES;
  }

  /**
   * {@return a rehearsal on an F32 row that is made up}
   *
   * @param name what is done
   * @param length elements of the row
   */
  static Rehearsal onFloats(String name, int length, Row<float[]> by, Row<float[]> plain) {
    float[] x = new float[length];
    Arrays.fill(x, 1.5f);
    return rehearsal(name, x, length, by, plain);
  }

  /** {@return the same on an F64 row} */
  static Rehearsal onDoubles(String name, int length, Row<double[]> by, Row<double[]> plain) {
    double[] x = new double[length];
    Arrays.fill(x, 1.5);
    return rehearsal(name, x, length, by, plain);
  }

  private static <A> Rehearsal rehearsal(
      String name, A x, int length, Row<A> byVectors, Row<A> plainly) {
    // Results are kept: what nobody looks at, C2 would leave out.
    double[] results = new double[TIMES];
    return new Rehearsal(
        "%s of a row of %d".formatted(name, length),
        () -> fill(results, byVectors, x),
        () -> fill(results, plainly, x));
  }

  private static <A> void fill(double[] results, Row<A> work, A x) {
    for (int i = 0; i < results.length; i++) {
      results[i] = work.at(x);
    }
  }

  /**
   * Does something with a row.
   *
   * @param <A> the kind of row
   */
  @FunctionalInterface
  interface Row<A> {
    /** {@return what comes of it} */
    double at(A x);
  }
}
