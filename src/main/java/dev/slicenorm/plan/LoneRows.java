package dev.slicenorm.plan;

import dev.slicenorm.kernel.DoubleTerms;
import dev.slicenorm.kernel.Kernels;
import dev.slicenorm.kernel.PairNorm;
import dev.slicenorm.kernel.PlainRow;
import dev.slicenorm.kernel.PlainTerms;
import dev.slicenorm.kernel.ReductionOrder;
import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Term;

/**
 * Rows in arrays, one by one, by the kernels that a walk calls, and so with its bits. For rows of a
 * few hundred elements the way of a walk over its chunks takes longer than the work.
 */
public final class LoneRows {

  /** The longest row, of one block. */
  public static final int MOST = ReductionOrder.BLOCK;

  /** The shortest row for vectors that need no room (64 elements on Zen 5: 12 and 19 ns). */
  private static final int LEAST_BY_KERNEL = ReductionOrder.LANES;

  /**
   * Rows up to which vectors lose if they need room, which is lent, and a fold from memory (16
   * elements on Zen 4: 33 against 15 ns; 64: equal).
   */
  static final int PLAIN = 64;

  /**
   * The longest row whose result lies elsewhere. Of longer ones a walk scales one and sums the next
   * in one loop (Zen 5, 1000 elements with 256 bits: 145 ns so, 162 row by row; 384: 72 and 61).
   */
  private static final int MOST_APART = 768;

  private LoneRows() {}

  /**
   * {@return whether rows that lie one after the other are for {@link #normalize(float[], int,
   * float[], float[])}}
   *
   * @param x the rows
   * @param length the elements of each
   * @param units where the results go
   */
  @SuppressWarnings("ReferenceEquality") // Arrays have no other.
  public static boolean fit(float[] x, int length, float[] units) {
    return length <= (x == units ? MOST : MOST_APART);
  }

  /**
   * {@return the Euclidean norm of a row}
   *
   * @param x an array that holds it
   * @param at where it begins
   * @param length its elements, 1 to {@link #MOST}
   */
  public static float norm(float[] x, int at, int length) {
    return (float) Math.sqrt(square(x, at, length));
  }

  /**
   * Writes the Euclidean norm of an F64 row.
   *
   * @param x an array that holds it
   * @param at where it begins
   * @param length its elements, 1 to {@link #MOST}
   * @param norms receives the norm; another array
   * @param to where
   */
  public static void writeNorm(double[] x, int at, int length, double[] norms, int to) {
    double norm = PairNorm.isShort(length) ? PairNorm.upTo8(x, at, length) : -1;
    if (norm < 0) {
      writeNormByKernel(x, at, length, norms, to);
    } else {
      norms[to] = norm;
    }
  }

  private static void writeNormByKernel(double[] x, int at, int length, double[] norms, int to) {
    WarmUp warmUp = LoneRowWarmUps.WIDE_SQUARES;
    if (!warmUp.isOver()) {
      double[] made = new double[1];
      warmUp.use(() ->
          LoneRowWarmUps.onDoubles(
              "F64 norm",
              length,
              row -> writeNorm(Precision.DOUBLE, row, 0, length, made, 0),
              row -> writeNorm(Precision.PLAIN_DOUBLE, row, 0, length, made, 0)));
    }
    writeNorm(precision(warmUp), x, at, length, norms, to);
  }

  private static double writeNorm(
      Precision<double[]> by, double[] x, int at, int length, double[] norms, int to) {
    Walk<double[]> walk = by.lend();
    try {
      walk.writeNorm(x, at, length, norms, to);
      return norms[to];
    } finally {
      walk.giveBack();
    }
  }

  private static Precision<double[]> precision(WarmUp warmUp) {
    return warmUp.isOver() ? Precision.DOUBLE : Precision.PLAIN_DOUBLE;
  }

  /**
   * {@return whether rows of a length are for {@link #reduce}: of longer ones a walk takes less}
   */
  public static boolean reduces(int length) {
    return length <= PLAIN;
  }

  /**
   * {@return what a term makes of a row}
   *
   * @param term any but the squares
   * @param x an array that holds the row
   * @param at where it begins
   * @param length its elements, for which {@link #reduces}
   */
  public static double reduce(Term term, float[] x, int at, int length) {
    return PlainTerms.reduceRow(term, x, at, length);
  }

  /**
   * {@return what a term makes of an F64 row}
   *
   * @param term any but the squares
   * @param x an array that holds the row
   * @param at where it begins
   * @param length its elements, 1 to {@link #MOST}
   */
  public static double reduce(Term term, double[] x, int at, int length) {
    if (term.isAnyOrder()) {
      return DoubleTerms.reduceRow(term, x, at, length);
    }
    WarmUp warmUp = LoneRowWarmUps.WIDE_ABSOLUTES;
    if (!warmUp.isOver()) {
      warmUp.use(() ->
          LoneRowWarmUps.onDoubles(
              "F64 sum",
              length,
              row -> reduce(Precision.DOUBLE, term, row, 0, length),
              row -> reduce(Precision.PLAIN_DOUBLE, term, row, 0, length)));
    }
    return reduce(precision(warmUp), term, x, at, length);
  }

  private static double reduce(Precision<double[]> by, Term term, double[] x, int at, int length) {
    Walk<double[]> walk = by.lend();
    try {
      return walk.reduceRow(term, x, at, length);
    } finally {
      walk.giveBack();
    }
  }

  /**
   * Scales a row to length 1; one of length 0 stays zero.
   *
   * @param x the row, of at most {@link #MOST} elements
   * @param unit receives the result, as long as the row; may be the row itself
   * @return the length before
   */
  public static float normalize(float[] x, float[] unit) {
    return scale(x, unit, 0, x.length, square(x, 0, x.length));
  }

