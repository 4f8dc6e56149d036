package dev.slicenorm.kernel;

/**
 * Norms of the columns of many blocks of a few F32 elements each, such as small matrices one after
 * the other. Loops over columns would take longer to start than to run, and so would vectors: 512
 * blocks of 3 rows of 3 on Zen 5 take 3.6 µs by columns one by one, 10.8 by loops over them, and
 * with 3 rows of 7 it is 6.8 and 11.2.
 */
final class SmallBlocks {

  /** Rows whose halving tree is written out below. */
  private static final int MOST_ROWS = 8;

  /**
   * Columns up to which they are taken one by one (512 blocks of 3 rows on Zen 5: of 8 7.5 µs so,
   * 12.5 by vectors; of 12 11.3 so; of 16 15.6 by vectors).
   */
  private static final int MOST_COLUMNS = 12;

  private SmallBlocks() {}

  /** {@return whether this is a way for blocks of so many rows and columns} */
  static boolean fit(int rows, int columns) {
    return rows <= MOST_ROWS && columns <= MOST_COLUMNS;
  }

  /** Writes norms as {@link SliceKernel#normBlocks} says. */
  static void norms(
      float[] x,
      int at,
      int rowStep,
      int blockStep,
      int blocks,
      int rows,
      int columns,
      float[] norms,
      int to,
      int toStep) {
    for (int block = 0; block < blocks; block++) {
      int from = at + block * blockStep;
      int into = to + block * toStep;
      for (int c = 0; c < columns; c++) {
        norms[into + c] = (float) Math.sqrt(square(x, from + c, rowStep, rows));
      }
    }
  }

  /** {@return the sum of the squares of one to eight elements, some step apart} */
  private static double square(float[] x, int at, int step, int count) {
    double p = element(x, at);
    double a = p * p;
    if (count < 2) {
      return a;
    }
    double q = element(x, at + step);
    double b = q * q;
    if (count > 2) {
      double r = element(x, at + 2 * step);
      double c = r * r;
      if (count > 3) {
        double s = element(x, at + 3 * step);
        double d = s * s;
        if (count > 4) {
          double t = element(x, at + 4 * step);
          a += t * t;
          if (count > 5) {
            double u = element(x, at + 5 * step);
            b += u * u;
            if (count > 6) {
              double v = element(x, at + 6 * step);
              c += v * v;
              if (count > 7) {
                double w = element(x, at + 7 * step);
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

  /**
   * {@return an element, or its size}
   *
   * <p>Without AVX a conversion from memory waits for what its register held, and an element that
   * first loses its sign has a register of its own (512 blocks of 3 rows of 8: 33 -> 7.7 µs).
   */
  static double element(float[] x, int at) {
    return FusedMultiplyAdd.HARDWARE ? x[at] : Math.abs(x[at]);
  }
}
