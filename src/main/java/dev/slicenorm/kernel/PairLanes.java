package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.FusedMultiplyAdd.productError;
import static dev.slicenorm.kernel.FusedMultiplyAdd.productRest;
import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static dev.slicenorm.kernel.Sums.sumError;

/**
 * The lanes of one block of F64 elements, as pairs {@code hi + lo}, in plain Java.
 *
 * <p>Elements are copied to where their lanes are in their arrays: C2 finds vectors only in loops
 * that have one index for all arrays of a type. Two groups are added at a time, which halves what
 * goes through memory (4096 elements on Zen 5, any width: 0.47 to 0.63 ns each, one group at a time
 * 0.62 to 0.76; four lanes in local variables 0.95).
 */
public final class PairLanes {

  /** The leading part of each lane. */
  public final double[] hi = new double[LANES];

  /** The trailing part of each lane. */
  public final double[] lo = new double[LANES];

  private final double[] x = new double[LANES];
  private final double[] y = new double[LANES];
  private final double[] nextX = new double[LANES];
  private final double[] nextY = new double[LANES];

  PairLanes() {}

  /** Sets the lanes to those of the products of two rows, which may be the same. */
  @SuppressWarnings("ReferenceEquality") // Arrays have no other.
  void setProducts(double[] a, int aAt, double[] b, int bAt, int length) {
    boolean areSquares = a == b && aAt == bAt;
    double[] second = areSquares ? x : y;
    double[] nextSecond = areSquares ? nextX : nextY;
    int count = Math.min(LANES, length);
    for (int lane = 0; lane < count; lane++) {
      double product = a[aAt + lane] * b[bAt + lane];
      lo[lane] = productError(a[aAt + lane], b[bAt + lane], product);
      hi[lane] = product;
    }
    int i = count;
    for (; i <= length - 2 * LANES; i += 2 * LANES) {
      System.arraycopy(a, aAt + i, x, 0, LANES);
      System.arraycopy(a, aAt + i + LANES, nextX, 0, LANES);
      if (!areSquares) {
        System.arraycopy(b, bAt + i, y, 0, LANES);
        System.arraycopy(b, bAt + i + LANES, nextY, 0, LANES);
      }
      addProducts2(x, second, nextX, nextSecond, hi, lo);
    }
    for (; i < length; i += count) {
      count = Math.min(LANES, length - i);
      addProducts(a, aAt + i, b, bAt + i, count);
    }
  }

  /** Adds the products of some elements to the first lanes. */
  @SuppressWarnings("ReferenceEquality") // Arrays have no other.
  public void addProducts(double[] a, int aAt, double[] b, int bAt, int count) {
    boolean areSquares = a == b && aAt == bAt;
    System.arraycopy(a, aAt, x, 0, count);
    if (!areSquares) {
      System.arraycopy(b, bAt, y, 0, count);
    }
    addProducts(x, areSquares ? x : y, hi, lo, count);
  }

  /** Sets the lanes to those of the absolute values of a row. */
  void setAbsolutes(double[] a, int at, int length) {
    int count = Math.min(LANES, length);
    for (int lane = 0; lane < count; lane++) {
      hi[lane] = Math.abs(a[at + lane]);
      lo[lane] = 0;
    }
    int i = count;
    for (; i <= length - 2 * LANES; i += 2 * LANES) {
      System.arraycopy(a, at + i, x, 0, LANES);
      System.arraycopy(a, at + i + LANES, nextX, 0, LANES);
      addAbsolutes2(x, nextX, hi, lo);
    }
    for (; i < length; i += count) {
      count = Math.min(LANES, length - i);
      addAbsolutes(a, at + i, count);
    }
  }

  /** Adds the absolute values of some elements to the first lanes. */
  public void addAbsolutes(double[] a, int at, int count) {
    System.arraycopy(a, at, x, 0, count);
    addAbsolutes(x, hi, lo, count);
  }

