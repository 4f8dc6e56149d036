package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.Squares.add;
import static dev.slicenorm.kernel.Squares.sum;

/**
 * The loops of {@link PlainColumns}, from which C2 makes vector code. They are written out, one for
 * each number of rows, since it makes none of a loop that chooses within.
 *
 * <p>It does so as long as all rows lie in one array, few things are read at once (100 rows of
 * 1024: 15 µs by four rows, 67 by eight), and sums that are read lie where those lie that are
 * written, or a constant distance from them: others it can't know to be apart (1024 sums added to
 * 1024: 440 ns, against 148).
 */
final class ColumnLoops {

  /** From the sums of some columns to further sums of them, which are added to the first. */
  static final int LEVEL = 1024;

  private ColumnLoops() {}

  /** Adds to sums those a level up. */
  static void addLevel(int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      hi[out + c] += hi[out + LEVEL + c];
    }
  }

  static void set1(float[] x, int first, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      hi[out + c] = p * p;
    }
  }

  static void set2(float[] x, int first, int second, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      hi[out + c] = sum(p, q);
    }
  }

  static void set3(float[] x, int first, int second, int third, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      hi[out + c] = add(sum(p, q), r);
    }
  }

  static void set4(
      float[] x, int first, int second, int third, int fourth, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      double s = x[fourth + c];
      hi[out + c] = add(add(sum(p, q), r), s);
    }
  }

  static void setTree4(
      float[] x, int first, int second, int third, int fourth, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      double s = x[fourth + c];
      hi[out + c] = sum(p, r) + sum(q, s);
    }
  }

  static void add1(float[] x, int first, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      hi[out + c] = add(hi[out + c], p);
    }
  }

  static void add2(float[] x, int first, int second, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      hi[out + c] += sum(p, q);
    }
  }

  static void add3(float[] x, int first, int second, int third, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      hi[out + c] += add(sum(p, q), r);
    }
  }

  static void add4(
      float[] x, int first, int second, int third, int fourth, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      double s = x[fourth + c];
      hi[out + c] += add(add(sum(p, q), r), s);
    }
  }

  static void addTree4(
      float[] x, int first, int second, int third, int fourth, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      double s = x[fourth + c];
      hi[out + c] += sum(p, r) + sum(q, s);
    }
  }

  static void extend2(float[] x, int first, int second, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      hi[out + c] = add(add(hi[out + c], p), q);
    }
  }

  static void extend4(
      float[] x, int first, int second, int third, int fourth, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      double s = x[fourth + c];
      hi[out + c] = add(add(add(add(hi[out + c], p), q), r), s);
    }
  }

  /** Adds the squares of two rows of x, and their products with two rows of y. */
  static void extendBoth2(
      float[] x,
      int first,
      int second,
      float[] y,
      int yFirst,
      int ySecond,
      int columns,
      double[] squares,
      double[] dots,
      int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      squares[out + c] = add(add(squares[out + c], p), q);
      dots[out + c] = add(add(dots[out + c], p, y[yFirst + c]), q, y[ySecond + c]);
    }
  }

  static void addBoth1(
      float[] x,
      int first,
      float[] y,
      int yFirst,
      int columns,
      double[] squares,
      double[] dots,
      int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      squares[out + c] = add(squares[out + c], p);
      dots[out + c] = add(dots[out + c], p, y[yFirst + c]);
    }
  }

  static void join1(float[] x, int first, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      hi[out + c] += add(hi[out + LEVEL + c], p);
    }
  }

  static void join2(float[] x, int first, int second, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      hi[out + c] += hi[out + LEVEL + c] + sum(p, q);
    }
  }

  static void join3(
      float[] x, int first, int second, int third, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      hi[out + c] += hi[out + LEVEL + c] + add(sum(p, q), r);
    }
  }

  static void extendAndJoin2(float[] x, int first, int second, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      hi[out + c] += add(add(hi[out + LEVEL + c], p), q);
    }
  }

  static void extendAndJoin3(
      float[] x, int first, int second, int third, int columns, double[] hi, int out) {
    for (int c = 0; c < columns; c++) {
      double p = x[first + c];
      double q = x[second + c];
      double r = x[third + c];
      hi[out + c] += add(add(add(hi[out + LEVEL + c], p), q), r);
    }
  }
}
