package dev.slicenorm.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.norm.Norm;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Contract;
import dev.slicenorm.testing.Exact;
import dev.slicenorm.testing.GoldenCase;
import dev.slicenorm.testing.GoldenData;
import dev.slicenorm.testing.Ulp;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Norms of all golden cases: ranks, views, tails, degenerate shapes, special values, large tensors.
 */
class GoldenNormTest {

  static Stream<GoldenCase> norms() {
    return GoldenData.cases().filter(each -> each.op().startsWith("norm_"));
  }

  @ParameterizedTest
  @MethodSource("norms")
  void normsAreWithinTheContract(GoldenCase golden) {
    Tensor x = golden.x();
    Tensor y = SliceNorms.of(Norm.p(golden.p()), golden.axes()).of(x);
    assertThat(y.dtype()).isEqualTo(golden.dtype());
    assertThat(y.shape()).isEqualTo(golden.axes().keptShape(x.shape()));
    double[] norms = y.toDoubleArray();
    double limit = Contract.normLimit(golden.dtype(), golden.dtype(), golden.p());
    int[] positions = golden.positions("y");
    List<Exact> truth = golden.truth("y");
    assertThat(truth).hasSameSizeAs(positions);
    for (int i = 0; i < positions.length; i++) {
      double got = norms[positions[i]];
      assertThat(Ulp.error(golden.dtype(), got, truth.get(i)))
          .as("error at element %s in ULP: got %s, truth %s", positions[i], got, truth.get(i))
          .isLessThanOrEqualTo(limit);
    }
  }

  static Stream<GoldenCase> shortTypes() {
    return norms().filter(each -> each.dtype() != DType.F64 && !each.suite().equals("large"));
  }

  @ParameterizedTest
  @MethodSource("shortTypes")
  void normsCanBeKeptInDouble(GoldenCase golden) {
    Tensor x = golden.x();
    Tensor y = SliceNorms.of(Norm.p(golden.p()), golden.axes()).of(x, DType.F64);
    // The truth of these cases is stated as one double, which is half an ULP off itself.
    Contract.assertWithin(golden.id(), y, golden.truth("y"), 4.5);
  }
}
