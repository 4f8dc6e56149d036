package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.random.RandomGenerator;

/**
 * The transpose of {@link Conv1d} by its input, which widens signals {@code [N, in, length]}. Its
 * {@code weight} is {@code [in, out/groups, kernel]}: axis 0 is the <em>input</em> channel, so
 * weight norm with one magnitude per output channel is {@code except(1)} here. The output length is
 * {@code (length − 1)·stride − 2·padding + dilation·(kernel − 1) + 1}.
 */
public final class ConvTranspose1d extends Module {

  private final int inputs;
  private final int outputs;
  private final int kernel;
  private final ConvolutionSteps steps;
  private final boolean biased;
  private final DType dtype;

  private static final class Saved {
    private final double[] signals;
    private final double[] weight;
    private final Unfolding unfolding;
    private final int batch;
    private final int length;

    private Saved(double[] signals, double[] weight, Unfolding unfolding, int batch, int length) {
      this.signals = signals;
      this.weight = weight;
      this.unfolding = unfolding;
      this.batch = batch;
      this.length = length;
    }
  }

  /**
   * Creates an F32 layer with a bias and random weights.
   *
   * @param inputs the channels of an input
   * @param outputs the channels of an output
   * @param kernel the size of the kernel, at least 1
   */
  public ConvTranspose1d(int inputs, int outputs, int kernel) {
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
   * Creates a layer with weights from U(−1/√fan, 1/√fan), {@code fan = out/groups · kernel}.
   *
   * @param inputs the channels of an input, a multiple of the groups
   * @param outputs the channels of an output, a multiple of the groups
   * @param kernel the size of the kernel, at least 1
   * @param steps stride, padding, dilation and groups
   * @param biased whether there is a bias
   * @param dtype the element type of parameters, inputs and outputs
   * @param random makes the weights
   */
  public ConvTranspose1d(
      int inputs,
      int outputs,
      int kernel,
      ConvolutionSteps steps,
      boolean biased,
      DType dtype,
      RandomGenerator random) {
    this.inputs = Check.divisible("input channels", inputs, steps.groups());
    this.outputs = Check.divisible("output channels", outputs, steps.groups());
    this.kernel = Check.positive("kernel", kernel);
    this.steps = steps;
    this.biased = biased;
    this.dtype = dtype;
    long groupOutputs = outputs / steps.groups();
    long fan = groupOutputs * kernel;
    addParameter("weight", Initial.uniform(random, fan, dtype, inputs, groupOutputs, kernel));
    if (biased) {
      addParameter("bias", Initial.uniform(random, fan, dtype, outputs));
    }
  }

  @Override
  protected Tensor compute(Tensor input) {
    Check.input(
        this,
        input,
        dtype,
        "[N, " + inputs + ", length]",
        t -> t.rank() == 3 && t.size(1) == inputs && t.size(2) > 0);
    int batch = Math.toIntExact(input.size(0));
    int length = Math.toIntExact(input.size(2));
    long reach = steps.dilation() * (kernel - 1L) + 1;
    long longest = (length - 1L) * steps.stride() - 2L * steps.padding() + reach;
    if (longest <= 0) {
      throw new IllegalArgumentException(
          "input of %s is %s: a kernel of %d with padding %d gives an output of length %d, expected at least 1"
              .formatted(describe(), input.describe(), kernel, steps.padding(), longest));
    }
    int groupOutputs = outputs / steps.groups();
    double[] output = new double[Check.count(this, "output", batch, outputs, longest)];
    // A batch of none may come with any length.
    Check.count(this, "each channel of the output", longest);
    Check.count(this, "patches", groupOutputs, kernel, length);
    int wide = (int) longest;
    Unfolding unfolding = Unfolding.linear(this, wide, kernel, steps);
    Saved pass = new Saved(Doubles.of(input), widened("weight"), unfolding, batch, length);
    for (int part = 0; part < batch * steps.groups(); part++) {
      Matrix columns = Matrix.zeros(groupOutputs * kernel, length);
      columns.addProductOfTransposed(
          weight(pass.weight, part % steps.groups()), signal(pass, part));
      unfolding.addBack(columns, output, part * groupOutputs * wide, groupOutputs);
    }
    if (biased) {
      Channels.addEach(output, widened("bias"), wide);
    }
    save(pass);
    return Doubles.round(output, dtype, batch, outputs, wide);
  }

  @Override
  protected Tensor differentiate(Tensor outputGradient) {
    Saved pass = saved(Saved.class);
    int wide = pass.unfolding.imageSize();
    Check.gradient(this, outputGradient, pass.batch, outputs, wide);
    double[] arriving = Doubles.of(outputGradient);
    double[] byWeight = new double[pass.weight.length];
    double[] byInput = new double[pass.signals.length];
    int group = inputs / steps.groups();
    int groupOutputs = outputs / steps.groups();
    for (int part = 0; part < pass.batch * steps.groups(); part++) {
      Matrix columns = pass.unfolding.columns(arriving, part * groupOutputs * wide, groupOutputs);
      weight(byWeight, part % steps.groups()).addProductWithTransposed(signal(pass, part), columns);
      Matrix.at(byInput, part * group * pass.length, group, pass.length)
          .addProduct(weight(pass.weight, part % steps.groups()), columns);
    }
    accumulate("weight", Tensor.of(byWeight, inputs, groupOutputs, kernel));
    if (biased) {
      accumulate("bias", Tensor.of(Channels.sums(arriving, outputs, wide), outputs));
    }
    return Doubles.round(byInput, dtype, pass.batch, inputs, pass.length);
  }

  @Override
  public int outputAxis() {
    return 1;
  }

  private Matrix signal(Saved pass, int part) {
    int group = inputs / steps.groups();
    return Matrix.at(pass.signals, part * group * pass.length, group, pass.length);
  }

  /** {@return one group's rows of the weight} */
  private Matrix weight(double[] weight, int group) {
    int rows = inputs / steps.groups();
    int columns = weight.length / inputs;
    return Matrix.at(weight, group * rows * columns, rows, columns);
  }

  @Override
  protected Module replicate() {
    return new ConvTranspose1d(
        inputs, outputs, kernel, steps, biased, dtype, RandomGenerator.getDefault());
  }
}
