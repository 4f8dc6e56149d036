package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.testing.MatrixProducts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plain products beside the definition of their order, to the bit. */
class MatrixKernelTest {

  @Test
  void smallSizesInEveryLayout() {
    assertThat(new MatrixProducts(new MatrixKernel(), 1).checkUpTo(13)).isEqualTo(4 * 14 * 14 * 14);
  }

  @ParameterizedTest
  @ValueSource(ints = {63, 100, 255, 256, 257, 511, 513})
  void deepOnes(int depth) {
    MatrixProducts products = new MatrixProducts(new MatrixKernel(), depth);
    products.check(5, depth, 7, false, false);
    products.check(5, depth, 7, false, true);
    products.check(5, depth, 7, true, false);
  }

  @Test
  void productsAndSumsAreRoundedOneByOne() {
    MatrixKernel kernel = new MatrixKernel();
    double[] c = {-1};
    MatrixOperand a = new MatrixOperand(new double[] {1 + 0x1p-30}, 0, 1, 1);
    MatrixOperand b = new MatrixOperand(new double[] {1 - 0x1p-30}, 0, 1, 1);
    kernel.addProduct(a, b, c, 0, 1, 1, 1);
    assertThat(c).as("fused, it would be -2^-60").containsExactly(0);
    MatrixOperand ones = new MatrixOperand(new double[] {1, 1, 1}, 0, 3, 1);
    MatrixOperand losing = new MatrixOperand(new double[] {0x1p53, 1, -0x1p53}, 0, 1, 1);
    kernel.addProduct(ones, losing, c, 0, 1, 3, 1);
    assertThat(c).as("in another order, it would be 1").containsExactly(0);
  }

  @Test
  void anOperandWhoseRowsAndColumnsBothLieApartIsRefused() {
    assertThatThrownBy(() -> new MatrixOperand(new double[9], 0, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rowStep 2, columnStep 3: expected one of them to be 1");
  }
}