  /**
   * Scales rows to length 1, one after the other. A row is summed before the one before it is
   * scaled, which has to wait for a root and a quotient (384 elements each on Zen 5: 49 -> 39 ns).
   *
   * @param x the rows, of at most {@link #MOST} elements
   * @param units receive the results, each as long as its row; may be the rows themselves
   * @param lengths receives the lengths before
   */
  @SuppressWarnings("ReferenceEquality") // The very array is meant.
  public static void normalize(float[][] x, float[][] units, float[] lengths) {
    double square = squareIfThere(x, 0);
    for (int i = 0; i < x.length; i++) {
      // A row may be there twice, and be summed again when it is a unit already.
      boolean changes = i + 1 < x.length && x[i + 1] == units[i];
      double next = changes ? 0 : squareIfThere(x, i + 1);
      lengths[i] = scale(x[i], units[i], 0, x[i].length, square);
      square = changes ? squareIfThere(x, i + 1) : next;
    }
  }

  /**
   * Scales rows to length 1 that lie one after the other.
   *
   * @param x the rows
   * @param length the elements of each, at most {@link #MOST}
   * @param units receives the results, as long as {@code x}; may be {@code x} itself
   * @param lengths receives the lengths before
   */
  public static void normalize(float[] x, int length, float[] units, float[] lengths) {
    double square = lengths.length == 0 ? 0 : square(x, 0, length);
    for (int i = 0, at = 0; i < lengths.length; i++, at += length) {
      double next = i + 1 < lengths.length ? square(x, at + length, length) : 0;
      lengths[i] = scale(x, units, at, length, square);
      square = next;
    }
  }

  private static double squareIfThere(float[][] x, int row) {
    return row < x.length ? square(x[row], 0, x[row].length) : 0;
  }

  private static float scale(float[] x, float[] unit, int at, int count, double square) {
    double length = Math.sqrt(square);
    // Squares of floats neither overflow in double nor vanish, so neither does the quotient.
    double factor = length == 0 ? 0 : 1 / length;
    if (LoneRowWarmUps.SCALING.isOver()) {
      scaleByKernel(x, unit, at, count, factor);
    } else {
      scaleBeforeVectors(x, unit, at, count, factor);
    }
    return (float) length;
  }

  private static void scaleBeforeVectors(
      float[] x, float[] unit, int at, int count, double factor) {
    LoneRowWarmUps.SCALING.use(() -> scalingRehearsal(count));
    scaleByWalk(Precision.PLAIN_SINGLE, x, unit, at, count, factor);
  }

  private static Rehearsal scalingRehearsal(int count) {
    float[] unit = new float[count];
    return LoneRowWarmUps.onFloats(
        "scaling",
        count,
        row -> {
          scaleByKernel(row, unit, 0, count, 1.25);
          return unit[0];
        },
        row -> {
          scaleByWalk(Precision.PLAIN_SINGLE, row, unit, 0, count, 1.25);
          return unit[0];
        });
  }

  private static void scaleByKernel(float[] x, float[] unit, int at, int count, double factor) {
    SliceKernel<float[]> kernel = Kernels.floats();
    if (kernel.scalesRow(count)) {
      kernel.scaleRow(x, at, unit, at, count, factor);
    } else {
      scaleByWalk(Precision.SINGLE, x, unit, at, count, factor);
    }
  }

  private static void scaleByWalk(
      Precision<float[]> by, float[] x, float[] unit, int at, int count, double factor) {
    Walk<float[]> walk = by.lend();
    try {
      walk.scale(x, unit, at, count, factor);
    } finally {
      walk.giveBack();
    }
  }

  /**
   * Plain loops stand in the branch that C2 takes into a method first. After the vectors, which
   * fill up what it takes, each of their elements was left a call (Zen 3, 8 elements among rows of
   * other lengths: 20 to 28 ns so, 9.5 in this order).
   */
  private static double square(float[] x, int at, int length) {
    return length >= LEAST_BY_KERNEL
        ? squareByKernel(x, at, length)
        : squareByPlainLoops(x, at, length);
  }

  /**
   * A method of its own, whose only call is always made, so that C2 takes {@link PlainRow#square}
   * in also where most rows have been long. From a branch that less than a quarter of the calls
   * take it would not, and short rows would pay for one more call.
   */
  private static double squareByPlainLoops(float[] x, int at, int length) {
    return PlainRow.square(x, at, length);
  }

  private static double squareByKernel(float[] x, int at, int length) {
    return LoneRowWarmUps.squares(length).isOver()
        ? squareByVectors(x, at, length)
        : squareBeforeVectors(x, at, length);
  }

  private static double squareBeforeVectors(float[] x, int at, int length) {
    LoneRowWarmUps.squares(length)
        .use(() ->
            LoneRowWarmUps.onFloats(
                "norm",
                length,
                row -> squareByVectors(row, 0, length),
                row -> squareByPlainLoops(row, 0, length)));
    return squareByPlainLoops(x, at, length);
  }

  /** A loan costs as much as some hundred elements (1024 of them: 56 ns with one, 40 without). */
  private static double squareByVectors(float[] x, int at, int length) {
    SliceKernel<float[]> kernel = Kernels.floats();
    if (kernel.squaresRow(length)) {
      return kernel.squareRow(x, at, length);
    } else if (length <= PLAIN) {
      return PlainRow.squareFrom9(x, at, length);
    }
    Walk<float[]> walk = Precision.SINGLE.lend();
    try {
      return walk.square(x, at, length);
    } finally {
      walk.giveBack();
    }
  }
}
