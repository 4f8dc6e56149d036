package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.kernel.simd.VectorMatrixKernel;
import dev.slicenorm.testing.Child;
import dev.slicenorm.testing.MatrixProducts;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Products on SIMD lanes beside the definition of their order, to the bit: all sizes around a lane,
 * a block and a panel, at every vector width, with nothing touched beyond the result.
 */
@Tag("vector")
class VectorMatrixKernelTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {255, 256, 257, 512, 515})
  void severalPanels(int depth) {
    MatrixProducts products = new MatrixProducts(new VectorMatrixKernel(), depth);
    for (int size : new int[] {4, 7, 32, 35}) {
      products.check(size, depth, size, false, false);
      products.check(size, depth, size, false, true);
      products.check(size, depth, size, true, false);
      products.check(size, depth, size, true, true);
    }
  }

  @ParameterizedTest
  @CsvSource({"16, 128", "32, 256", "64, 512"})
  @Tag("child")
  void everySizeUpToThreeVectorsAtEveryWidth(int bytes, int bits) throws IOException {
    String printed = run("-XX:MaxVectorSize=" + bytes);
    // A machine may be narrower than what it is allowed.
    assertThat(printed).containsPattern("^[0-9]+ products on vectors of [0-9]+ bits");
    int width = Integer.parseInt(printed.replaceAll("(?s).* of ([0-9]+) bits.*", "$1"));
    assertThat(width).isBetween(128, bits);
    int sizes = 3 * width / Double.SIZE + 2;
    assertThat(printed).startsWith(4 * sizes * sizes * sizes + " products");
  }

  @Test
  @Tag("child")
  void withoutFusedInstructions() throws IOException {
    assertThat(run("-XX:-UseFMA")).contains(" products on vectors of ");
  }

  private String run(String option) throws IOException {
    String simd = "-D" + Kernels.PROPERTY + "=simd";
    String classPath = Child.classes() + File.pathSeparator + Child.testClasses();
    String program = MatrixProducts.class.getName();
    Child.Result result =
        Child.java(
            folder, option, simd, "--add-modules=jdk.incubator.vector", "-cp", classPath, program);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }
}
