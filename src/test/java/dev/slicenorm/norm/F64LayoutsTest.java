package dev.slicenorm.norm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An F64 slice has the same norm alone, which has a way of its own, among other rows, as a column
 * and backwards: ordinary ones, and such whose squares leave the range.
 */
class F64LayoutsTest {

  private static final Norm[] NORMS = {
    Norm.L1, Norm.L2, Norm.MAX, Norm.MIN, Norm.COUNT, Norm.p(3), Norm.p(0.5)
  };

  private static final double[] SIZES = {
    1, 0x1p-500, 0x1p-1050, 0x1p520, 0x1p1015, 0, Double.POSITIVE_INFINITY, Double.NaN
  };

  static IntStream lengths() {
    return IntStream.concat(
        IntStream.range(1, 70), IntStream.of(100, 1023, 4095, 4096, 4097, 9000));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void aSliceHasTheSameNormInEveryLayout(int length) {
    SplittableRandom random = new SplittableRandom(length);
    int rows = SIZES.length;
    double[] elements = new double[rows * length];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < length; i++) {
        elements[row * length + i] = random.nextInt(5) == 0 ? 0 : random.nextGaussian();
      }
      // All of a row, or a single one that is no number.
      for (int i = 0; i < length; i++) {
        if (Double.isFinite(SIZES[row]) || i == length / 2) {
          elements[row * length + i] *= SIZES[row];
        }
      }
    }
    Tensor x = Tensor.of(elements, rows, length);
    Tensor columns = x.transpose().copy();
    Tensor apart = Tensor.zeros(DType.F64, length, rows + 1).slice(1, 1, rows + 1);
    apart.copyFrom(columns);
    for (Norm norm : NORMS) {
      double[] together = SliceNorms.of(norm, Axes.along(1)).of(x).toDoubleArray();
      double[] alone = new double[rows];
      for (int row = 0; row < rows; row++) {
        double[] slice = Arrays.copyOfRange(elements, row * length, (row + 1) * length);
        alone[row] = SliceNorms.of(norm, Axes.whole()).of(Tensor.of(slice, length)).item();
        assertThat(SliceNorms.of(norm, Axes.along(1)).of(x.slice(0, row, row + 1)).item())
            .isEqualTo(Double.valueOf(alone[row]));
      }
      assertThat(together).as("%s of %d", norm, length).containsExactly(alone);
      assertThat(SliceNorms.of(norm, Axes.along(0)).of(columns).toDoubleArray())
          .as("%s of columns of %d", norm, length)
          .containsExactly(alone);
      assertThat(SliceNorms.of(norm, Axes.along(0)).of(apart).toDoubleArray())
          .as("%s of columns of %d with a gap", norm, length)
          .containsExactly(alone);
      assertThat(SliceNorms.of(norm, Axes.along(1)).of(x.flip(0).copy().flip(0)).toDoubleArray())
          .as("%s of rows of %d, the last first", norm, length)
          .containsExactly(alone);
    }
  }
}
