package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.ReductionOrder.LANES;
import static dev.slicenorm.kernel.Squares.add;

/**
 * The sum of squares of one F32 row in plain Java, written out by length; {@link PlainRows} has the
 * loops over rows.
 *
 * <p>Sums are local variables, which stay in registers also where only C1 compiles. One method sums
 * eight lanes, four apart, and so does the first three steps of halving; the last two are left. One
 * call for up to 16 elements is worth it also for C1 (300 rows of 9 on Zen 4: 3.3 -> 2.8 µs beside
 * eight small methods), and one for up to 32 (one row of 30 on Zen 5: 15.5 -> 12.2 ns beside small
 * methods for some lanes each, by C1 18.2 -> 18.0; 300 of 20: 2.0 µs either way, by C1 3.5 -> 3.4).
 * From 33 on ending where the row ends saves more (300 of 40 by C2: 3.1 µs, against 3.6 where
 * absent elements are zeros; C1 6.4 and 4.9).
 */
public final class PlainRow {

  private PlainRow() {}

  /**
   * {@return the sum of the squares of one row}
   *
   * <p>A short one costs by what is decided, and what is called. So an element that is not there
   * ends it, rather than being added as zero, and nothing is called for the first eight: C2 leaves
   * calls out of line where other lengths came first (5 elements on Zen 5: 5.9 -> 4.5 ns, or 17 ->
   * 4.5).
   */
  public static double square(float[] x, int at, int length) {
    if (length <= 8) {
      if (length < 1) {
        return 0;
      }
      double p = x[at];
      double a = p * p;
      if (length < 2) {
        return a;
      }
      double q = x[at + 1];
      double b = q * q;
      if (length > 2) {
        double r = x[at + 2];
        double c = r * r;
        if (length > 3) {
          double s = x[at + 3];
          double d = s * s;
          if (length > 4) {
            double t = x[at + 4];
            a += t * t;
            if (length > 5) {
              double u = x[at + 5];
              b += u * u;
              if (length > 6) {
                double v = x[at + 6];
                c += v * v;
                if (length > 7) {
                  double w = x[at + 7];
                  d += w * w;
                }
              }
            }
          }
          b += d;
        }
        a += c;
      }
      return a + b;
    }
    return squareFrom9(x, at, length);
  }

  /** 9 to 16 elements. (Of more than 325 bytes C2 would make a call.) */
  static double upTo16(float[] x, int at, int length) {
    double p = x[at];
    double a = p * p;
    p = x[at + 1];
    double b = p * p;
    p = x[at + 2];
    double c = p * p;
    p = x[at + 3];
    double d = p * p;
    p = x[at + 4];
    double e = p * p;
    p = x[at + 5];
    double f = p * p;
    p = x[at + 6];
    double g = p * p;
    p = x[at + 7];
    double h = p * p;
    p = x[at + 8];
    a += p * p;
    if (length > 9) {
      p = x[at + 9];
      b += p * p;
      if (length > 10) {
        p = x[at + 10];
        c += p * p;
        if (length > 11) {
          p = x[at + 11];
          d += p * p;
          if (length > 12) {
            p = x[at + 12];
            e += p * p;
            if (length > 13) {
              p = x[at + 13];
              f += p * p;
              if (length > 14) {
                p = x[at + 14];
                g += p * p;
                if (length > 15) {
                  p = x[at + 15];
                  h += p * p;
                }
              }
            }
          }
        }
      }
    }
    return ((a + e) + (c + g)) + ((b + f) + (d + h));
  }

