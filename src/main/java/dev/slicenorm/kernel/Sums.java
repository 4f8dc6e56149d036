package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.ReductionOrder.LANES;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Results of reductions, one per slice, as unevaluated pairs {@code hi + lo}, with room for the
 * lanes of one block. Where no rounding errors are kept, {@code lo} stays 0.
 */
public final class Sums {

  /**
   * Results from which they are copied before they are combined with others. C2 makes vectors of a
   * loop over one array only if it knows how far apart the places are (Zen 5, 512 pairs: 642 -> 292
   * ns, 32: 42 -> 36; sums 200 -> 100, and 18 -> 21).
   */
  private static final int LEAST_COPIED = 32;

  /** The leading parts. */
  public final double[] hi;

  /** The trailing parts. */
  public final double[] lo;

  private final double[] lanes = new double[LANES];
  private @Nullable PairLanes pairs;
  private double[] vectors = new double[0];
  private double[] otherVectors = new double[0];
  private float[] padding = new float[0];

  /**
   * Creates room.
   *
   * @param size results at most
   */
  public Sums(int size) {
    hi = new double[size];
    lo = new double[size];
  }

  /** {@return scratch for one block: each lane, where no rounding errors are kept} */
  public double[] lanes() {
    return lanes;
  }

  /** {@return scratch for one block: each lane, with its rounding errors} */
  public PairLanes pairs() {
    PairLanes present = pairs;
    if (present == null) {
      present = new PairLanes();
      pairs = present;
    }
    return present;
  }

  /**
   * {@return {@link ReductionOrder#LANES}, in a way that C2 can't tell: a loop that counts by it is
   * not unrolled}
   *
   * <p>Unrolled, loops read memory slowly, presumably since C2 then loads out of order: norms of
   * 4096 rows of 4096 floats took 2.7 and 4.2 ms in two JVMs, and 2.0 in both as it is. What lies
   * in a cache takes as long either way.
   */
  public int group() {
    return lanes.length;
  }

  /** {@return scratch for vectors on the way to sums, at least so many lanes} */
  public double[] vectors(int size) {
    if (vectors.length < size) {
      vectors = new double[size];
    }
    return vectors;
  }

  /** {@return more such scratch} */
  double[] otherVectors(int size) {
    if (otherVectors.length < size) {
      otherVectors = new double[size];
    }
    return otherVectors;
  }

  /** {@return scratch for elements that are followed by zeros, at least so many} */
  public float[] padding(int size) {
    if (padding.length < size) {
      padding = new float[size];
    }
    return padding;
  }

  /** Folds the lanes by halving into result {@code out}, where no rounding errors are kept. */
  public void foldLanes(int out) {
    double even = eachFourthLane(0) + eachFourthLane(2);
    hi[out] = even + (eachFourthLane(1) + eachFourthLane(3));
  }

  /** {@return what the first three steps of halving make of eight lanes, four apart} */
  private double eachFourthLane(int lane) {
    double even = (lanes[lane] + lanes[lane + 16]) + (lanes[lane + 8] + lanes[lane + 24]);
    double odd = (lanes[lane + 4] + lanes[lane + 20]) + (lanes[lane + 12] + lanes[lane + 28]);
    return even + odd;
  }

  /**
   * Sets results to those of no elements.
   *
   * @param term the kind of reduction
   * @param errors whether rounding errors are kept, and are to be 0; others are 0 anyway
   * @param at the first
   * @param count how many
   */
  public void clear(Term term, boolean errors, int at, int count) {
    Arrays.fill(hi, at, at + count, term.identity());
    if (errors) {
      Arrays.fill(lo, at, at + count, 0);
    }
  }

  /**
   * Combines results in place where no rounding errors are kept: {@code [to + i] ∘= [from + i]}.
   *
   * @param term the kind of reduction
   */
  public void combine(Term term, int to, int from, int count) {
    if (count < LEAST_COPIED) {
      for (int i = 0; i < count; i++) {
        hi[to + i] = term.combine(hi[to + i], hi[from + i]);
      }
      return;
    }
    double[] other = copied(hi, from, to, count, vectors(to + count));
    switch (term) {
      case SQUARES, ABSOLUTES, NONZEROS -> {
        for (int i = to; i < to + count; i++) {
          hi[i] += other[i];
        }
      }
      case MAXIMA -> {
        for (int i = to; i < to + count; i++) {
          hi[i] = Math.max(hi[i], other[i]);
        }
      }
      case MINIMA -> {
        for (int i = to; i < to + count; i++) {
          hi[i] = Math.min(hi[i], other[i]);
        }
      }
    }
  }

