package dev.slicenorm.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Differences;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the layers compute, beside the definition written as plain loops. */
class LayersForwardTest {

  private static final SplittableRandom RANDOM = new SplittableRandom(3);

  static Stream<ConvolutionSteps> steps() {
    return Stream.of(
        ConvolutionSteps.PLAIN,
        ConvolutionSteps.PLAIN.withStride(2),
        ConvolutionSteps.PLAIN.withPadding(2),
        ConvolutionSteps.PLAIN.withDilation(2),
        ConvolutionSteps.PLAIN.withGroups(2),
        new ConvolutionSteps(3, 1, 2, 2));
  }

  @ParameterizedTest
  @MethodSource("steps")
  void conv2dAndConv1d(ConvolutionSteps steps) {
    Conv2d planar = new Conv2d(4, 6, 3, 2, steps, true, DType.F64, RANDOM);
    Tensor image = Differences.random(RANDOM, 2, 4, 7, 8);
    Tensor output = planar.forward(image);
    Tensor weight = planar.weight("weight");
    Tensor bias = planar.weight("bias");
    for (long n = 0; n < 2; n++) {
      for (long o = 0; o < 6; o++) {
        for (long y = 0; y < output.size(2); y++) {
          for (long x = 0; x < output.size(3); x++) {
            assertThat(output.get(n, o, y, x))
                .isCloseTo(bias.get(o) + at(image, weight, steps, n, o, y, x), within(1e-13));
          }
        }
      }
    }
    assertThat(output.size(2))
        .isEqualTo((7 + 2 * steps.padding() - steps.dilation() * 2 - 1) / steps.stride() + 1);

    Conv1d line = new Conv1d(4, 6, 3, steps, false, DType.F64, RANDOM);
    Tensor signal = Differences.random(RANDOM, 2, 4, 9);
    Tensor along = line.forward(signal);
    for (long o = 0; o < 6; o++) {
      for (long x = 0; x < along.size(2); x++) {
        double sum = 0;
        for (long c = 0; c < 4 / steps.groups(); c++) {
          for (long j = 0; j < 3; j++) {
            long beside = x * steps.stride() + j * steps.dilation() - steps.padding();
            if (beside >= 0 && beside < 9) {
              long channel = o / (6 / steps.groups()) * (4 / steps.groups()) + c;
              sum += line.weight("weight").get(o, c, j) * signal.get(1, channel, beside);
            }
          }
        }
        assertThat(along.get(1, o, x)).isCloseTo(sum, within(1e-13));
      }
    }
  }

  private static double at(
      Tensor image, Tensor weight, ConvolutionSteps steps, long n, long o, long y, long x) {
    double sum = 0;
    long group = 4 / steps.groups();
    for (long c = 0; c < group; c++) {
      for (long i = 0; i < weight.size(2); i++) {
        for (long j = 0; j < weight.size(3); j++) {
          long above = y * steps.stride() + i * steps.dilation() - steps.padding();
          long beside = x * steps.stride() + j * steps.dilation() - steps.padding();
          if (above >= 0 && above < image.size(2) && beside >= 0 && beside < image.size(3)) {
            long channel = o / (6 / steps.groups()) * group + c;
            sum += weight.get(o, c, i, j) * image.get(n, channel, above, beside);
          }
        }
      }
    }
    return sum;
  }

