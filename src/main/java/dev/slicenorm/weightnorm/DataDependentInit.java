package dev.slicenorm.weightnorm;

import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Parameter;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Data-dependent initialization (Salimans and Kingma 2016, arXiv 1602.07868, section 3, equations 5
 * and 6): {@code v ~ N(0, 0.05²)}, and from a first batch {@code g = s / √(var[t] + 1e-10)} and
 * {@code b = −mean[t] · g}, {@code t} being the output with {@code g = 1} and {@code b = 0}.
 * Afterwards each output channel of that batch has mean 0 and variance s².
 *
 * {@snippet file="dev/slicenorm/snippets/WeightNormSnippetsTest.java" region="init"}
 */
public final class DataDependentInit {

  private static final double DEVIATION = 0.05;
  private static final double LEAST_VARIANCE = 1e-10;

  private DataDependentInit() {}

  /**
   * Initializes a layer whose {@code weight} is under weight norm with one g per output channel,
   * and whose {@code bias} there is. Hooks run, as in any forward pass.
   *
   * @param layer a layer whose output has its channels on axis 1
   * @param batch a first batch of its inputs, more than one
   * @param scale the deviation s that each channel of the output shall have, above 0
   * @param random makes the directions
   * @return the output for the batch, which is the input of the next layer
   * @throws IllegalArgumentException if the layer has no such weight or bias; nothing is changed
   *     then
   */
  public static Tensor initialize(
      Module layer, Tensor batch, double scale, RandomGenerator random) {
    NormedWeight weight = WeightNormHook.find(layer, "weight");
    Parameter bias = layer.parameter("bias");
    if (!(scale > 0 && scale < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("scale " + scale + ": expected a finite value above 0");
    }
    if (weight.g().count() != bias.count()) {
      throw new IllegalArgumentException(
          "weight_g of %s has shape %s, expected one element for each of the %d output channels"
              .formatted(layer.describe(), Arrays.toString(weight.g().shape()), bias.count()));
    }
    // An input that does not fit is refused here, while nothing has changed.
    layer.forward(batch);
    double[] directions = new double[Math.toIntExact(weight.v().count())];
    Arrays.setAll(directions, i -> random.nextGaussian(0, DEVIATION));
    Parameter.update(
        List.of(weight.g(), weight.v(), bias),
        () -> {
          weight.v().assign(Tensor.of(directions, weight.v().shape()));
          weight.g().update(g -> g.fill(1));
          bias.update(b -> b.fill(0));
        });
    double[][] moments = moments(layer.forward(batch));
    double[] g = new double[moments.length];
    double[] b = new double[moments.length];
    for (int channel = 0; channel < g.length; channel++) {
      g[channel] = scale / Math.sqrt(moments[channel][1] + LEAST_VARIANCE);
      b[channel] = -moments[channel][0] * g[channel];
    }
    Parameter.update(
        List.of(weight.g(), bias),
        () -> {
          weight.g().assign(Tensor.of(g, weight.g().shape()));
          bias.assign(Tensor.of(b, bias.shape()));
        });
    return layer.forward(batch);
  }

  /** {@return mean and variance of each channel} */
  private static double[][] moments(Tensor output) {
    int channels = Math.toIntExact(output.size(1));
    double[][] moments = new double[channels][2];
    for (int channel = 0; channel < channels; channel++) {
      double[] values = output.select(1, channel).toDoubleArray();
      double mean = Arrays.stream(values).sum() / values.length;
      double squares = 0;
      for (double value : values) {
        squares += (value - mean) * (value - mean);
      }
      moments[channel][0] = mean;
      moments[channel][1] = squares / values.length;
    }
    return moments;
  }
}
