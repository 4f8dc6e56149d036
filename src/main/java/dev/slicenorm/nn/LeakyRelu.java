package dev.slicenorm.nn;

/**
 * {@code x} where it is above 0, else {@code slope · x}; the gradient at 0 is that of the left
 * side, and at NaN, which stays NaN, that of the right.
 */
public sealed class LeakyRelu extends Elementwise permits Relu {

  private final double negativeSlope;

  /** Creates the activation with slope 0.01, PyTorch's default. */
  public LeakyRelu() {
    this(0.01);
  }

  /**
   * Creates the activation.
   *
   * @param negativeSlope the slope below 0, finite
   */
  public LeakyRelu(double negativeSlope) {
    this.negativeSlope =
        Check.within("negative slope", negativeSlope, -Double.MAX_VALUE, Double.POSITIVE_INFINITY);
  }

  @Override
  final double value(double input) {
    // A NaN is not above 0, and no product makes it a number.
    return input > 0 ? input : left(input);
  }

  @Override
  final double gradient(double arriving, double input, double output) {
    return input <= 0 ? left(arriving) : arriving;
  }

  private double left(double value) {
    if (negativeSlope == 0 && !Double.isNaN(value)) {
      // No product: that with an infinity is no number.
      return 0;
    }
    // Adding 0 turns -0 into 0.
    return negativeSlope * value + 0.0;
  }

  @Override
  protected Module replicate() {
    return new LeakyRelu(negativeSlope);
  }
}
