package dev.slicenorm.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Norm;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Contract;
import dev.slicenorm.testing.Exact;
import dev.slicenorm.testing.ExactWeightNorm;
import dev.slicenorm.testing.GoldenCase;
import dev.slicenorm.testing.GoldenData;
import dev.slicenorm.testing.Ulp;
import dev.slicenorm.weightnorm.WeightNorm;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Weight norm of all golden cases. Where a slice has norm zero the stated truth is PyTorch's NaN,
 * and the policy decides.
 */
class GoldenWeightNormTest {

  static Stream<GoldenCase> weights() {
    return GoldenData.cases("weight_norm");
  }

  static Stream<GoldenCase> gradients() {
    return GoldenData.cases("weight_norm_backward").filter(each -> !isLarge(each));
  }

  static Stream<GoldenCase> largeGradients() {
    return GoldenData.cases("weight_norm_backward").filter(GoldenWeightNormTest::isLarge);
  }

  private static boolean isLarge(GoldenCase golden) {
    return golden.suite().equals("large");
  }

  @ParameterizedTest
  @MethodSource("weights")
  void byDefaultZeroSlicesAreZero(GoldenCase golden) {
    Tensor x = golden.x();
    Tensor w = WeightNorm.of(golden.axes()).compose(x, golden.g());
    assertThat(w.dtype()).isEqualTo(golden.dtype());
    assertThat(w.shape()).isEqualTo(x.shape());
    double[] zero = whereNormsAreZero(golden.axes(), x);
    double[] weights = w.toDoubleArray();
    int[] positions = golden.positions("w");
    List<Exact> truth = golden.truth("w");
    assertThat(truth).hasSameSizeAs(positions);
    for (int i = 0; i < positions.length; i++) {
      int at = positions[i];
      Exact expected = zero[at] == 0 ? Exact.ZERO : truth.get(i);
      assertThat(Ulp.error(golden.dtype(), weights[at], expected))
          .as("error at element %s in ULP: got %s, truth %s", at, weights[at], expected)
          .isLessThanOrEqualTo(Contract.weightLimit(golden.dtype()));
    }
  }

  @ParameterizedTest
  @MethodSource("weights")
  void withPolicyNanTheTruthHoldsEverywhere(GoldenCase golden) {
    Tensor x = golden.x();
    Tensor w = WeightNorm.of(golden.axes()).withZeroSlice(ZeroSlice.NAN).compose(x, golden.g());
    double[] weights = w.toDoubleArray();
    int[] positions = golden.positions("w");
    List<Exact> truth = golden.truth("w");
    for (int i = 0; i < positions.length; i++) {
      double got = weights[positions[i]];
      assertThat(Ulp.error(golden.dtype(), got, truth.get(i)))
          .as("error at element %s in ULP: got %s, truth %s", positions[i], got, truth.get(i))
          .isLessThanOrEqualTo(Contract.weightLimit(golden.dtype()));
    }
  }

  /** {@return the norm of the slice of each element, in row-major order} */
  private static double[] whereNormsAreZero(Axes axes, Tensor x) {
    return SliceNorms.of(Norm.MAX, axes).of(x, DType.F64).expand(x.shape()).toDoubleArray();
  }

  /**
   * Cases whose norms lie at or below Jittor's floor. Its F16 has no floor, which sinks to 0 there,
   * and subnormal inputs are zeros to it.
   */
  static Stream<GoldenCase> atTheFloor() {
    return Stream.concat(weights(), GoldenData.cases("weight_norm_backward"))
        .filter(each -> each.dtype() == DType.F32 || each.dtype() == DType.F64)
        .filter(
            each -> Stream.of("zero_slice", "all_zero", "neg_zero", "tiny").anyMatch(each::hasTag));
  }

  @Test
  void thereAreCasesAtTheFloor() {
    assertThat(atTheFloor()).hasSizeGreaterThan(20);
  }

  @ParameterizedTest
  @MethodSource("atTheFloor")
  void withPolicyJittorItsResultsComeOut(GoldenCase golden) {
    WeightNorm weightNorm = WeightNorm.of(golden.axes()).withZeroSlice(ZeroSlice.JITTOR);
    Tensor x = golden.x();
    Tensor g = golden.g();
    ExactWeightNorm exact = new ExactWeightNorm(golden.axes(), ZeroSlice.JITTOR, x, g);
    if (golden.op().equals("weight_norm")) {
      Tensor w = weightNorm.compose(x, g);
      Contract.assertWithin(golden.id(), w, exact.weight(), Contract.weightLimit(w.dtype()));
      assertNear(golden, "w", w);
    } else {
      WeightNorm.Gradients got = weightNorm.backward(x, g, golden.r());
      ExactWeightNorm.Gradients truth = exact.gradients(golden.r());
      Contract.assertGradient(golden.id() + " dg", got.dg(), truth.dg(), truth.dgSize());
      Contract.assertGradient(golden.id() + " dv", got.dv(), truth.dv(), truth.dvSize());
      assertNear(golden, "dg", got.dg());
      assertNear(golden, "dv", got.dv());
    }
  }

