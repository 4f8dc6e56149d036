package dev.slicenorm.kernel;

/** Widens rows of 16-bit floats to F32, exactly, in plain Java. */
public class HalfKernel {

  /** Creates the kernel. */
  public HalfKernel() {}

  /**
   * Widens F16 bits. C2 vectorizes this loop where the hardware converts (30 GB/s on Zen 5), with
   * one index also where it is inlined into the caller's loop; with two it did not there (norms of
   * 4096² elements: 14 against 5 ms on Zen 3).
   */
  public void widenFloat16(short[] x, int at, float[] row, int to, int count) {
    int apart = to - at;
    int end = at + count;
    for (int i = at; i < end; i++) {
      row[apart + i] = Float.float16ToFloat(x[i]);
    }
  }

  /** Widens BF16 bits. */
  public void widenBfloat16(short[] x, int at, float[] row, int to, int count) {
    for (int i = 0; i < count; i++) {
      row[to + i] = Rounding.fromBfloat16(x[at + i]);
    }
  }

  /**
   * Sums the squares of a row of BF16 of at most one block, in the order of {@link ReductionOrder},
   * if this kernel has a way for them that beats widening the row first.
   *
   * @return whether it has; otherwise {@code sums[out]} is of no use
   */
  public boolean squareBfloat16(short[] x, int at, int length, Sums sums, int out) {
    return false;
  }
}
