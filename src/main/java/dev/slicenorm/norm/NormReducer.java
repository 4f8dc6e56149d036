package dev.slicenorm.norm;

import dev.slicenorm.kernel.PairNorm;
import dev.slicenorm.kernel.Term;
import dev.slicenorm.plan.NormValue;
import dev.slicenorm.plan.Walk;

/** Computes the norms of a chunk of slices: the formula of each {@link Norm} on top of the sums. */
final class NormReducer {

  /** A smaller norm may be subnormal, and lack bits that a quotient by it needs. */
  private static final double SMALL = 0x1p-900;

  private final Norm norm;
  private final Term term;
  private final boolean wide;

  /**
   * Prepares a reduction.
   *
   * @param norm the norm
   * @param wide whether elements are F64, whose squares can leave the range
   */
  NormReducer(Norm norm, boolean wide) {
    this.norm = norm;
    this.term = term(norm);
    this.wide = wide;
  }

  /** {@return whether elements must be computed with in double precision, whatever their type} */
  static boolean needsDouble(Norm norm) {
    return isPower(norm.exponent());
  }

  private static boolean isPower(double p) {
    return p != 0 && p != 1 && p != 2 && !Double.isInfinite(p);
  }

  /** {@return what is reduced first: for a power, whose terms are quotients, the maximum} */
  static Term term(Norm norm) {
    double p = norm.exponent();
    if (p == 2) {
      return Term.SQUARES;
    } else if (p == 1) {
      return Term.ABSOLUTES;
    } else if (p == 0) {
      return Term.NONZEROS;
    }
    return p == Double.NEGATIVE_INFINITY ? Term.MINIMA : Term.MAXIMA;
  }

  /** {@return whether elements are computed with in double precision} */
  boolean isWide() {
    return wide;
  }

  /** Writes the norm of each slice to operand 1. */
  <A> void write(Walk<A> walk) {
    if (term == Term.SQUARES && walk.writeRoots(1)) {
      return;
    }
    reduce(walk);
    walk.write(1, walk.factor);
  }

  /**
   * Leaves the norm of each slice in {@link Walk#factor}. Where that is beyond the range of F64
   * though no element is, or may be subnormal, {@link Walk#second} is the norm of the elements
   * times {@link Walk#pre}.
   */
  <A> void reduce(Walk<A> walk) {
    if (term == Term.SQUARES) {
      NormValue.reduceSquares(walk, wide);
      if (wide) {
        NormValue.pairRoots(walk);
      } else {
        NormValue.roots(walk);
      }
      return;
    }
    walk.reduce(term);
    int count = walk.count();
    if (needsDouble(norm)) {
      for (int slice = 0; slice < count; slice++) {
        walk.factor[slice] = power(walk, slice, walk.sums.hi[slice]);
      }
    } else if (wide && term == Term.ABSOLUTES) {
      for (int slice = 0; slice < count; slice++) {
        walk.factor[slice] = sum(walk, slice);
      }
    } else {
      System.arraycopy(walk.sums.hi, 0, walk.factor, 0, count);
    }
  }

  private static <A> double sum(Walk<A> walk, int slice) {
    double sum = NormValue.sum(walk.sums.hi[slice], walk.sums.lo[slice]);
    if (sum == Double.POSITIVE_INFINITY) {
      walk.reduceSlice(Term.ABSOLUTES, slice, PairNorm.SHRINK);
      walk.pre[slice] = PairNorm.SHRINK;
      walk.second[slice] = NormValue.sum(walk.sums.hi[slice], walk.sums.lo[slice]);
    }
    return sum;
  }

  /**
   * {@code max·(Σ(|x|/max)ᵖ)^(1/p)}: the ratio is at most 1, so nothing overflows, and what
   * underflows is too small to count. A rounding error of the ratio is multiplied by p and then
   * divided by p again. For p from 1 an error of the power, at most 1 ULP, is not magnified either:
   * with the sum, the root and the last product that is below 4 ULP. A smaller p needs pairs.
   */
  private <A> double power(Walk<A> walk, int slice, double max) {
    if (!(max > 0 && max < Double.POSITIVE_INFINITY)) {
      return max;
    }
    double p = norm.exponent();
    double value = power(walk, slice, max, 1, p);
    if (value < SMALL) {
      walk.pre[slice] = PairNorm.ENLARGE;
      walk.second[slice] = power(walk, slice, max, PairNorm.ENLARGE, p);
    } else if (value == Double.POSITIVE_INFINITY) {
      walk.pre[slice] = PairNorm.SHRINK;
      walk.second[slice] = power(walk, slice, max, PairNorm.SHRINK, p);
    }
    return value;
  }

  /** The norm of the elements times a power of two. */
  private static <A> double power(Walk<A> walk, int slice, double max, double by, double p) {
    if (PairPowers.areNeeded(p)) {
      PairPowers powers = new PairPowers(p, max * by);
      walk.reduceMapped(
          Term.ABSOLUTES,
          slice,
          (row, size) -> {
            multiply((double[]) row, size, by);
            powers.map((double[]) row, size);
          });
      return powers.root(walk.sums.hi[slice], walk.sums.lo[slice]);
    }
    walk.reduceMapped(Term.ABSOLUTES, slice, (row, size) -> toPowers((double[]) row, size, max, p));
    double sum = walk.sums.hi[slice] + walk.sums.lo[slice];
    return max * by * Powers.root(sum, p);
  }

  private static void multiply(double[] row, int size, double by) {
    for (int i = 0; i < size && by != 1; i++) {
      row[i] *= by;
    }
  }

  private static void toPowers(double[] row, int size, double max, double p) {
    for (int i = 0; i < size; i++) {
      row[i] = Powers.power(Math.abs(row[i]) / max, p);
    }
  }
}
