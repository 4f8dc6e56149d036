package dev.slicenorm.norm;

/**
 * A norm of the elements of a slice. With p below 1 it is no norm in the mathematical sense, but
 * the same formula.
 *
 * <table>
 * <caption>The norms</caption>
 * <tr><th>value</th><th>formula</th></tr>
 * <tr><td>{@link #L1}</td><td>{@code Σ|x|}</td></tr>
 * <tr><td>{@link #L2}</td><td>{@code √Σx²}</td></tr>
 * <tr><td>{@link #MAX}</td><td>{@code max|x|}, p = ∞</td></tr>
 * <tr><td>{@link #MIN}</td><td>{@code min|x|}, p = −∞</td></tr>
 * <tr><td>{@link #COUNT}</td><td>the number of elements that are not 0, p = 0</td></tr>
 * <tr><td>{@link #p p(p)}</td><td>{@code (Σ|x|ᵖ)^(1/p)}</td></tr>
 * </table>
 *
 * <p>NaN in a slice gives NaN. Infinity without NaN gives infinity, except for {@code MIN}, where
 * the smallest is what it is, and {@code COUNT}. An empty slice gives 0.
 *
 * {@snippet file="dev/slicenorm/snippets/NormSnippetsTest.java" region="norm"}
 */
public final class Norm {

  /** The sum of absolute values. */
  public static final Norm L1 = new Norm(1);

  /** The Euclidean norm. */
  public static final Norm L2 = new Norm(2);

  /** The largest absolute value. */
  public static final Norm MAX = new Norm(Double.POSITIVE_INFINITY);

  /** The smallest absolute value. */
  public static final Norm MIN = new Norm(Double.NEGATIVE_INFINITY);

  /** The number of elements that are not zero. */
  public static final Norm COUNT = new Norm(0);

  private final double exponent;

  private Norm(double exponent) {
    this.exponent = exponent;
  }

  /**
   * {@return the norm with exponent p}
   *
   * <p>F64 norms are within 4 ULP for every p. That has a price: an element costs a {@code
   * StrictMath.pow}, some 0.2 µs, and about twice that for p below 1, where powers are computed as
   * pairs; p = 0.5 and p = 3 are as cheap as a division.
   *
   * @param p above 0, or 0 for the count, or an infinity
   */
  public static Norm p(double p) {
    if (p == 1) {
      return L1;
    } else if (p == 2) {
      return L2;
    } else if (p == 0) {
      return COUNT;
    } else if (p == Double.POSITIVE_INFINITY) {
      return MAX;
    } else if (p == Double.NEGATIVE_INFINITY) {
      return MIN;
    } else if (p > 0) {
      return new Norm(p);
    }
    throw new IllegalArgumentException("p " + p + ": expected 0, more than 0, or an infinity");
  }

  /** {@return the exponent p} */
  public double exponent() {
    return exponent;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Norm that && exponent == that.exponent;
  }

  @Override
  public int hashCode() {
    return Double.hashCode(exponent);
  }

  @Override
  public String toString() {
    if (exponent == Double.POSITIVE_INFINITY) {
      return "MAX";
    } else if (exponent == Double.NEGATIVE_INFINITY) {
      return "MIN";
    }
    return exponent == 0
        ? "COUNT"
        : exponent == 1 || exponent == 2 ? "L" + (int) exponent : "L" + exponent;
  }
}
