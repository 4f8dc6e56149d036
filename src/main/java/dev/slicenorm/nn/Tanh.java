package dev.slicenorm.nn;

/** The hyperbolic tangent of each element. */
public final class Tanh extends Elementwise {

  /** Creates the activation. */
  public Tanh() {}

  @Override
  double value(double input) {
    return Math.tanh(input);
  }

  @Override
  double gradient(double arriving, double input, double output) {
    return arriving * (1 - output * output);
  }

  @Override
  protected Module replicate() {
    return new Tanh();
  }
}
