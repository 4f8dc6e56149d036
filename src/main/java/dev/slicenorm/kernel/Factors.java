package dev.slicenorm.kernel;

/** A factor for each slice of a chunk, and the power of two that goes with it. */
public final class Factors {

  /**
   * Elements that keep the arrays of floats from lying at nearly the same distance from a multiple
   * of 4096 bytes. Otherwise a store to one looks to the processor like one to where the others are
   * loaded from next, and loads wait: 1024 products took 0.1 or 0.6 µs by where the arrays lay.
   */
  private static final int APART = 192;

  /** Elements of F64 slices are multiplied by these powers of two first; 1 for all others. */
  public final double[] pre;

  /** The factors. */
  public final double[] factor;

  /** For gradients: how much of the direction is taken away. */
  public final double[] second;

  /** For F32: the leading part of each factor. */
  public final float[] high;

  /** For F32: the rest of each factor. */
  public final float[] low;

  /** Room for the products of a row of F32 elements, one for each slice. */
  public final float[] products;

  /** Room for the same products, computed in another way. */
  public final float[] again;

  private boolean split;

  /**
   * Creates room.
   *
   * @param size slices at most
   */
  public Factors(int size) {
    pre = new double[size];
    factor = new double[size];
    second = new double[size];
    high = new float[size + APART];
    low = new float[size + APART];
    products = new float[size + APART];
    again = new float[size + APART];
  }

  /** Fills in {@link #high} and {@link #low} of the first slices, before F32 columns are scaled. */
  public void split(int count) {
    boolean all = true;
    for (int i = 0; i < count; i++) {
      high[i] = SplitFactor.high(factor[i]);
      low[i] = SplitFactor.low(factor[i], high[i]);
      all &= SplitFactor.isSplit(factor[i]);
    }
    split = all;
  }

  /** {@return whether every factor {@linkplain SplitFactor#isSplit is one that is split}} */
  public boolean isSplit() {
    return split;
  }

  /** {@return an F32 element times the factor of its slice} */
  public float product(float x, int slice) {
    return SplitFactor.isSplit(factor[slice])
        ? SplitFactor.product(x, high[slice], low[slice], factor[slice])
        : (float) (x * factor[slice]);
  }
}
