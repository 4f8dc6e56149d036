package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.ReductionOrder.LANES;

/**
 * The sum of absolute values of one F32 row in plain Java, in the canonical order. Sums are local
 * variables, eight lanes at a time, as in {@link PlainRow}.
 */
final class PlainAbsolutes {

  private PlainAbsolutes() {}

  /** {@return the sum for a row of one block at most} */
  static double sum(float[] x, int at, int length) {
    if (length > 16) {
      double even = eightLanes(x, at, length) + eightLanes(x, at + 2, length - 2);
      return even + (eightLanes(x, at + 1, length - 1) + eightLanes(x, at + 3, length - 3));
    }
    if (length > 8) {
      return from9UpTo16(x, at, length);
    }
    return length == 0 ? 0 : upTo8(x, at, 1, length);
  }

  private static double from9UpTo16(float[] x, int at, int length) {
    double a = Math.abs((double) x[at]) + Math.abs(x[at + 8]);
    double b = Math.abs((double) x[at + 1]) + (length > 9 ? Math.abs(x[at + 9]) : 0);
    double c = Math.abs((double) x[at + 2]) + (length > 10 ? Math.abs(x[at + 10]) : 0);
    double d = Math.abs((double) x[at + 3]) + (length > 11 ? Math.abs(x[at + 11]) : 0);
    double e = Math.abs((double) x[at + 4]) + (length > 12 ? Math.abs(x[at + 12]) : 0);
    double f = Math.abs((double) x[at + 5]) + (length > 13 ? Math.abs(x[at + 13]) : 0);
    double g = Math.abs((double) x[at + 6]) + (length > 14 ? Math.abs(x[at + 14]) : 0);
    double h = Math.abs((double) x[at + 7]) + (length > 15 ? Math.abs(x[at + 15]) : 0);
    return ((a + e) + (c + g)) + ((b + f) + (d + h));
  }

  /** {@return the sum for one to eight elements, some step apart} */
  static double upTo8(float[] x, int at, int step, int length) {
    double a = Math.abs(x[at]);
    double b = length > 1 ? Math.abs(x[at + step]) : 0;
    if (length > 2) {
      double c = Math.abs(x[at + 2 * step]);
      double d = length > 3 ? Math.abs(x[at + 3 * step]) : 0;
      if (length > 4) {
        a += Math.abs(x[at + 4 * step]);
        b += length > 5 ? Math.abs(x[at + 5 * step]) : 0;
        c += length > 6 ? Math.abs(x[at + 6 * step]) : 0;
        d += length > 7 ? Math.abs(x[at + 7 * step]) : 0;
      }
      a += c;
      b += d;
    }
    return a + b;
  }

  /**
   * Eight lanes, four apart, of which the first begins at {@code at}, and three steps of halving.
   */
  private static double eightLanes(float[] x, int at, int length) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    double e = 0;
    double f = 0;
    double g = 0;
    double h = 0;
    int i = at;
    // Counted by groups: at the end of the longest arrays a position plus LANES leaves an int.
    int groups = (length + LANES - 29) / LANES;
    for (int group = 0; group < groups; group++, i += LANES) {
      a += Math.abs(x[i]);
      b += Math.abs(x[i + 4]);
      c += Math.abs(x[i + 8]);
      d += Math.abs(x[i + 12]);
      e += Math.abs(x[i + 16]);
      f += Math.abs(x[i + 20]);
      g += Math.abs(x[i + 24]);
      h += Math.abs(x[i + 28]);
    }
    int left = at + length - i;
    if (left > 0) {
      a += Math.abs(x[i]);
      if (left > 4) {
        b += Math.abs(x[i + 4]);
        if (left > 8) {
          c += Math.abs(x[i + 8]);
          if (left > 12) {
            d += Math.abs(x[i + 12]);
            if (left > 16) {
              e += Math.abs(x[i + 16]);
              if (left > 20) {
                f += Math.abs(x[i + 20]);
                if (left > 24) {
                  g += Math.abs(x[i + 24]);
                }
              }
            }
          }
        }
      }
    }
    return ((a + e) + (c + g)) + ((b + f) + (d + h));
  }
}
