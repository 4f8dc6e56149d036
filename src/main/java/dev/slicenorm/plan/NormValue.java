package dev.slicenorm.plan;

import static dev.slicenorm.kernel.PairNorm.ENLARGE;
import static dev.slicenorm.kernel.PairNorm.LEAST_SAFE;
import static dev.slicenorm.kernel.PairNorm.SHRINK;

import dev.slicenorm.kernel.PairNorm;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;

/**
 * From sums to norms, for each slice of a walk's chunk.
 *
 * <p>Squares of F64 elements can leave the range, see {@link PairNorm}. F32 elements never need to
 * be rescaled: their squares lie far inside the range of a {@code double}.
 */
public final class NormValue {

  private NormValue() {}

  /**
   * Sums squares, safely; {@link Walk#pre} tells by which power of two the elements were
   * multiplied.
   */
  public static <A> void reduceSquares(Walk<A> walk, boolean mayLeaveRange) {
    walk.reduce(Term.SQUARES);
    if (mayLeaveRange) {
      rescaleSquares(walk);
    }
  }

  private static <A> void rescaleSquares(Walk<A> walk) {
    for (int slice = 0; slice < walk.count(); slice++) {
      double by = PairNorm.rescaling(walk.sums.hi[slice]);
      if (by != 1) {
        walk.pre[slice] = by;
        walk.reduceSlice(Term.SQUARES, slice, by);
      }
    }
  }

  /**
   * Sums squares as {@link #reduceSquares} does, and products of operands 0 and 1, safely: {@link
   * Walk#dots} are those of {@code x₀·x₁·second}, {@link Walk#second} being a power of two.
   *
   * <p>Where no such power gives the sum, {@code second} is NaN, and the dots only tell whether all
   * products are finite: next to terms that cancel each other, tiny ones were lost, or the elements
   * of operand 0 are themselves so large that they were summed with {@link PairNorm#SHRINK}.
   */
  public static <A> void reduceSquaresAndProducts(Walk<A> walk) {
    walk.squaresAndDots();
    rescaleSquares(walk);
    for (int slice = 0; slice < walk.count(); slice++) {
      double size = Math.abs(walk.dots.hi[slice]);
      walk.second[slice] = 1;
      if (size < LEAST_SAFE) {
        walk.second[slice] = ENLARGE;
        walk.dotSlice(slice, 1, ENLARGE);
        if (!Double.isFinite(walk.dots.hi[slice])) {
          walk.second[slice] = Double.NaN;
          walk.dotSlice(slice, 1, 1);
        }
      } else if (!(size < Double.POSITIVE_INFINITY)) {
        boolean large = walk.pre[slice] == SHRINK;
        walk.second[slice] = large ? Double.NaN : SHRINK;
        walk.dotSlice(slice, large ? SHRINK : 1, SHRINK);
      }
    }
  }

  /** Leaves the roots of plain sums of squares in {@link Walk#factor}. */
  public static void roots(Walk<?> walk) {
    double[] squares = walk.sums.hi;
    for (int slice = 0; slice < walk.count(); slice++) {
      walk.factor[slice] = Math.sqrt(squares[slice]);
    }
  }

  /** Leaves the roots of sums of squares that are pairs in {@link Walk#factor}. */
  public static void pairRoots(Walk<?> walk) {
    Sums squares = walk.sums;
    for (int slice = 0; slice < walk.count(); slice++) {
      walk.factor[slice] = PairNorm.root(squares.hi[slice], squares.lo[slice]) / walk.pre[slice];
    }
  }

  /** {@return a sum with what was rounded off, which is no number where the sum is infinite} */
  public static double sum(double hi, double lo) {
    return Double.isFinite(hi) ? hi + lo : hi;
  }
}
