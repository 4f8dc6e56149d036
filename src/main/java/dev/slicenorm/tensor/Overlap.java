package dev.slicenorm.tensor;

import java.util.Arrays;
import java.util.Comparator;

/**
 * Decides whether two layouts over one memory share an element, or one layout shows an element
 * twice.
 *
 * <p>Both are the question whether a bounded linear equation {@code Σ cᵢ·xᵢ = target, 0 ≤ xᵢ ≤
 * limitᵢ} has an integer solution. Walking the coefficients from the largest down, the rest of the
 * sum bounds each {@code xᵢ} to a few values, so that views made by slicing are decided in
 * microseconds. The general problem is NP-hard: past a fixed amount of work the answer is "may
 * overlap", which only ever refuses.
 */
final class Overlap {

  private static final int WORK_LIMIT = 100_000;

  private final long[] coefficients;
  private final long[] limits;
  private final long[] reach;
  private final long[] divisors;
  private int work;

  private Overlap(long[][] terms) {
    Arrays.sort(terms, Comparator.comparingLong(term -> -term[0]));
    coefficients = new long[terms.length];
    limits = new long[terms.length];
    reach = new long[terms.length + 1];
    divisors = new long[terms.length + 1];
    for (int i = terms.length - 1; i >= 0; i--) {
      coefficients[i] = terms[i][0];
      limits[i] = terms[i][1];
      reach[i] = Math.addExact(reach[i + 1], Math.multiplyExact(terms[i][0], terms[i][1]));
      divisors[i] = gcd(divisors[i + 1], terms[i][0]);
    }
  }

  /**
   * {@return whether some element of {@code a} is also one of {@code b}, both over the same memory}
   */
  static boolean between(Layout a, Layout b) {
    return between(a, 1, 0, b, 1, 0);
  }

  /**
   * {@return whether some byte of {@code a} is also one of {@code b}}
   *
   * @param unitA bytes of an element of {@code a}
   * @param baseA the address that the offset of {@code a} counts from
   */
  static boolean between(Layout a, int unitA, long baseA, Layout b, int unitB, long baseB) {
    if (a.count() == 0 || b.count() == 0) {
      return false;
    }
    long lowA = baseA + a.lowest() * unitA;
    long highA = baseA + a.highest() * unitA + unitA - 1;
    long lowB = baseB + b.lowest() * unitB;
    long highB = baseB + b.highest() * unitB + unitB - 1;
    if (highA < lowB || highB < lowA) {
      return false;
    }
    // Σ |sₐ|·unit·x + byteₐ = (lowB − lowA) + Σ |s_b|·unit·y + byte_b, and y is mirrored to stay
    // positive.
    long[][] terms = new long[a.rank() + b.rank() + 2][];
    long target = lowB - lowA;
    int n = 0;
    for (int axis = 0; axis < a.rank(); axis++) {
      terms[n++] = new long[] {Math.abs(a.stride(axis)) * unitA, a.size(axis) - 1};
    }
    terms[n++] = new long[] {1, unitA - 1L};
    for (int axis = 0; axis < b.rank(); axis++) {
      long coefficient = Math.abs(b.stride(axis)) * unitB;
      terms[n++] = new long[] {coefficient, b.size(axis) - 1};
      target += coefficient * (b.size(axis) - 1);
    }
    terms[n] = new long[] {1, unitB - 1L};
    target += unitB - 1L;
    return new Overlap(used(terms)).hasSolution(0, target);
  }

  /** {@return whether two different indices of {@code layout} lead to one position} */
  static boolean withItself(Layout layout) {
    long[][] axes = new long[layout.rank()][];
    for (int axis = 0; axis < axes.length; axis++) {
      axes[axis] = new long[] {Math.abs(layout.stride(axis)), layout.size(axis) - 1};
    }
    if (layout.count() < 2) {
      return false;
    }
    long[][] terms = Arrays.stream(axes).filter(term -> term[1] > 0).toArray(long[][]::new);
    Arrays.sort(terms, Comparator.comparingLong(term -> term[0]));
    // Distinct if each stride clears everything that the smaller ones reach: true of every sliced
    // view.
    long reach = 0;
    boolean clear = true;
    for (long[] term : terms) {
      clear &= term[0] > reach;
      reach += term[0] * term[1];
    }
    if (clear) {
      return false;
    }
    if (terms[0][0] == 0) {
      return true;
    }
    // Otherwise look for d ≠ 0 with Σ s·d = 0 and |d| ≤ size − 1: for each axis in turn d ≥ 1
    // there,
    // 0 on the axes before, free on the axes after.
    for (int first = 0; first < terms.length; first++) {
      long[][] equation = new long[terms.length - first][];
      long target = -terms[first][0];
      equation[0] = new long[] {terms[first][0], terms[first][1] - 1};
      for (int axis = first + 1; axis < terms.length; axis++) {
        equation[axis - first] = new long[] {terms[axis][0], 2 * terms[axis][1]};
        target += terms[axis][0] * terms[axis][1];
      }
      if (target >= 0 && new Overlap(used(equation)).hasSolution(0, target)) {
        return true;
      }
    }
    return false;
  }

  private boolean hasSolution(int term, long target) {
    if (target < 0 || target > reach[term]) {
      return false;
    }
    if (target == 0) {
      return true;
    }
    if (target % divisors[term] != 0) {
      return false;
    }
    if (++work > WORK_LIMIT) {
      return true;
    }
    long coefficient = coefficients[term];
    long most = Math.min(limits[term], target / coefficient);
    long short0 = target - reach[term + 1];
    long least = short0 <= 0 ? 0 : (short0 + coefficient - 1) / coefficient;
    for (long x = most; x >= least; x--) {
      if (hasSolution(term + 1, target - x * coefficient)) {
        return true;
      }
    }
    return false;
  }

  private static long[][] used(long[][] terms) {
    return Arrays.stream(terms).filter(term -> term[0] > 0 && term[1] > 0).toArray(long[][]::new);
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
