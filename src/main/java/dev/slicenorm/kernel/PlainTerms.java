package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.ReductionOrder.LANES;

import java.util.Arrays;

/**
 * Reductions of F32 rows and columns other than sums of squares, in plain Java. Rows and columns
 * have loops of their own: in one method for both, columns took up to a third longer.
 */
final class PlainTerms {

  private PlainTerms() {}

  /** {@return the result for a row of one block at most} */
  static double reduceRow(Term term, float[] x, int at, int length, double[] lanes) {
    Arrays.fill(lanes, 0, LANES, term.identity());
    int full = length & -LANES;
    for (int i = 0; i < full; i += LANES) {
      addToLanes(term, x, at + i, LANES, lanes);
    }
    addToLanes(term, x, at + full, length - full, lanes);
    for (int half = LANES / 2; half > 0; half >>= 1) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] = term.combine(lanes[lane], lanes[lane + half]);
      }
    }
    return lanes[0];
  }

  private static void addToLanes(Term term, float[] x, int at, int count, double[] lanes) {
    switch (term) {
      case ABSOLUTES -> {
        for (int lane = 0; lane < count; lane++) {
          lanes[lane] += Math.abs((double) x[at + lane]);
        }
      }
      case NONZEROS -> {
        for (int lane = 0; lane < count; lane++) {
          lanes[lane] += nonZero(x[at + lane]);
        }
      }
      case MAXIMA -> {
        for (int lane = 0; lane < count; lane++) {
          lanes[lane] = Math.max(lanes[lane], Math.abs((double) x[at + lane]));
        }
      }
      case MINIMA -> {
        for (int lane = 0; lane < count; lane++) {
          lanes[lane] = Math.min(lanes[lane], Math.abs((double) x[at + lane]));
        }
      }
      case SQUARES -> throw new AssertionError("PlainRows sums them");
    }
  }

  /** {@return 1, 0 for a zero, NaN for a NaN} */
  private static double nonZero(float value) {
    return Float.isNaN(value) ? value : value == 0 ? 0 : 1;
  }

  /** Goes on with one lane of columns, as {@link SliceKernel#reduceColumns} does. */
  static void reduceColumns(
      Term term,
      float[] x,
      int at,
      int[] starts,
      int first,
      int step,
      int count,
      int columns,
      double[] hi,
      int out) {
    for (int i = 0, row = first; i < count; i++, row += step) {
      int start = at + starts[row];
      switch (term) {
        case ABSOLUTES -> {
          for (int c = 0; c < columns; c++) {
            hi[out + c] += Math.abs((double) x[start + c]);
          }
        }
        case NONZEROS -> {
          for (int c = 0; c < columns; c++) {
            hi[out + c] += nonZero(x[start + c]);
          }
        }
        case MAXIMA -> {
          for (int c = 0; c < columns; c++) {
            hi[out + c] = Math.max(hi[out + c], Math.abs((double) x[start + c]));
          }
        }
        case MINIMA -> {
          for (int c = 0; c < columns; c++) {
            hi[out + c] = Math.min(hi[out + c], Math.abs((double) x[start + c]));
          }
        }
        case SQUARES -> throw new AssertionError("PlainColumns sums them");
      }
    }
  }
}
