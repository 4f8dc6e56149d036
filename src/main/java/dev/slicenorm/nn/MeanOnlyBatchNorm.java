package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;

/**
 * Mean-only batch normalization, made to go with weight norm (Salimans and Kingma 2016, arXiv
 * 1602.07868, section 4): {@code y = t − μ[t] + b} with the mean of each channel over the batch,
 * and no division by a deviation. The mean has a gradient, so the one by t has mean zero over the
 * batch (equation 11).
 *
 * <p>Inputs are {@code [N, channels]} or {@code [N, channels, …]}. In training mode the batch's own
 * mean is taken and the buffer {@code running_mean} follows it; in evaluation mode that buffer is
 * taken. The layer before it needs no bias.
 */
public final class MeanOnlyBatchNorm extends Module {

  private static final String MEAN = "running_mean";

  private final int channels;
  private final double momentum;
  private final DType dtype;
  private final Object meanLock = new Object();

  private static final class Saved {
    private final int positions;
    private final long[] shape;

    private Saved(int positions, long[] shape) {
      this.positions = positions;
      this.shape = shape;
    }
  }

  /**
   * Creates an F32 layer whose running mean moves by a tenth.
   *
   * @param channels the size of axis 1 of an input, at least 1
   */
  public MeanOnlyBatchNorm(int channels) {
    this(channels, 0.1, DType.F32);
  }

  /**
   * Creates a layer with bias 0.
   *
   * @param channels the size of axis 1 of an input, at least 1
   * @param momentum the part of a batch's mean in the next running mean, from 0 up to but not 1
   * @param dtype the element type of parameters, inputs and outputs
   */
  public MeanOnlyBatchNorm(int channels, double momentum, DType dtype) {
    this.channels = Check.positive("channels", channels);
    this.momentum = Check.within("momentum", momentum, 0, 1);
    this.dtype = dtype;
    addParameter("bias", Tensor.zeros(dtype, channels));
    setBuffer(MEAN, Tensor.zeros(dtype, channels));
  }

  @Override
  protected Tensor compute(Tensor input) {
    Check.input(
        this,
        input,
        dtype,
        "[N, " + channels + ", …], not empty",
        t -> t.rank() >= 2 && t.size(1) == channels && t.count() > 0);
    double[] values = Doubles.of(input);
    int positions = Math.toIntExact(input.count() / (input.size(0) * channels));
    double[] shift = widened("bias");
    double[] mean = isTraining() ? follow(mean(values, positions)) : Doubles.of(runningMean());
    for (int channel = 0; channel < channels; channel++) {
      shift[channel] -= mean[channel];
    }
    Channels.addEach(values, shift, positions);
    save(new Saved(positions, input.shape()));
    return Doubles.round(values, dtype, input.shape());
  }

  @Override
  protected Tensor differentiate(Tensor outputGradient) {
    Saved pass = saved(Saved.class);
    int positions = pass.positions;
    Check.gradient(this, outputGradient, pass.shape);
    double[] gradient = Doubles.of(outputGradient);
    accumulate("bias", Tensor.of(Channels.sums(gradient, channels, positions), channels));
    double[] mean = mean(gradient, positions);
    for (int channel = 0; channel < channels; channel++) {
      mean[channel] = -mean[channel];
    }
    Channels.addEach(gradient, mean, positions);
    return Doubles.round(gradient, dtype, outputGradient.shape());
  }

  private double[] mean(double[] values, int positions) {
    double[] mean = Channels.sums(values, channels, positions);
    for (int channel = 0; channel < channels; channel++) {
      mean[channel] /= values.length / (double) channels;
    }
    return mean;
  }

  private double[] follow(double[] mean) {
    synchronized (meanLock) {
      double[] running = Doubles.of(runningMean());
      for (int channel = 0; channel < channels; channel++) {
        running[channel] += momentum * (mean[channel] - running[channel]);
      }
      setBuffer(MEAN, Doubles.round(running, dtype, channels));
    }
    return mean;
  }

  private Tensor runningMean() {
    Tensor mean = buffers().get(MEAN);
    if (mean == null) {
      throw new IllegalStateException(describe() + " has lost its buffer " + MEAN);
    }
    return mean;
  }

  @Override
  protected Module replicate() {
    return new MeanOnlyBatchNorm(channels, momentum, dtype);
  }
}
