package dev.slicenorm.nn;

import dev.slicenorm.tensor.Tensor;

/**
 * An activation: each output depends on one input, and so does the slope. Any shape and element
 * type.
 */
abstract sealed class Elementwise extends Module permits Tanh, LeakyRelu {

  private static final class Saved {
    private final double[] input;
    private final double[] output;
    private final long[] shape;

    private Saved(double[] input, double[] output, long[] shape) {
      this.input = input;
      this.output = output;
      this.shape = shape;
    }
  }

  Elementwise() {}

  abstract double value(double input);

  /** {@return the gradient by an input, from the one that arrives at its output} */
  abstract double gradient(double arriving, double input, double output);

  @Override
  protected Tensor compute(Tensor input) {
    double[] from = Doubles.of(input);
    double[] to = new double[from.length];
    for (int i = 0; i < to.length; i++) {
      to[i] = value(from[i]);
    }
    save(new Saved(from, to, input.shape()));
    // Narrow a copy: the saved output stays exact.
    return Doubles.round(to.clone(), input.dtype(), input.shape());
  }

  @Override
  protected Tensor differentiate(Tensor outputGradient) {
    Saved pass = saved(Saved.class);
    Check.gradient(this, outputGradient, pass.shape);
    double[] gradient = Doubles.of(outputGradient);
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = gradient(gradient[i], pass.input[i], pass.output[i]);
    }
    return Doubles.round(gradient, outputGradient.dtype(), outputGradient.shape());
  }
}
