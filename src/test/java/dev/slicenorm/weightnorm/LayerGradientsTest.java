package dev.slicenorm.weightnorm;

import static dev.slicenorm.testing.Differences.random;

import dev.slicenorm.nn.Conv1d;
import dev.slicenorm.nn.Conv2d;
import dev.slicenorm.nn.ConvTranspose1d;
import dev.slicenorm.nn.ConvolutionSteps;
import dev.slicenorm.nn.Embedding;
import dev.slicenorm.nn.LeakyRelu;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.MeanOnlyBatchNorm;
import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Relu;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.nn.Tanh;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Differences;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The gradients of every layer agree with central differences, plain and under weight norm. */
class LayerGradientsTest {

  private static final SplittableRandom RANDOM = new SplittableRandom(5);
  private static final ConvolutionSteps STEPS = new ConvolutionSteps(2, 1, 2, 2);

  record Case(String name, Module module, Tensor input) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> layers() {
    return Stream.of(
        new Case("linear", new Linear(3, 4, true, DType.F64, RANDOM), random(RANDOM, 5, 3)),
        new Case("unbiased", new Linear(3, 4, false, DType.F64, RANDOM), random(RANDOM, 1, 3)),
        new Case("conv1d", conv1d(), random(RANDOM, 2, 4, 9)),
        new Case(
            "conv2d",
            new Conv2d(4, 6, 3, 2, STEPS, true, DType.F64, RANDOM),
            random(RANDOM, 2, 4, 6, 5)),
        new Case("transpose", transpose(), random(RANDOM, 2, 4, 5)),
        new Case(
            "embedding",
            new Embedding(5, 3, DType.F64, RANDOM),
            Tensor.of(new double[] {0, 4, 4, 2}, 2, 2)),
        new Case(
            "chain",
            new Sequential(
                new Linear(3, 5, true, DType.F64, RANDOM),
                new MeanOnlyBatchNorm(5, 0.1, DType.F64),
                new Tanh(),
                new Linear(5, 4, true, DType.F64, RANDOM),
                new LeakyRelu(0.2),
                new Linear(4, 2, true, DType.F64, RANDOM),
                new Relu()),
            random(RANDOM, 6, 3)));
  }

  private static Conv1d conv1d() {
    return new Conv1d(4, 6, 3, STEPS, true, DType.F64, RANDOM);
  }

  private static ConvTranspose1d transpose() {
    return new ConvTranspose1d(4, 6, 3, STEPS, true, DType.F64, RANDOM);
  }

  @ParameterizedTest
  @MethodSource("layers")
  void plain(Case layer) {
    Differences.check(layer.module, layer.input, !layer.name.equals("embedding"));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void underWeightNorm(Case layer) {
    for (Axes axes : List.of(Axes.except(0), Axes.along(0), Axes.along(-1), Axes.whole())) {
      // Slices of ordinary length: differences are useless where 1/‖v‖ is steep.
      layer
          .module
          .allParameters()
          .values()
          .forEach(parameter -> parameter.assign(random(RANDOM, parameter.shape())));
      WeightNormHook.applyAll(layer.module, path -> path.endsWith("weight"), WeightNorm.of(axes));
      // Neither g = ‖v‖ nor all of one sign.
      layer
          .module
          .allParameters()
          .forEach((path, parameter) -> {
            if (path.endsWith("_g")) {
              parameter.assign(random(RANDOM, parameter.shape()));
            }
          });
      Differences.check(layer.module, layer.input, !layer.name.equals("embedding"));
      WeightNormHook.removeAll(layer.module, path -> true);
    }
  }
}
