package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Gradients by weights that are infinite, or no numbers: alike in all element types. */
class NonFiniteGradientTest {

  private static final float INFINITY = Float.POSITIVE_INFINITY;

  private static WeightNorm.Gradients gradients(DType dtype, Axes axes, Tensor v, Tensor dw) {
    WeightNorm norm = WeightNorm.of(axes);
    Tensor g = norm.norms(v);
    g.fill(1);
    return norm.backward(v.to(dtype), g.to(dtype), dw.to(dtype));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void infinitiesOfEitherSignStayInfinite(DType dtype) {
    Tensor v = Tensor.of(new float[] {1, 2}, 2);
    for (float sign : new float[] {1, -1}) {
      Tensor dw = Tensor.of(new float[] {sign * INFINITY, 0}, 2);
      WeightNorm.Gradients gradients = gradients(dtype, Axes.along(0), v, dw);
      assertThat(gradients.dg().toDoubleArray()).containsExactly(sign * INFINITY);
      assertThat(gradients.dv().toDoubleArray()).containsExactly(Double.NaN, -sign * INFINITY);
    }
  }

  /** Beside a slice that is not zero; along rows, columns, and rows that lie apart. */
  @ParameterizedTest
  @EnumSource(DType.class)
  void zeroSlicesHaveGradientZeroWhateverArrives(DType dtype) {
    int length = 9000;
    float[] v = new float[2 * length];
    float[] dw = new float[2 * length];
    for (int i = 0; i < length; i++) {
      v[length + i] = 1 + i % 5;
      dw[i] = i % 7 == 0 ? INFINITY : i % 7 == 1 ? Float.NaN : -1;
      dw[length + i] = 1;
    }
    Tensor rows = Tensor.of(v, 2, length);
    Tensor arriving = Tensor.of(dw, 2, length);
    assertZeroThenNumbers(
        gradients(dtype, Axes.along(1), rows, arriving).dv(), gradients(dtype, rows, arriving));
    WeightNorm.Gradients columns =
        gradients(dtype, Axes.along(0), rows.transpose(0, 1), arriving.transpose(0, 1));
    assertZeroThenNumbers(columns.dv().transpose(0, 1), columns);
    Tensor packedColumns = rows.transpose(0, 1).contiguous();
    columns = gradients(dtype, Axes.along(0), packedColumns, arriving.transpose(0, 1).contiguous());
    assertZeroThenNumbers(columns.dv().transpose(0, 1), columns);
  }

  private static WeightNorm.Gradients gradients(DType dtype, Tensor rows, Tensor arriving) {
    return gradients(dtype, Axes.except(0), rows, arriving);
  }

  private static void assertZeroThenNumbers(Tensor dv, WeightNorm.Gradients gradients) {
    assertThat(dv.select(0, 0).toDoubleArray()).containsOnly(0.0);
    assertThat(Arrays.stream(dv.select(0, 1).toDoubleArray()))
        .isNotEmpty()
        .allMatch(Double::isFinite);
    assertThat(gradients.dg().toDoubleArray()[0]).isZero();
  }
}
