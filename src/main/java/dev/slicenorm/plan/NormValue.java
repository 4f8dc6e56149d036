package dev.slicenorm.plan;

import static dev.slicenorm.kernel.FusedMultiplyAdd.fma;

import dev.slicenorm.kernel.Term;

/**
 * From sums to norms, for each slice of a walk's chunk.
 *
 * <p>A plain sum of squares of F64 elements may overflow, or lose what falls below the smallest
 * numbers. Such a sum gives itself away by its size, and the slice is then summed again with its
 * elements multiplied by a power of two, which is exact (the idea of Blue 1978, "A portable Fortran
 * program to find the Euclidean norm of a vector"). F32 elements never need it: their squares lie
 * far inside the range of a {@code double}.
 */
public final class NormValue {

  /** Below this sum of squares, squares or their rounding errors may have been lost. */
  public static final double LEAST_SAFE = 0x1p-900;

  /** Brings any sum that is below {@link #LEAST_SAFE} into the middle of the range. */
  public static final double ENLARGE = 0x1p600;

  /** Brings any finite sum into range: an element is below 2¹⁰²⁴, and there are fewer than 2⁶³. */
  public static final double SHRINK = 0x1p-600;

  private NormValue() {}

  /**
   * Sums squares, safely; {@link Walk#pre} tells by which power of two the elements were
   * multiplied.
   */
  public static <A> void reduceSquares(Walk<A> walk, boolean mayLeaveRange) {
    walk.reduce(Term.SQUARES);
    if (!mayLeaveRange) {
      return;
    }
    for (int slice = 0; slice < walk.count(); slice++) {
      double sum = walk.sums.hi[slice];
      if (Double.isNaN(sum)) {
        continue;
      }
      if (sum < LEAST_SAFE) {
        walk.pre[slice] = ENLARGE;
        walk.reduceSlice(Term.SQUARES, slice, ENLARGE);
      } else if (sum == Double.POSITIVE_INFINITY) {
        walk.pre[slice] = SHRINK;
        walk.reduceSlice(Term.SQUARES, slice, SHRINK);
      }
    }
  }

  /**
   * Sums products of operands 0 and 1, safely: {@link Walk#dots} are those of {@code x₀·x₁·second},
   * {@link Walk#second} being a power of two.
   *
   * <p>Where no such power gives the sum, {@code second} is NaN, and the dots only tell whether all
   * products are finite: next to terms that cancel each other, tiny ones were lost, or the elements
   * of operand 0 are themselves so large that they were summed with {@link #SHRINK}.
   */
  public static <A> void reduceProducts(Walk<A> walk, boolean mayLeaveRange) {
    walk.dot();
    if (!mayLeaveRange) {
      return;
    }
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

  /** {@return the root of a sum of squares, rounded correctly but for a tiny part of an ULP} */
  public static double root(double hi, double lo) {
    double root = Math.sqrt(hi);
    if (lo == 0 || !(root > 0 && root < Double.POSITIVE_INFINITY)) {
      return root;
    }
    double rest = fma(-root, root, hi) + lo;
    return root + rest / (2 * root);
  }

  /** {@return a sum with what was rounded off, which is no number where the sum is infinite} */
  public static double sum(double hi, double lo) {
    return Double.isFinite(hi) ? hi + lo : hi;
  }
}
