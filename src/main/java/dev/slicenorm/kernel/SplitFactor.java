package dev.slicenorm.kernel;

/**
 * The product of an F32 element and a {@code double} factor, rounded to F32, without leaving F32:
 * {@code fma(x, high, x·low)}, where {@code high + low} is the factor cut into two floats of its
 * sign.
 *
 * <p>The inner product errs by 2⁻²⁴ of {@code low}, which is 2⁻²³ of the factor, so the result is
 * within 0.5001 ULP of the exact product as long as the inner one is no subnormal number. A result
 * below {@link #LEAST} could suffer from that, and is computed as {@code (float) (x·factor)}, like
 * any product with a factor that is {@linkplain #isSplit far from 1}. Both parts have one sign, so
 * that infinity times the factor is infinity.
 *
 * <p>Vectors of floats hold twice as many elements as vectors of doubles, and nothing is widened
 * and narrowed: on Zen 4 with 512 bits, norms and products of a 1024² matrix took 169 µs this way
 * and 210 µs in {@code double}.
 */
public final class SplitFactor {

  /** Results below this, other than 0, are computed in {@code double}. */
  public static final float LEAST = 0x1p-100f;

  /** The bits of a float without the sign. Added to them once more it puts 0 behind all others. */
  private static final int NO_SIGN = Integer.MAX_VALUE;

  private static final double SMALL = 0x1p-60;

  private static final double LARGE = 0x1p60;

  /**
   * A product in {@code double}, made greater and smaller by this, rounds to one float twice only
   * if any value between does; both ways to compute a product differ by less than 2⁻⁴⁵ of it.
   */
  static final double GREATER = 1 + 0x1p-42;

  static final double SMALLER = 1 - 0x1p-42;

  private SplitFactor() {}

  /** {@return whether a factor is one that is split; otherwise products are computed in double} */
  public static boolean isSplit(double factor) {
    double size = Math.abs(factor);
    return (size >= SMALL && size <= LARGE) || !(size > 0 && size <= Double.MAX_VALUE);
  }

  /** {@return the leading part, cut off towards 0; all of a zero, an infinity or a NaN} */
  public static float high(double factor) {
    float high = (float) factor;
    boolean isWhole = !(Math.abs(factor) > 0 && Math.abs(factor) <= Double.MAX_VALUE);
    if (isWhole || Math.abs(high) < Math.abs(factor)) {
      return high;
    }
    return Float.intBitsToFloat(Float.floatToRawIntBits(high) - 1);
  }

  /** {@return what the leading part lacks; not 0, since that times infinity is no number} */
  public static float low(double factor, float high) {
    double rest = factor - high;
    return rest != 0 && !Double.isNaN(rest) ? (float) rest : high;
  }

  /**
   * {@return {@code x·factor}}
   *
   * @param high the leading part of a factor that {@linkplain #isSplit is split}
   * @param low the rest
   */
  public static float product(float x, float high, float low, double factor) {
    return FusedMultiplyAdd.HARDWARE ? fused(x, high, low, factor) : emulated(x, high, low, factor);
  }

  private static float fused(float x, float high, float low, double factor) {
    return orSmall(Math.fma(x, high, x * low), x, factor);
  }

  private static float orSmall(float product, float x, double factor) {
    return Math.abs(product) < LEAST && product != 0 ? (float) (x * factor) : product;
  }

  /**
   * Without FMA instructions: the plain product rounds to the same float, except near the middle
   * between two floats, where every bit counts.
   */
  static float emulated(float x, float high, float low, double factor) {
    double plain = x * factor;
    float greater = (float) (plain * GREATER);
    return greater == (float) (plain * SMALLER)
        ? greater
        : orSmall(FusedMultiplyAdd.emulated(x, high, x * low), x, factor);
  }

  /**
   * {@return whether all products of a row are 0 or at least {@link #LEAST}, so that none needs a
   * second look}
   */
  static boolean isFarFromZero(float[] x, int at, int length, float high) {
    // By bits: C1 has no instruction for the size of a float, and takes two branches to compare it.
    int least = Float.floatToRawIntBits(2 * LEAST / Math.abs(high)) + NO_SIGN;
    for (int i = at; i < at + length; i++) {
      if ((Float.floatToRawIntBits(x[i]) & NO_SIGN) + NO_SIGN < least) {
        return false;
      }
    }
    return true;
  }
}
