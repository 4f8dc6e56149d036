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
                name, x.describe(), axes, Arrays.toString(axes.sliceIndex(slice, x.shape()))));
  }
}