  private static void addProducts(double[] x, double[] y, double[] hi, double[] lo, int count) {
    for (int i = 0; i < count; i++) {
      double high = hi[i];
      double product = x[i] * y[i];
      double sum = high + product;
      double part = sum - high;
      lo[i] += (high - (sum - part)) + productRest(x[i], y[i], product, part);
      hi[i] = sum;
    }
  }

  private static void addProducts2(
      double[] x, double[] y, double[] nextX, double[] nextY, double[] hi, double[] lo) {
    for (int i = 0; i < LANES; i++) {
      double high = hi[i];
      double product = x[i] * y[i];
      double sum = high + product;
      double part = sum - high;
      double low = lo[i] + ((high - (sum - part)) + productRest(x[i], y[i], product, part));
      product = nextX[i] * nextY[i];
      double next = sum + product;
      part = next - sum;
      lo[i] = low + ((sum - (next - part)) + productRest(nextX[i], nextY[i], product, part));
      hi[i] = next;
    }
  }

  private static void addAbsolutes(double[] x, double[] hi, double[] lo, int count) {
    for (int i = 0; i < count; i++) {
      double high = hi[i];
      double value = Math.abs(x[i]);
      double sum = high + value;
      double part = sum - high;
      lo[i] += (high - (sum - part)) + (value - part);
      hi[i] = sum;
    }
  }

  private static void addAbsolutes2(double[] x, double[] nextX, double[] hi, double[] lo) {
    for (int i = 0; i < LANES; i++) {
      double high = hi[i];
      double value = Math.abs(x[i]);
      double sum = high + value;
      double part = sum - high;
      double low = lo[i] + ((high - (sum - part)) + (value - part));
      value = Math.abs(nextX[i]);
      double next = sum + value;
      part = next - sum;
      lo[i] = low + ((sum - (next - part)) + (value - part));
      hi[i] = next;
    }
  }

  /**
   * Folds the lanes by halving, with their rounding errors.
   *
   * @param present how many of the first lanes have elements; the others are zero, and not read
   * @param sums receives the pair as its result {@code out}
   */
  public void fold(int present, Sums sums, int out) {
    if (present > 16) {
      addLanes(16, present - 16);
    }
    if (present > 8) {
      addLanes(8, Math.min(8, present - 8));
    }
    for (int lane = present; lane < 8; lane++) {
      hi[lane] = 0;
      lo[lane] = 0;
    }
    foldEight(sums, out);
  }

  private void addLanes(int from, int count) {
    for (int i = 0; i < count; i++) {
      double a = hi[i];
      double b = hi[from + i];
      double sum = a + b;
      double part = sum - a;
      lo[i] += lo[from + i] + ((a - (sum - part)) + (b - part));
      hi[i] = sum;
    }
  }

  /** In local variables: by loops all 32 lanes take 38 ns on Zen 5, 25 so. */
  private void foldEight(Sums sums, int out) {
    double a = hi[0] + hi[4];
    double aLow = lo[0] + (lo[4] + sumError(hi[0], hi[4], a));
    double b = hi[1] + hi[5];
    double bLow = lo[1] + (lo[5] + sumError(hi[1], hi[5], b));
    double c = hi[2] + hi[6];
    double cLow = lo[2] + (lo[6] + sumError(hi[2], hi[6], c));
    double d = hi[3] + hi[7];
    double dLow = lo[3] + (lo[7] + sumError(hi[3], hi[7], d));
    double even = a + c;
    double odd = b + d;
    double evenLow = aLow + (cLow + sumError(a, c, even));
    double oddLow = bLow + (dLow + sumError(b, d, odd));
    double sum = even + odd;
    // A lane starts at +0, so the sum of products -0 is +0.
    sums.hi[out] = sum + 0.0;
    sums.lo[out] = evenLow + (oddLow + sumError(even, odd, sum));
  }
}
