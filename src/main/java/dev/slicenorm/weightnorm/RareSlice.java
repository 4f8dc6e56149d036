package dev.slicenorm.weightnorm;

import dev.slicenorm.kernel.FusedMultiplyAdd;
import dev.slicenorm.kernel.PairNorm;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.plan.Direction;
import dev.slicenorm.plan.Walk;
import java.util.ArrayList;
import java.util.List;

/**
 * Weight norm and its gradients of one slice anywhere in the range of F64, each number being held
 * as a fraction and an exponent of its own. It is some ten times slower than the kernels, which
 * leave to it what they can't express.
 *
 * <p>All numbers but {@code g} are finite, and not all directions are 0.
 */
final class RareSlice {

  /** Far below the exponent of anything but 0. */
  private static final int EXPONENT_OF_ZERO = -1 << 20;

  private final double[] v;
  private final int[] exponents;
  private final double g;

  /** The norm is {@code root·2^rootExponent}. */
  private final double root;

  private final int rootExponent;
  private final boolean floored;

  /**
   * Prepares the norm.
   *
   * @param v the direction
   * @param g the magnitude
   * @param leastSquare the least square of the norm; 0 for no floor
   */
  RareSlice(double[] v, double g, double leastSquare) {
    this.v = v;
    this.g = g;
    this.exponents = new int[v.length];
    int top = EXPONENT_OF_ZERO;
    for (int i = 0; i < v.length; i++) {
      exponents[i] = exponent(v[i]);
      top = Math.max(top, exponents[i]);
    }
    Sum squares = new Sum();
    for (double element : v) {
      double scaled = Math.scalb(element, -top);
      squares.add(scaled, scaled);
    }
    floored = Math.scalb(squares.hi, 2 * top) < leastSquare;
    root = floored ? Math.sqrt(leastSquare) : PairNorm.root(squares.hi, squares.lo);
    rootExponent = floored ? 0 : top;
  }

  private static int exponent(double x) {
    return x == 0 ? EXPONENT_OF_ZERO : Direction.exponent(x);
  }

  /** {@return a number without its exponent} */
  private static double fraction(double x, int exponent) {
    return x == 0 ? x : Math.scalb(x, -exponent);
  }

  /**
   * A quotient {@code g/n}.
   *
   * @param fraction what it is without its exponent
   * @param exponent of two
   */
  record Scale(double fraction, int exponent) {

    /** {@return elements of the slice multiplied by it} */
    double[] of(double[] elements) {
      double[] products = new double[elements.length];
      for (int i = 0; i < products.length; i++) {
        int own = RareSlice.exponent(elements[i]);
        double product = RareSlice.fraction(elements[i], own) * fraction;
        products[i] = scaled(product, (long) own + exponent);
      }
      return products;
    }
  }

  /** {@return the quotient {@code g/n}} */
  Scale scale() {
    int exponent = magnitudeExponent();
    return new Scale(fraction(g, exponent) / root, exponent - rootExponent);
  }

  /** {@return the weight {@code v·g/n}} */
  double[] weight() {
    return scale().of(v);
  }

  /** The exponent of {@code g}, or 0 if it has none. */
  private int magnitudeExponent() {
    return g == 0 || !Double.isFinite(g) ? 0 : Direction.exponent(g);
  }

  private static double scaled(double x, long exponent) {
    return x == 0 ? x : Math.scalb(x, Math.clamp(exponent, -5000, 5000));
  }

  /**
   * The gradients.
   *
   * @param dg {@code s/n}, rounded
   * @param dv {@code (g/n)·(dw − v·s/n²)}
   */
  record Gradients(double dg, double[] dv) {}

  /** {@return the gradients for a gradient by the weight} */
  Gradients gradients(double[] dw) {
    int[] dwExponents = new int[dw.length];
    int top = 2 * EXPONENT_OF_ZERO;
    for (int i = 0; i < dw.length; i++) {
      dwExponents[i] = exponent(dw[i]);
      top = Math.max(top, exponents[i] + dwExponents[i]);
    }
    Sum products = new Sum();
    for (int i = 0; i < dw.length; i++) {
      int shift = exponents[i] + dwExponents[i] - top;
      if (shift > Double.MIN_EXPONENT && v[i] != 0 && dw[i] != 0) {
        products.add(
            Math.scalb(fraction(v[i], exponents[i]), shift), fraction(dw[i], dwExponents[i]));
      }
    }
    double s = products.hi + products.lo;
    double dg = scaled(s / root, (long) top - rootExponent);
    double second = floored ? 0 : s / root / root;
    int exponent = magnitudeExponent();
    double scale = fraction(g, exponent) / root;
    double[] dv = new double[v.length];
    for (int i = 0; i < dv.length; i++) {
      double shared = second * fraction(v[i], exponents[i]);
      int sharedExponent = shared == 0 ? EXPONENT_OF_ZERO : exponents[i] + top - 2 * rootExponent;
      int common = Math.max(dwExponents[i], sharedExponent);
      double difference =
          scaled(fraction(dw[i], dwExponents[i]), dwExponents[i] - common)
              - scaled(shared, sharedExponent - common);
      dv[i] = scaled(difference * scale, (long) common + exponent - rootExponent);
    }
    return new Gradients(dg, dv);
  }

  /**
   * What a slice of a walk's chunk will be, once the walk has gone over the others: an output may
   * also be an input.
   *
   * @param slice the slice of the chunk
   * @param values its elements, in the order of summation
   */
  record Elements(int slice, double[] values) {

    /** {@return a list with one more; the first one may be immutable, so that most cost nothing} */
    static List<Elements> add(List<Elements> all, int slice, double[] values) {
      List<Elements> more = all.isEmpty() ? new ArrayList<>() : all;
      more.add(new Elements(slice, values));
      return more;
    }

    /** Writes all to an operand. */
    static void store(List<Elements> all, Walk<double[]> walk, int operand) {
      for (Elements one : all) {
        walk.replace(operand, one.slice, one.values);
      }
    }
  }

  /** A sum of products with its rounding errors (Ogita, Rump and Oishi 2005, Dot2). */
  private static final class Sum {
    double hi;
    double lo;

    void add(double a, double b) {
      double product = a * b;
      double sum = hi + product;
      lo += Sums.sumError(hi, product, sum) + FusedMultiplyAdd.productError(a, b, product);
      hi = sum;
    }
  }
}
