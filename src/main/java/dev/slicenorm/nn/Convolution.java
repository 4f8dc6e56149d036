package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * What {@link Conv1d} and {@link Conv2d} share. For each image and group the output is {@code W ·
 * columns} with {@code W [out/groups, in/groups · kernel]}.
 */
abstract sealed class Convolution extends Module permits Conv1d, Conv2d {

  final int inputs;
  final int outputs;
  final ConvolutionSteps steps;
  final boolean biased;
  final DType dtype;
  private final int[] kernelSizes;

  private static final class Saved {
    private final double[] images;
    private final double[] weight;
    private final Unfolding unfolding;
    private final long[] inputShape;
    private final long[] outputShape;

    private Saved(
        double[] images,
        double[] weight,
        Unfolding unfolding,
        long[] inputShape,
        long[] outputShape) {
      this.images = images;
      this.weight = weight;
      this.unfolding = unfolding;
      this.inputShape = inputShape;
      this.outputShape = outputShape;
    }
  }

  Convolution(
      int inputs,
      int outputs,
      ConvolutionSteps steps,
      boolean biased,
      DType dtype,
      RandomGenerator random,
      int... kernel) {
    this.inputs = Check.divisible("input channels", inputs, steps.groups());
    this.outputs = Check.divisible("output channels", outputs, steps.groups());
    this.steps = steps;
    this.biased = biased;
    this.dtype = dtype;
    this.kernelSizes = kernel;
    long fanIn = inputs / steps.groups();
    long[] shape = new long[kernel.length + 2];
    shape[0] = outputs;
    shape[1] = fanIn;
    for (int axis = 0; axis < kernel.length; axis++) {
      shape[axis + 2] = Check.positive("kernel", kernel[axis]);
      fanIn *= kernel[axis];
    }
    addParameter("weight", Initial.uniform(random, fanIn, dtype, shape));
    if (biased) {
      addParameter("bias", Initial.uniform(random, fanIn, dtype, outputs));
    }
  }

  /** {@return how the kernel moves over an input, whose shape is checked} */
  abstract Unfolding unfolding(Tensor input);

  abstract long[] outputShape(long batch, Unfolding unfolding);

  @Override
  protected Tensor compute(Tensor input) {
    Unfolding unfolding = unfolding(input);
    if (unfolding.positions() <= 0) {
      throw smallerThanKernel(input);
    }
    int batch = Math.toIntExact(input.size(0));
    Saved pass =
        new Saved(
            Doubles.of(input),
            widened("weight"),
            unfolding,
            input.shape(),
            outputShape(batch, unfolding));
    int positions = unfolding.positions();
    double[] output = new double[Check.count(this, "output", batch, outputs, positions)];
    Check.count(this, "patches", inputs / steps.groups(), unfolding.kernelSize(), positions);
    if (biased) {
      Channels.addEach(output, widened("bias"), positions);
    }
    int group = inputs / steps.groups();
    int groupOutputs = outputs / steps.groups();
    for (int part = 0; part < batch * steps.groups(); part++) {
      Matrix columns = unfolding.columns(pass.images, part * group * unfolding.imageSize(), group);
      Matrix.at(output, part * groupOutputs * positions, groupOutputs, positions)
          .addProduct(weight(pass.weight, part % steps.groups()), columns);
    }
    save(pass);
    return Doubles.round(output, dtype, pass.outputShape);
  }

  @Override
  protected Tensor differentiate(Tensor outputGradient) {
    Saved pass = saved(Saved.class);
    Check.gradient(this, outputGradient, pass.outputShape);
    Unfolding unfolding = pass.unfolding;
    int positions = unfolding.positions();
    int group = inputs / steps.groups();
    int groupOutputs = outputs / steps.groups();
    int batch = Math.toIntExact(pass.inputShape[0]);
    double[] arriving = Doubles.of(outputGradient);
    double[] byWeight = new double[pass.weight.length];
    double[] byInput = new double[pass.images.length];
    for (int part = 0; part < batch * steps.groups(); part++) {
      int image = part * group * unfolding.imageSize();
      Matrix patch = Matrix.at(arriving, part * groupOutputs * positions, groupOutputs, positions);
      weight(byWeight, part % steps.groups())
          .addProductWithTransposed(patch, unfolding.columns(pass.images, image, group));
      Matrix columns = Matrix.zeros(group * unfolding.kernelSize(), positions);
      columns.addProductOfTransposed(weight(pass.weight, part % steps.groups()), patch);
      unfolding.addBack(columns, byInput, image, group);
    }
    accumulate("weight", Tensor.of(byWeight, weight("weight").shape()));
    if (biased) {
      accumulate("bias", Tensor.of(Channels.sums(arriving, outputs, positions), outputs));
    }
    return Doubles.round(byInput, dtype, pass.inputShape);
  }

  private IllegalArgumentException smallerThanKernel(Tensor input) {
    long[] padded = new long[kernelSizes.length];
    Arrays.setAll(padded, axis -> input.size(axis + 2) + 2L * steps.padding());
    long[] least = new long[kernelSizes.length];
    Arrays.setAll(least, axis -> steps.dilation() * (kernelSizes[axis] - 1L) + 1);
    return new IllegalArgumentException(
        "input of %s is %s, smaller than the kernel: %s with padding %d, expected at least %s for a kernel of %s with dilation %d"
            .formatted(
                describe(),
                input.describe(),
                Arrays.toString(padded),
                steps.padding(),
                Arrays.toString(least),
                Arrays.toString(kernelSizes),
                steps.dilation()));
  }

  /** {@return one group's rows of the weight} */
  private Matrix weight(double[] weight, int group) {
    int rows = outputs / steps.groups();
    int columns = weight.length / outputs;
    return Matrix.at(weight, group * rows * columns, rows, columns);
  }
}