  private static double[] copied(double[] sums, int from, int to, int count, double[] copy) {
    System.arraycopy(sums, from, copy, to, count);
    return copy;
  }

  /**
   * Folds sums by halving, where no rounding errors are kept: {@code parts} of them for each column
   * into the first, {@code columns} apart. Three steps are taken at once, since most of the time
   * goes to memory (32 sums of 1024 columns: 5.4 µs, against 10.4 step by step).
   *
   * @param parts a power of two
   */
  public void halve(int out, int parts, int columns) {
    int left = parts;
    for (; left >= 8; left /= 8) {
      addEight(out, left / 8 * columns);
    }
    if (left == 4) {
      addFour(out, columns);
    } else if (left == 2) {
      combine(Term.SQUARES, out, out + columns, columns);
    }
  }

  /**
   * Adds neighbours, and then their sums, until one is left, where no rounding errors are kept.
   *
   * @param at the first, which receives the sum
   * @param count how many, a power of two
   */
  public void addNeighbours(int at, int count) {
    int left = count;
    for (; left >= 8; left /= 8) {
      for (int i = 0; i < left / 8; i++) {
        int from = at + 8 * i;
        hi[at + i] = addFourNeighbours(from) + addFourNeighbours(from + 4);
      }
    }
    if (left == 4) {
      hi[at] = addFourNeighbours(at);
    } else if (left == 2) {
      hi[at] += hi[at + 1];
    }
  }

  private double addFourNeighbours(int at) {
    return (hi[at] + hi[at + 1]) + (hi[at + 2] + hi[at + 3]);
  }

  private void addEight(int out, int count) {
    int second = out + count;
    int third = second + count;
    int fourth = third + count;
    int fifth = fourth + count;
    int sixth = fifth + count;
    int seventh = sixth + count;
    int eighth = seventh + count;
    for (int i = 0; i < count; i++) {
      double even = (hi[out + i] + hi[fifth + i]) + (hi[third + i] + hi[seventh + i]);
      double odd = (hi[second + i] + hi[sixth + i]) + (hi[fourth + i] + hi[eighth + i]);
      hi[out + i] = even + odd;
    }
  }

  private void addFour(int out, int count) {
    int second = out + count;
    int third = second + count;
    int fourth = third + count;
    for (int i = 0; i < count; i++) {
      hi[out + i] = (hi[out + i] + hi[third + i]) + (hi[second + i] + hi[fourth + i]);
    }
  }

  /** Writes norms from sums of squares: the roots of {@code [i]}. */
  static void writeRoots(double[] sums, int count, float[] norms, int to) {
    UpperHalves.clear(sums);
    for (int i = 0; i < count; i++) {
      norms[to + i] = (float) Math.sqrt(sums[i]);
    }
  }

  /**
   * Writes norms from sums of squares, of which the last halving is still to be done: the roots of
   * {@code [i] + [distance + i]}.
   */
  static void writeRoots(double[] sums, int distance, int count, float[] norms, int to) {
    UpperHalves.clear(sums);
    for (int i = 0; i < count; i++) {
      norms[to + i] = (float) Math.sqrt(sums[i] + sums[distance + i]);
    }
  }

  /** Adds pairs in place, the rounding error of each addition going to the trailing part. */
  public void addPairs(int to, int from, int count) {
    if (count < LEAST_COPIED) {
      for (int i = 0; i < count; i++) {
        double sum = hi[to + i] + hi[from + i];
        lo[to + i] += lo[from + i] + sumError(hi[to + i], hi[from + i], sum);
        hi[to + i] = sum;
      }
      return;
    }
    double[] otherHi = copied(hi, from, to, count, vectors(to + count));
    double[] otherLo = copied(lo, from, to, count, otherVectors(to + count));
    addPairs(hi, lo, otherHi, otherLo, to, count);
  }

  private static void addPairs(
      double[] hi, double[] lo, double[] otherHi, double[] otherLo, int at, int count) {
    for (int i = at; i < at + count; i++) {
      double a = hi[i];
      double b = otherHi[i];
      double sum = a + b;
      double part = sum - a;
      lo[i] += otherLo[i] + ((a - (sum - part)) + (b - part));
      hi[i] = sum;
    }
  }

  /** {@return what {@code sum}, the rounding of {@code a + b}, lacks (Knuth's TwoSum)} */
  public static double sumError(double a, double b, double sum) {
    double part = sum - a;
    return (a - (sum - part)) + (b - part);
  }
}