  /**
   * {@return the sum of the squares of one row of 9 elements or more}
   *
   * <p>Up to 32 each lane has one or none. They are written out: methods for a lane or two pass on
   * {@code length - 4} and its like, which C2 computed before the first branch, for every length,
   * where this stood in a method twice (3 elements among other lengths on Zen 5: 17 ns in one JVM
   * of six, 7 to 10 in the others; now 6.4 to 8.2). Being this long it is a call for C2, so that
   * what has {@link #square} in it stays small.
   */
  public static double squareFrom9(float[] x, int at, int length) {
    if (length <= 16) {
      return upTo16(x, at, length);
    }
    if (length > LANES) {
      return length <= 2 * LANES ? from33(x, at, length) : from65(x, at, length);
    }
    double p = x[at];
    double a = p * p;
    p = x[at + 16];
    a += p * p;
    p = x[at + 8];
    double q = p * p;
    if (length > 24) {
      p = x[at + 24];
      q += p * p;
    }
    a += q;
    p = x[at + 1];
    double b = p * p;
    if (length > 17) {
      p = x[at + 17];
      b += p * p;
    }
    p = x[at + 9];
    q = p * p;
    if (length > 25) {
      p = x[at + 25];
      q += p * p;
    }
    b += q;
    p = x[at + 2];
    double c = p * p;
    if (length > 18) {
      p = x[at + 18];
      c += p * p;
    }
    p = x[at + 10];
    q = p * p;
    if (length > 26) {
      p = x[at + 26];
      q += p * p;
    }
    c += q;
    p = x[at + 3];
    double d = p * p;
    if (length > 19) {
      p = x[at + 19];
      d += p * p;
    }
    p = x[at + 11];
    q = p * p;
    if (length > 27) {
      p = x[at + 27];
      q += p * p;
    }
    d += q;
    p = x[at + 4];
    double e = p * p;
    if (length > 20) {
      p = x[at + 20];
      e += p * p;
    }
    p = x[at + 12];
    q = p * p;
    if (length > 28) {
      p = x[at + 28];
      q += p * p;
    }
    e += q;
    p = x[at + 5];
    double f = p * p;
    if (length > 21) {
      p = x[at + 21];
      f += p * p;
    }
    p = x[at + 13];
    q = p * p;
    if (length > 29) {
      p = x[at + 29];
      q += p * p;
    }
    f += q;
    p = x[at + 6];
    double g = p * p;
    if (length > 22) {
      p = x[at + 22];
      g += p * p;
    }
    p = x[at + 14];
    q = p * p;
    if (length > 30) {
      p = x[at + 30];
      q += p * p;
    }
    g += q;
    p = x[at + 7];
    double h = p * p;
    if (length > 23) {
      p = x[at + 23];
      h += p * p;
    }
    p = x[at + 15];
    q = p * p;
    if (length > 31) {
      p = x[at + 31];
      q += p * p;
    }
    h += q;
    return ((a + e) + (c + g)) + ((b + f) + (d + h));
  }

  /** 33 to 64 elements: each lane has one or two. */
  static double from33(float[] x, int at, int length) {
    double even = eightOrMore(x, at, (length - 29) / 4) + eightOrMore(x, at + 2, (length - 31) / 4);
    return even
        + (eightOrMore(x, at + 1, (length - 30) / 4) + eightOrMore(x, at + 3, (length - 32) / 4));
  }

  /** One lane of each four of a row of 33 to 64: its eight elements, and up to eight more. */
  private static double eightOrMore(float[] x, int at, int more) {
    double p = x[at];
    double a = p * p;
    p = x[at + 4];
    double b = p * p;
    p = x[at + 8];
    double c = p * p;
    p = x[at + 12];
    double d = p * p;
    p = x[at + 16];
    double e = p * p;
    p = x[at + 20];
    double f = p * p;
    p = x[at + 24];
    double g = p * p;
    p = x[at + 28];
    double h = p * p;
    if (more > 0) {
      p = x[at + 32];
      a += p * p;
      if (more > 1) {
        p = x[at + 36];
        b += p * p;
        if (more > 2) {
          p = x[at + 40];
          c += p * p;
          if (more > 3) {
            p = x[at + 44];
            d += p * p;
            if (more > 4) {
              p = x[at + 48];
              e += p * p;
              if (more > 5) {
                p = x[at + 52];
                f += p * p;
                if (more > 6) {
                  p = x[at + 56];
                  g += p * p;
                  if (more > 7) {
                    p = x[at + 60];
                    h += p * p;
                  }
                }
              }
            }
          }
        }
      }
    }
    return ((a + e) + (c + g)) + ((b + f) + (d + h));
  }

  /** Four times over the block, which stays in L1: eight sums fit the registers, 32 don't. */
  static double from65(float[] x, int at, int length) {
    double even = eightLanes(x, at, length) + eightLanes(x, at + 2, length - 2);
    return even + (eightLanes(x, at + 1, length - 1) + eightLanes(x, at + 3, length - 3));
  }

  private static double square(float[] x, int at) {
    double value = x[at];
    return value * value;
  }

  private static double square(float[] x, int at, int lane, int length) {
    return lane < length ? square(x, at + lane) : 0;
  }

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
      double p = x[i];
      double q = x[i + 4];
      double r = x[i + 8];
      double s = x[i + 12];
      a = add(a, p);
      b = add(b, q);
      c = add(c, r);
      d = add(d, s);
      double t = x[i + 16];
      double u = x[i + 20];
      double v = x[i + 24];
      double w = x[i + 28];
      e = add(e, t);
      f = add(f, u);
      g = add(g, v);
      h = add(h, w);
    }
    int left = at + length - i;
    if (left > 12) {
      a += square(x, i);
      b += square(x, i + 4);
      c += square(x, i + 8);
      d += square(x, i + 12);
      e += square(x, i, 16, left);
      f += square(x, i, 20, left);
      g += square(x, i, 24, left);
    } else if (left > 0) {
      a += square(x, i);
      b += square(x, i, 4, left);
      c += square(x, i, 8, left);
    }
    return ((a + e) + (c + g)) + ((b + f) + (d + h));
  }
}
