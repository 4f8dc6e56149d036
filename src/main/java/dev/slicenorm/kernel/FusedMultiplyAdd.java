package dev.slicenorm.kernel;

/**
 * {@code a·b + c} with one rounding, at a bearable price on every machine.
 *
 * <p>Without FMA instructions {@link Math#fma} computes with {@code BigDecimal}, some 600 times
 * slower. There the value is put together from error-free transformations instead (Boldo and
 * Melquiond 2008, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to
 * odd"); operands so large or small that those could overflow or underflow take the slow way.
 * Either way the result is the correctly rounded one, so the bits don't depend on the machine.
 */
public final class FusedMultiplyAdd {

  /** Whether {@link Math#fma} is an instruction here. */
  public static final boolean HARDWARE = isFast();

  private static final double SPLITTER = 0x1p27 + 1;

  /** Bounds within which the products and errors below are exact. */
  private static final double SMALL = 0x1p-400;

  private static final double LARGE = 0x1p400;

  private FusedMultiplyAdd() {}

  /** {@return {@code a·b + c}, rounded once} */
  public static double fma(double a, double b, double c) {
    return HARDWARE ? Math.fma(a, b, c) : emulated(a, b, c);
  }

  /** {@return the part of {@code a·b} that {@code product}, its rounding, lacks} */
  public static double productError(double a, double b, double product) {
    return HARDWARE ? Math.fma(a, b, -product) : emulatedError(a, b, product);
  }

  /**
   * {@return {@code a·b − part}, rounded once}
   *
   * @param product the rounding of {@code a·b}
   * @param part so near to it that their difference is exact
   */
  static double productRest(double a, double b, double product, double part) {
    return HARDWARE ? Math.fma(a, b, -part) : product - part + emulatedError(a, b, product);
  }

  private static double emulatedError(double a, double b, double product) {
    return inRange(a) && inRange(b) ? splitError(a, b, product) : Math.fma(a, b, -product);
  }

  /** {@return {@code a·b + c} in floats, rounded once: the product is exact in {@code double}} */
  static float emulated(float a, float b, float c) {
    double product = (double) a * b;
    double sum = product + c;
    return (float) (Math.abs(sum) <= Double.MAX_VALUE ? addToOdd(product, c) : sum);
  }

  static double emulated(double a, double b, double c) {
    double product = a * b;
    if (!(inRange(a) && inRange(b)) || !(c == 0 || inRange(c))) {
      return Math.fma(a, b, c);
    }
    double productError = splitError(a, b, product);
    double low = c + productError;
    double lowError = sumError(c, productError, low);
    double high = product + low;
    double highError = sumError(product, low, high);
    return high + addToOdd(lowError, highError);
  }

  private static boolean inRange(double x) {
    double size = Math.abs(x);
    return size > SMALL && size < LARGE;
  }

  /** Dekker's product with Veltkamp's splitting. */
  private static double splitError(double a, double b, double product) {
    double a1 = a * SPLITTER;
    double aHigh = a1 - (a1 - a);
    double aLow = a - aHigh;
    double b1 = b * SPLITTER;
    double bHigh = b1 - (b1 - b);
    double bLow = b - bHigh;
    return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  }

  private static double sumError(double a, double b, double sum) {
    double part = sum - a;
    return (a - (sum - part)) + (b - part);
  }

  /** {@return {@code a + b}, cut off; with the last bit set if that lost anything} */
  private static double addToOdd(double a, double b) {
    double sum = a + b;
    double error = sumError(a, b, sum);
    long bits = Double.doubleToRawLongBits(sum);
    if (error != 0 && (bits & 1) == 0) {
      // Away from zero if the error has the sum's sign, towards it otherwise: an odd neighbour.
      bits += (error > 0) == (sum > 0) ? 1 : -1;
    }
    return Double.longBitsToDouble(bits);
  }

  /**
   * Times a few calls. An instruction takes nanoseconds even when interpreted, {@code BigDecimal}
   * microseconds; the best of several rounds keeps a pause from deciding.
   */
  private static boolean isFast() {
    long best = Long.MAX_VALUE;
    double value = 1 + 0x1p-30;
    for (int round = 0; round < 8; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < 64; i++) {
        value = Math.fma(value, 1 - 0x1p-31, 0x1p-40);
      }
      best = Math.min(best, System.nanoTime() - start);
    }
    return best < 64 * 250L && value > 0;
  }
}
