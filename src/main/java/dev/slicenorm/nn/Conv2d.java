package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.random.RandomGenerator;

/**
 * Cross-correlation of images {@code [N, in, height, width]} with {@code weight [out, in/groups,
 * kernelHeight, kernelWidth]}, plus {@code bias [out]}. The sizes of the output follow from those
 * of the input as for {@link Conv1d}, on each axis.
 */
public final class Conv2d extends Convolution {

  private final int kernelHeight;
  private final int kernelWidth;

  /**
   * Creates an F32 layer with a bias and random weights.
   *
   * @param inputs the channels of an input
   * @param outputs the channels of an output
   * @param kernel height and width of the kernel, at least 1
   */
  public Conv2d(int inputs, int outputs, int kernel) {
    this(
        inputs,
        outputs,
        kernel,
        kernel,
        ConvolutionSteps.PLAIN,
        true,
        DType.F32,
        RandomGenerator.getDefault());
  }

  /**
   * Creates a layer with weights from U(−1/√fan, 1/√fan), fan being the elements of one output
   * channel's kernel.
   *
   * @param inputs the channels of an input, a multiple of the groups
   * @param outputs the channels of an output, a multiple of the groups
   * @param kernelHeight the height of the kernel, at least 1
   * @param kernelWidth the width of the kernel, at least 1
   * @param steps stride, padding, dilation and groups, the same on both axes
   * @param biased whether there is a bias
   * @param dtype the element type of parameters, inputs and outputs
   * @param random makes the weights
   */
  public Conv2d(
      int inputs,
      int outputs,
      int kernelHeight,
      int kernelWidth,
      ConvolutionSteps steps,
      boolean biased,
      DType dtype,
      RandomGenerator random) {
    super(inputs, outputs, steps, biased, dtype, random, kernelHeight, kernelWidth);
    this.kernelHeight = kernelHeight;
    this.kernelWidth = kernelWidth;
  }

  @Override
  Unfolding unfolding(Tensor input) {
    Check.input(
        this,
        input,
        dtype,
        "[N, " + inputs + ", height, width]",
        t -> t.rank() == 4 && t.size(1) == inputs);
    return Unfolding.planar(
        this,
        Math.toIntExact(input.size(2)),
        Math.toIntExact(input.size(3)),
        kernelHeight,
        kernelWidth,
        steps);
  }

  @Override
  long[] outputShape(long batch, Unfolding unfolding) {
    return new long[] {batch, outputs, unfolding.down(), unfolding.across()};
  }

  @Override
  protected Module replicate() {
    return new Conv2d(
        inputs,
        outputs,
        kernelHeight,
        kernelWidth,
        steps,
        biased,
        dtype,
        RandomGenerator.getDefault());
  }
}