  /**
   * Jittor computes in the element type, so its own results are some units off; and its 1e-30 is a
   * float, which makes the floor wrong by 1.6e-9 in F64.
   */
  private static void assertNear(GoldenCase golden, String output, Tensor got) {
    double[] theirs = golden.framework(output, "jittor");
    double[] ours = got.toDoubleArray();
    double greatest = 0;
    for (double value : theirs) {
      greatest = Math.max(greatest, Double.isFinite(value) ? Math.abs(value) : 0);
    }
    double unit = golden.dtype() == DType.F64 ? Math.ulp(greatest) : Math.ulp((float) greatest);
    for (int i = 0; i < ours.length; i++) {
      double difference = Math.abs(ours[i] - theirs[i]);
      double allowed = 8 * unit + (golden.dtype() == DType.F64 ? 2e-9 * Math.abs(theirs[i]) : 0);
      assertThat(difference <= allowed || Double.compare(ours[i], theirs[i]) == 0)
          .as("%s element %s: got %s, Jittor %s", output, i, ours[i], theirs[i])
          .isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("gradients")
  void gradientsAreWithinTheContract(GoldenCase golden) {
    Tensor x = golden.x();
    Tensor g = golden.g();
    Tensor r = golden.r();
    WeightNorm.Gradients got =
        WeightNorm.of(golden.axes()).withZeroSlice(ZeroSlice.NAN).backward(x, g, r);
    ExactWeightNorm.Gradients sizes =
        new ExactWeightNorm(golden.axes(), ZeroSlice.NAN, x, g).gradients(r);
    Contract.assertGradient(golden.id() + " dg", got.dg(), golden.truth("dg"), sizes.dgSize());
    Contract.assertGradient(golden.id() + " dv", got.dv(), golden.truth("dv"), sizes.dvSize());
  }

  @ParameterizedTest
  @MethodSource("gradients")
  void byDefaultZeroSlicesHaveGradientZero(GoldenCase golden) {
    Tensor x = golden.x();
    WeightNorm.Gradients got = WeightNorm.of(golden.axes()).backward(x, golden.g(), golden.r());
    double[] zero = whereNormsAreZero(golden.axes(), x);
    double[] dv = got.dv().toDoubleArray();
    List<Exact> truth = golden.truth("dv");
    for (int i = 0; i < dv.length; i++) {
      if (zero[i] == 0) {
        assertThat(dv[i]).as("dv of a zero slice, element %s", i).isZero();
      } else {
        assertThat(Double.isNaN(dv[i]))
            .as("dv element %s: got %s, truth %s", i, dv[i], truth.get(i))
            .isEqualTo(Double.isNaN(truth.get(i).nearest()));
      }
    }
    double[] norms = SliceNorms.of(Norm.MAX, golden.axes()).of(x, DType.F64).toDoubleArray();
    double[] dg = got.dg().toDoubleArray();
    for (int i = 0; i < dg.length; i++) {
      if (norms[i] == 0) {
        assertThat(dg[i]).as("dg of a zero slice, element %s", i).isZero();
      }
    }
  }

  /**
   * The sizes of the terms are taken from the whole tensor, as the manifest does: {@code
   * max|g|/n·max|r|}. These tensors are evenly filled, so that is no coarser by more than a few.
   */
  @ParameterizedTest
  @MethodSource("largeGradients")
  void gradientsOfLargeTensorsAreWithinTheContract(GoldenCase golden) {
    Tensor x = golden.x();
    Tensor g = golden.g();
    Tensor r = golden.r();
    WeightNorm.Gradients got = WeightNorm.of(golden.axes()).backward(x, g, r);
    double leastNorm = least(SliceNorms.l2(golden.axes()).of(x, DType.F64).toDoubleArray());
    double size = greatest(g.toDoubleArray()) / leastNorm * greatest(r.toDoubleArray());
    assertWithin(golden, "dv", got.dv(), size);
    double slices = got.dg().count();
    assertWithin(
        golden,
        "dg",
        got.dg(),
        greatest(x.toDoubleArray())
            * greatest(r.toDoubleArray())
            * (x.count() / slices)
            / leastNorm);
  }

  private static void assertWithin(GoldenCase golden, String output, Tensor got, double size) {
    double[] elements = got.toDoubleArray();
    int[] positions = golden.positions(output);
    List<Exact> truth = golden.truth(output);
    assertThat(truth).hasSameSizeAs(positions);
    for (int i = 0; i < positions.length; i++) {
      Contract.assertGradient(
          output + " element " + positions[i],
          golden.dtype(),
          elements[positions[i]],
          truth.get(i),
          new BigDecimal(size));
    }
  }

  private static double greatest(double[] values) {
    double greatest = 0;
    for (double value : values) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    return greatest;
  }

  private static double least(double[] values) {
    double least = Double.POSITIVE_INFINITY;
    for (double value : values) {
      least = Math.min(least, Math.abs(value));
    }
    return least;
  }

  @Test
  void jittorsDocumentedExampleComesOutTheSame() {
    Tensor v = Tensor.of(new float[] {1, 2, 3}, 3);
    Tensor g = Tensor.of(new float[] {1}, 1);
    // Printed there as [0.26726124 0.5345225 0.8017837]: seven digits, one unit apart in the first.
    float[] w = WeightNorm.of(Axes.along(0)).compose(v, g).toFloatArray();
    assertThat(w[0]).isCloseTo(0.26726124f, within(3e-8f));
    assertThat(w[1]).isCloseTo(0.5345225f, within(6e-8f));
    assertThat(w[2]).isCloseTo(0.8017837f, within(6e-8f));
  }
}
