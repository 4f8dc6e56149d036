package dev.slicenorm.weightnorm;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;

/**
 * A slice has norm zero, and the policy is {@link dev.slicenorm.norm.ZeroSlice#REJECT}. Nothing was
 * written.
 */
public final class ZeroSliceException extends ArithmeticException {

  private static final long serialVersionUID = 1L;

  ZeroSliceException(String name, Tensor v, Axes axes, long[] keptShape, long slice) {
    super(
        "v of %s, %s, %s: the slice at %s has norm 0, which the policy REJECT refuses"
            .formatted(name, v.describe(), axes, Arrays.toString(index(keptShape, slice))));
  }

  private static long[] index(long[] shape, long slice) {
    long[] index = new long[shape.length];
    long rest = slice;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest /= shape[axis];
    }
    return index;
  }
}
