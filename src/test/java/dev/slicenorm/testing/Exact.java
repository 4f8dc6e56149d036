package dev.slicenorm.testing;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * A number that is known far more precisely than a {@code double}, or NaN or an infinity.
 *
 * @param value the number to at least 30 digits, or null if it is not finite
 * @param special the NaN or infinity, and 0 for a finite number
 */
public record Exact(@Nullable BigDecimal value, double special) {

  /** NaN. */
  public static final Exact NAN = new Exact(null, Double.NaN);

  /** Positive infinity. */
  public static final Exact INFINITY = new Exact(null, Double.POSITIVE_INFINITY);

  /** Zero. */
  public static final Exact ZERO = of(BigDecimal.ZERO);

  /** {@return a finite number} */
  public static Exact of(BigDecimal value) {
    return new Exact(value, 0);
  }

  /** {@return any double, exactly} */
  public static Exact of(double value) {
    return Double.isFinite(value) ? of(new BigDecimal(value)) : new Exact(null, value);
  }

  /** {@return whether this is neither NaN nor an infinity} */
  public boolean isFinite() {
    return value != null;
  }

  /** {@return the finite number} */
  public BigDecimal finite() {
    if (value == null) {
      throw new IllegalStateException(special + " is not finite");
    }
    return value;
  }

  /** {@return the nearest double} */
  public double nearest() {
    return value == null ? special : value.doubleValue();
  }

  @Override
  public String toString() {
    return value == null ? Double.toString(special) : value.round(BigMath.DISPLAY).toString();
  }
}