  @ParameterizedTest
  @MethodSource("steps")
  void convTransposeSpreadsEachInput(ConvolutionSteps steps) {
    ConvTranspose1d layer = new ConvTranspose1d(4, 6, 3, steps, true, DType.F64, RANDOM);
    Tensor signal = Differences.random(RANDOM, 2, 4, 5);
    Tensor output = layer.forward(signal);
    int wide = 4 * steps.stride() - 2 * steps.padding() + steps.dilation() * 2 + 1;
    assertThat(output.shape()).containsExactly(2, 6, wide);
    int groupOutputs = 6 / steps.groups();
    int group = 4 / steps.groups();
    double[][] expected = new double[6][wide];
    for (int c = 0; c < 4; c++) {
      for (int o = 0; o < groupOutputs; o++) {
        for (int x = 0; x < 5; x++) {
          for (int j = 0; j < 3; j++) {
            int to = x * steps.stride() + j * steps.dilation() - steps.padding();
            if (to >= 0 && to < wide) {
              expected[c / group * groupOutputs + o][to] +=
                  layer.weight("weight").get(c, o, j) * signal.get(1, c, x);
            }
          }
        }
      }
    }
    for (int o = 0; o < 6; o++) {
      for (int x = 0; x < wide; x++) {
        assertThat(output.get(1, o, x))
            .isCloseTo(expected[o][x] + layer.weight("bias").get(o), within(1e-13));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void linearInEveryElementType(DType dtype) {
    Linear layer = new Linear(2, 3, true, dtype, RANDOM);
    layer.assign("weight", Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 3, 2));
    layer.assign("bias", Tensor.of(new double[] {0.5, 0, -1}, 3));
    Tensor output = layer.forward(Tensor.of(new double[] {1, 10, 2, -1}, 2, 2).to(dtype));
    assertThat(output.dtype()).isEqualTo(dtype);
    assertThat(output.toDoubleArray()).containsExactly(21.5, 43, 64, 0.5, 2, 3);
  }

  @Test
  void theBatchSizeDoesNotShowInTheResults() {
    Linear layer = new Linear(41, 35, true, DType.F64, RANDOM);
    Tensor batch = Differences.random(RANDOM, 9, 41);
    Tensor together = layer.forward(batch);
    for (int row = 0; row < 9; row++) {
      assertThat(layer.forward(batch.slice(0, row, row + 1)).toDoubleArray())
          .containsExactly(together.select(0, row).toDoubleArray());
    }
  }

  @Test
  void embeddingRefusesWhatIsNoRow() {
    Embedding table = new Embedding(3, 2);
    assertThat(table.forward(Tensor.of(new float[] {2, 0, 1, 1}, 2, 2)).shape())
        .containsExactly(2, 2, 2);
    for (float bad : new float[] {-1, 3, 0.5f, Float.NaN}) {
      assertThatThrownBy(() -> table.forward(Tensor.of(new float[] {0, bad}, 2)))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining("index " + (double) bad + " at position 1")
          .hasMessageContaining("0 to 2");
    }
  }

  @Test
  void aWrongInputIsNamed() {
    Sequential net =
        new Sequential().add("encoder", new Sequential().add("conv1", new Conv1d(2, 3, 3)));
    assertThatThrownBy(() -> net.forward(Tensor.of(new float[8], 1, 4, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("input of encoder.conv1 (Conv1d) is F32[1, 4, 2], expected F32[N, 2, length]");
    assertThatThrownBy(() -> net.forward(Tensor.of(new float[4], 1, 2, 2)))
        .hasMessageContaining("smaller than the kernel");
  }

  @Test
  void anInputSmallerThanTheKernelIsRefusedWithBothSizes() {
    ConvolutionSteps steps = ConvolutionSteps.PLAIN;
    ConvolutionSteps wider = steps.withPadding(1).withDilation(2);
    refuse(
        new Conv1d(2, 2, 7),
        "input of Conv1d is F32[1, 2, 3], smaller than the kernel: [3] with padding 0, expected at"
            + " least [7] for a kernel of [7] with dilation 1",
        1,
        2,
        3);
    refuse(
        new Conv1d(2, 2, 4, wider, true, DType.F32, RANDOM),
        "input of Conv1d is F32[1, 2, 3], smaller than the kernel: [5] with padding 1, expected at"
            + " least [7] for a kernel of [4] with dilation 2",
        1,
        2,
        3);
    refuse(
        new Conv2d(2, 2, 3, 2, steps, true, DType.F32, RANDOM),
        "input of Conv2d is F32[1, 2, 2, 6], smaller than the kernel: [2, 6] with padding 0,"
            + " expected at least [3, 2] for a kernel of [3, 2] with dilation 1",
        1,
        2,
        2,
        6);
    refuse(
        new Conv2d(2, 2, 3, 2, steps, true, DType.F32, RANDOM),
        "input of Conv2d is F32[1, 2, 1, 6], smaller than the kernel: [1, 6] with padding 0,"
            + " expected at least [3, 2] for a kernel of [3, 2] with dilation 1",
        1,
        2,
        1,
        6);
    refuse(
        new ConvTranspose1d(2, 2, 3, steps.withPadding(2), true, DType.F32, RANDOM),
        "input of ConvTranspose1d is F32[1, 2, 1]: a kernel of 3 with padding 2 gives an output of"
            + " length -1, expected at least 1",
        1,
        2,
        1);
    Conv2d row = new Conv2d(2, 2, 1, 2, steps, true, DType.F32, RANDOM);
    assertThat(row.forward(Tensor.zeros(DType.F32, 1, 2, 1, 6)).describe())
        .isEqualTo("F32[1, 2, 1, 5]");
  }

  private static void refuse(Module layer, String message, long... shape) {
    assertThatThrownBy(() -> layer.forward(Tensor.zeros(DType.F32, shape)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void activations() {
    Tensor input = Tensor.of(new double[] {-2, 0, 3, Double.NaN}, 4);
    assertThat(new Relu().forward(input).toDoubleArray()).containsExactly(0, 0, 3, Double.NaN);
    assertThat(new LeakyRelu(0.1).forward(input).toDoubleArray())
        .containsExactly(-0.2, 0, 3, Double.NaN);
    assertThat(new Tanh().forward(input).get(2)).isEqualTo(Math.tanh(3));
  }

  @Test
  void meanOnlyBatchNormFollowsTheMeanAndUsesItInEvaluation() {
    MeanOnlyBatchNorm norm = new MeanOnlyBatchNorm(2, 0.5, DType.F64);
    norm.assign("bias", Tensor.of(new double[] {0, 10}, 2));
    Tensor input = Tensor.of(new double[] {1, 2, 3, 6}, 2, 2);
    assertThat(norm.forward(input).toDoubleArray()).containsExactly(-1, 8, 1, 12);
    assertThat(norm.state().keySet()).containsExactly("bias", "running_mean");
    norm.eval();
    assertThat(norm.forward(input).toDoubleArray()).containsExactly(0, 10, 2, 14);
  }
}
