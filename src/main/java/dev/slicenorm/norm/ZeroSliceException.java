package dev.slicenorm.norm;

/** A slice has norm zero, and the policy is {@link ZeroSlice#REJECT}. Nothing was written. */
public final class ZeroSliceException extends ArithmeticException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message names the tensor and the slice
   */
  public ZeroSliceException(String message) {
    super(message);
  }
}
