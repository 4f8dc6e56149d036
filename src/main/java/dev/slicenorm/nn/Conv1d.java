package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.random.RandomGenerator;

/**
 * Cross-correlation of signals {@code [N, in, length]} with {@code weight [out, in/groups,
 * kernel]}, plus {@code bias [out]}. The output length is {@code (length + 2·padding −
 * dilation·(kernel − 1) − 1) / stride + 1}, rounded down.
 */
public final class Conv1d extends Convolution {

  private final int kernel;

  /**
   * Creates an F32 layer with a bias and random weights.
   *
   * @param inputs the channels of an input
   * @param outputs the channels of an output
   * @param kernel the size of the kernel, at least 1
   */
  public Conv1d(int inputs, int outputs, int kernel) {
    this(
        inputs,
        outputs,
        kernel,
        ConvolutionSteps.PLAIN,
        true,
        DType.F32,
        RandomGenerator.getDefault());
  }

  /**
   * Creates a layer with weights from U(−1/√fan, 1/√fan), {@code fan = in/groups · kernel}.
   *
   * @param inputs the channels of an input, a multiple of the groups
   * @param outputs the channels of an output, a multiple of the groups
   * @param kernel the size of the kernel, at least 1
   * @param steps stride, padding, dilation and groups
   * @param biased whether there is a bias
   * @param dtype the element type of parameters, inputs and outputs
   * @param random makes the weights
   */
  public Conv1d(
      int inputs,
      int outputs,
      int kernel,
      ConvolutionSteps steps,
      boolean biased,
      DType dtype,
      RandomGenerator random) {
    super(inputs, outputs, steps, biased, dtype, random, kernel);
    this.kernel = kernel;
  }

  @Override
  Unfolding unfolding(Tensor input) {
    Check.input(
        this,
        input,
        dtype,
        "[N, " + inputs + ", length]",
        t -> t.rank() == 3 && t.size(1) == inputs);
    return Unfolding.linear(this, Math.toIntExact(input.size(2)), kernel, steps);
  }

  @Override
  long[] outputShape(long batch, Unfolding unfolding) {
    return new long[] {batch, outputs, unfolding.across()};
  }

  @Override
  protected Module replicate() {
    return new Conv1d(inputs, outputs, kernel, steps, biased, dtype, RandomGenerator.getDefault());
  }
}
