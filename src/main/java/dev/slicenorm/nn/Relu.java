package dev.slicenorm.nn;

/** {@code x} where it is above 0, else 0. */
public final class Relu extends LeakyRelu {

  /** Creates the activation. */
  public Relu() {
    super(0);
  }

  @Override
  protected Module replicate() {
    return new Relu();
  }
}
