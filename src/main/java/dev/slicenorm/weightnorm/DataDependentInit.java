package dev.slicenorm.weightnorm;

import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Parameter;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

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
   * @param layer a layer whose output has its channels on axis 1, and its weight on {@link
   *     Module#outputAxis}
   * @param batch a first batch of its inputs, which gives two or more values for each channel
   * @param scale the deviation s that each channel of the output shall have, above 0
   * @param random makes the directions
   * @return the output for the batch, which is the input of the next layer
   * @throws IllegalArgumentException if the layer has no such weight or bias, the batch is too
   *     small, or an output is not finite; nothing is changed then, nor where a hook throws
   */
  public static Tensor initialize(
      Module layer, Tensor batch, double scale, RandomGenerator random) {
    NormedWeight weight = WeightNormHook.find(layer, "weight");
    Parameter bias = layer.parameter("bias");
    if (!(scale > 0 && scale < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("scale " + scale + ": expected a finite value above 0");
    }
    requireMagnitudes(layer, weight, bias.count());
    // An input that does not fit is refused here, while nothing has changed.
    requireVariances(layer, batch, layer.forward(batch), bias.count());
    double[] directions = new double[Math.toIntExact(weight.v().count())];
    Arrays.setAll(directions, i -> random.nextGaussian(0, DEVIATION));
    List<Parameter> changed = List.of(weight.v(), weight.g(), bias);
    List<Tensor> before =
        Parameter.<List<Tensor>>read(
            changed,
            () -> changed.stream().map(parameter -> parameter.<Tensor>read(Tensor::copy)).toList());
    boolean completed = false;
    try {
      assign(
          changed,
          List.of(
              Tensor.of(directions, weight.v().shape()),
              ones(weight.g().shape()),
              Tensor.zeros(DType.F64, bias.shape())));
      assign(changed.subList(1, 3), magnitudeAndBias(layer, batch, scale, weight, bias));
      requireFinite("magnitude", weight.g().value(), layer);
      requireFinite("bias", bias.value(), layer);
      Tensor output = layer.forward(batch);
      requireFinite("output", output, layer);
      completed = true;
      return output;
    } finally {
      if (!completed) {
        // A hook failed, or the output left the range: the layer was usable before.
        assign(changed, before);
      }
    }
  }

  private static List<Tensor> magnitudeAndBias(
      Module layer, Tensor batch, double scale, NormedWeight weight, Parameter bias) {
    double[][] moments = moments(layer.forward(batch));
    double[] g = new double[moments.length];
    double[] b = new double[moments.length];
    for (int channel = 0; channel < g.length; channel++) {
      requireFinite(layer, channel, moments[channel]);
      g[channel] = scale / Math.sqrt(moments[channel][1] + LEAST_VARIANCE);
      b[channel] = -moments[channel][0] * g[channel];
    }
    return List.of(Tensor.of(g, weight.g().shape()), Tensor.of(b, bias.shape()));
  }

  private static Tensor ones(long[] shape) {
    Tensor ones = Tensor.zeros(DType.F64, shape);
    ones.fill(1);
    return ones;
  }

  private static void assign(List<Parameter> parameters, List<Tensor> values) {
    Parameter.update(
        parameters,
        () -> {
          for (int i = 0; i < values.size(); i++) {
            parameters.get(i).assign(values.get(i));
          }
        });
  }

  /** A count alone would not do: on a square weight the other axis has as many elements. */
  private static void requireMagnitudes(Module layer, NormedWeight weight, long channels) {
    int axis = layer.outputAxis();
    long[] shape = weight.g().shape();
    long[] expected = new long[shape.length];
    Arrays.setAll(expected, i -> i == axis ? channels : 1);
    if (!Arrays.equals(shape, expected)) {
      boolean[] reduced = weight.norm().axes().reduced(shape.length);
      throw new IllegalArgumentException(
          ("weight_g of %s has shape %s and keeps axes %s: expected shape %s, which keeps axis %d,"
                  + " one element for each of the %d output channels")
              .formatted(
                  layer.describe(),
                  Arrays.toString(shape),
                  IntStream.range(0, shape.length).filter(i -> !reduced[i]).boxed().toList(),
                  Arrays.toString(expected),
                  axis,
                  channels));
    }
  }

  /** One value is its own mean, and would be scaled as if its channel never varied. */
  private static void requireVariances(Module layer, Tensor batch, Tensor output, long channels) {
    if (output.rank() < 2 || output.size(1) != channels) {
      throw new IllegalArgumentException(
          "output of %s is %s: expected its %d channels on axis 1"
              .formatted(layer.describe(), output.describe(), channels));
    }
    if (output.count() < 2 * channels) {
      throw new IllegalArgumentException(
          "batch %s is too small for %s: values per output channel %d, expected at least 2"
              .formatted(batch.describe(), layer.describe(), output.count() / channels));
    }
  }

  private static void requireFinite(Module layer, int channel, double[] moments) {
    if (!Double.isFinite(moments[1])) {
      throw new IllegalArgumentException(
          "output channel %d of %s has mean %s and variance %s: expected a batch for which they are finite"
              .formatted(channel, layer.describe(), moments[0], moments[1]));
    }
  }

  /** The element type may not reach as far as what was computed. */
  private static void requireFinite(String what, Tensor tensor, Module layer) {
    for (double value : tensor.toDoubleArray()) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(
            "%s of %s would have an element %s as %s: expected a batch that varies more in each channel, or a smaller scale"
                .formatted(what, layer.describe(), value, tensor.describe()));
      }
    }
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
