package dev.slicenorm.norm;

import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;

/** A slice has norm zero, and the policy is {@link ZeroSlice#REJECT}. Nothing was written. */
public final class ZeroSliceException extends ArithmeticException {

  private static final long serialVersionUID = 1L;

  ZeroSliceException(String name, Tensor x, Axes axes, long slice) {
    super(
        "%s, %s, %s: the slice at %s has norm 0, which the policy REJECT refuses"
            .formatted(
                name,
                x.describe(),
                axes,
                Arrays.toString(index(axes.keptShape(x.shape()), slice))));
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
