package dev.slicenorm.tensor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds strides that show the same elements, in the same row-major order, under another shape.
 *
 * <p>Old and new axes are walked together from the last. As soon as a group of new axes holds as
 * many elements as a group of old ones, the old group must be one even run, and the new axes divide
 * that run.
 */
final class Reshape {

  private Reshape() {}

  /** {@return the strides, or null if only a copy would do; both shapes hold as many elements} */
  static long @Nullable [] strides(long[] shape, long[] strides, long[] target) {
    long[] result = new long[target.length];
    Arrays.fill(result, 1);
    for (long size : target) {
      if (size == 0) {
        return result;
      }
    }
    int old = shape.length - 1;
    int at = target.length - 1;
    while (old >= 0 || at >= 0) {
      while (old >= 0 && shape[old] == 1) {
        old--;
      }
      while (at >= 0 && target[at] == 1) {
        at--;
      }
      if (old < 0 || at < 0) {
        break;
      }
      long base = strides[old];
      long have = shape[old--];
      long stride = base;
      long need = target[at];
      result[at--] = stride;
      while (have != need) {
        if (have < need) {
          if (shape[old] != 1 && strides[old] != base * have) {
            return null;
          }
          have *= shape[old--];
        } else {
          stride = base * need;
          need *= target[at];
          result[at--] = stride;
        }
      }
    }
    return result;
  }
}
