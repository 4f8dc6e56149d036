package dev.slicenorm.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Sizes, gradients and numbers at the ends of what layers take. */
class LayerLimitsTest {

  private static final int HUGE = 1 << 30;
  private static final Tensor SIGNAL = Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 4);

  private static Conv1d conv(int kernel, ConvolutionSteps steps) {
    return new Conv1d(1, 1, kernel, steps, false, DType.F32, RandomGenerator.getDefault());
  }

  private static ConvTranspose1d transposed(int kernel, ConvolutionSteps steps) {
    return new ConvTranspose1d(1, 1, kernel, steps, false, DType.F32, RandomGenerator.getDefault());
  }

  @Test
  void aDilatedKernelIsLargerThanAnInt() {
    assertThatThrownBy(() -> conv(5, ConvolutionSteps.PLAIN.withDilation(HUGE)).forward(SIGNAL))
        .hasMessageContaining("smaller than the kernel")
        .hasMessageContaining("expected at least [4294967297]");
    assertThatThrownBy(
            () -> transposed(5, ConvolutionSteps.PLAIN.withDilation(HUGE)).forward(SIGNAL))
        .hasMessageContaining("output of ConvTranspose1d would have sizes [1, 1, 4294967300]");
  }

  @Test
  void outputsThatNoArrayHoldsAreRefused() {
    assertThatThrownBy(() -> conv(1, ConvolutionSteps.PLAIN.withPadding(HUGE)).forward(SIGNAL))
        .hasMessage(
            "each channel of the output of Conv1d would have sizes [1, 2147483652]: expected at"
                + " most 2147483647 elements");
    ConvolutionSteps padded = ConvolutionSteps.PLAIN.withPadding(32768);
    Conv2d planar = new Conv2d(1, 1, 1, 1, padded, false, DType.F32, RandomGenerator.getDefault());
    assertThatThrownBy(() -> planar.forward(Tensor.zeros(DType.F32, 1, 1, 1, 1)))
        .hasMessageContaining(
            "each channel of the output of Conv2d would have sizes [65537, 65537]");
    assertThatThrownBy(() -> transposed(1, ConvolutionSteps.PLAIN.withStride(HUGE)).forward(SIGNAL))
        .hasMessageContaining("output of ConvTranspose1d would have sizes [1, 1, 3221225473]");
    assertThatThrownBy(() -> new Conv1d(1, 65536, 1).forward(Tensor.zeros(DType.F32, 65536, 1, 1)))
        .hasMessageContaining("output of Conv1d would have sizes [65536, 65536, 1]");
    assertThatThrownBy(() -> new Linear(1, 65536).forward(Tensor.zeros(DType.F32, 65536, 1)))
        .hasMessageContaining("output of Linear would have sizes [65536, 65536]");
  }

  @Test
  void inputsThatNoArrayHoldsAreRefused() {
    refuse(new Linear(1, 1), "F32[4294967296, 1]", 1L << 32, 1);
    refuse(new Conv1d(1, 1, 1), "F32[1, 1, 4294967296]", 1, 1, 1L << 32);
    refuse(new Conv2d(1, 1, 1), "F32[1, 1, 65536, 65536]", 1, 1, 65536, 65536);
    refuse(new ConvTranspose1d(1, 1, 1), "F32[4294967296, 1, 1]", 1L << 32, 1, 1);
    refuse(new MeanOnlyBatchNorm(1), "F32[4294967296, 1]", 1L << 32, 1);
    // No element at all, but the length is none that a layer counts to.
    refuse(new Conv1d(1, 1, 1), "F32[0, 1, 4294967296]", 0, 1, 1L << 32);
  }

  private static void refuse(Module layer, String input, long... shape) {
    long[] small = Arrays.stream(shape).map(size -> Math.min(size, 1)).toArray();
    Tensor repeated = Tensor.zeros(DType.F32, small).expand(shape);
    assertThatThrownBy(() -> layer.forward(repeated))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "input of %s is %s: expected at most 2147483647 elements, and as many along an axis",
            layer.describe(), input);
  }

  @Test
  void rowsThatNoArrayHoldsAreRefused() {
    Embedding table = new Embedding(1, 65536);
    assertThatThrownBy(() -> table.forward(Tensor.zeros(DType.F32, 65536)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "output of Embedding would have sizes [65536, 65536]: expected at most 2147483647"
                + " elements");
  }

  @Test
  void aLongWayBetweenApplicationsIsFine() {
    Conv1d layer = conv(1, new ConvolutionSteps(HUGE, HUGE, 1, 1));
    layer.assign("weight", Tensor.of(new float[] {10}, 1, 1, 1));
    // Applications at -2^30, 0 and 2^30: the middle one meets the first element.
    assertThat(layer.forward(SIGNAL).toDoubleArray()).containsExactly(0, 10, 0);
    Tensor gradient = layer.backward(Tensor.of(new float[] {1, 1, 1}, 1, 1, 3));
    assertThat(gradient.toDoubleArray()).containsExactly(10, 0, 0, 0);
  }

  @Test
  void gradientsHaveTheShapeOfTheOutput() {
    MeanOnlyBatchNorm norm = new MeanOnlyBatchNorm(2);
    norm.forward(Tensor.zeros(DType.F32, 2, 2));
    assertThatThrownBy(() -> norm.backward(Tensor.zeros(DType.F32, 1, 2, 4)))
        .hasMessageContaining("output gradient of MeanOnlyBatchNorm has shape [1, 2, 4]")
        .hasMessageContaining("expected [2, 2] of the output");
    norm.forward(Tensor.zeros(DType.F32, 2, 2));
    Tensor wide = Tensor.of(new double[] {1, 2, 3, 5}, 2, 2);
    assertThat(norm.backward(wide).toDoubleArray()).containsExactly(-1, -1.5, 1, 1.5);
    assertThat(norm.parameter("bias").gradient().orElseThrow().toDoubleArray())
        .containsExactly(4, 7);
    Tanh tanh = new Tanh();
    tanh.forward(Tensor.zeros(DType.F32, 2, 3));
    assertThatThrownBy(() -> tanh.backward(Tensor.zeros(DType.F32, 3, 2)))
        .hasMessageContaining("output gradient of Tanh has shape [3, 2]");
  }

  @Test
  void reluOfInfinitiesAndNaN() {
    double infinity = Double.POSITIVE_INFINITY;
    Tensor input = Tensor.of(new double[] {-infinity, infinity, Double.NaN, -0.0, -3}, 5);
    assertThat(new Relu().forward(input).toDoubleArray())
        .containsExactly(0, infinity, Double.NaN, 0, 0);
    assertThat(new LeakyRelu(0.5).forward(input).toDoubleArray())
        .containsExactly(-infinity, infinity, Double.NaN, 0, -1.5);
  }

  @Test
  void whatReluHoldsBackHasNoGradientHoweverLarge() {
    double infinity = Double.POSITIVE_INFINITY;
    Tensor input = Tensor.of(new double[] {-infinity, -1, 0, 2, -1}, 5);
    Tensor arriving = Tensor.of(new double[] {infinity, -infinity, infinity, -7, Double.NaN}, 5);
    assertThat(gradient(new Relu(), input, arriving)).containsExactly(0, 0, 0, -7, Double.NaN);
    assertThat(gradient(new LeakyRelu(0.5), input, arriving))
        .containsExactly(infinity, -infinity, infinity, -7, Double.NaN);
  }

  /** As PyTorch's relu: where an input was NaN, training is to break visibly. */
  @Test
  void anInputThatIsNaNPassesItsGradient() {
    Tensor input = Tensor.of(new double[] {Double.NaN, -1}, 2);
    Tensor arriving = Tensor.of(new double[] {3, 3}, 2);
    assertThat(gradient(new Relu(), input, arriving)).containsExactly(3, 0);
    assertThat(gradient(new LeakyRelu(0.5), input, arriving)).containsExactly(3, 1.5);
  }

  private static double[] gradient(Module layer, Tensor input, Tensor arriving) {
    layer.forward(input);
    return layer.backward(arriving).toDoubleArray();
  }

  @Test
  void outputsWhoseLengthLeavesAnIntAreRefusedForABatchOfNoneToo() {
    ConvTranspose1d far =
        new ConvTranspose1d(
            1,
            1,
            1,
            ConvolutionSteps.PLAIN.withStride(1 << 20),
            true,
            DType.F32,
            RandomGenerator.getDefault());
    assertThatThrownBy(() -> far.forward(Tensor.zeros(DType.F32, 0, 1, 4097)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "each channel of the output of ConvTranspose1d would have sizes [4294967297]: expected"
                + " at most 2147483647 elements");
  }
}
