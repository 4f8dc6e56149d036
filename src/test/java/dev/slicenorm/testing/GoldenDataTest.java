package dev.slicenorm.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.DType;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The golden data are read as they were written: the truth is found again by our own reference, and
 * the errors that the manifest states for the frameworks come out again.
 */
class GoldenDataTest {

  /** The manifest cuts errors off here. */
  private static final double MOST_STATED = 1e30;

  private static final BigDecimal SMALLEST_HALF = BigMath.powerOfTwo(-1075);
  private static final BigDecimal RESOLUTION = BigMath.powerOfTwo(-102);

  @Test
  void everyCaseIsThere() {
    assertThat(GoldenData.cases()).hasSize(1858);
    assertThat(GoldenData.cases().map(GoldenCase::id)).doesNotHaveDuplicates();
  }

  @Test
  void wordsAreThoseOfTheManifest() {
    Recipe.Words words = new Recipe.Words(42);
    assertThat(List.of(words.next(), words.next(), words.next()))
        .containsExactly(0xbdd732262feb6e95L, 0x28efe333b266f103L, 0x47526757130f9f52L);
  }

  static Stream<GoldenCase> small() {
    return GoldenData.cases().filter(each -> !each.suite().equals("large"));
  }

  @Test
  void recipesGiveTheStoredInputs() {
    assertThat(small().flatMap(each -> each.inputsTwice().stream()))
        .hasSizeGreaterThan(1500)
        .allSatisfy(pair -> assertThat(pair[1].toDoubleArray()).isEqualTo(pair[0].toDoubleArray()));
  }

  static Stream<GoldenCase> norms() {
    return small().filter(each -> each.op().startsWith("norm_"));
  }

  @ParameterizedTest
  @MethodSource("norms")
  void ourReferenceFindsTheNorms(GoldenCase golden) {
    assertSame(golden, ExactNorms.norms(golden.p(), golden.axes(), golden.x()), golden.truth("y"));
  }

  static Stream<GoldenCase> weights() {
    return small().filter(each -> each.op().equals("weight_norm"));
  }

  @ParameterizedTest
  @MethodSource("weights")
  void ourReferenceFindsTheWeights(GoldenCase golden) {
    assertSame(
        golden,
        new ExactWeightNorm(golden.axes(), ZeroSlice.NAN, golden.x(), golden.g()).weight(),
        golden.truth("w"));
  }

  static Stream<GoldenCase> gradients() {
    return small().filter(each -> each.op().equals("weight_norm_backward"));
  }

  @ParameterizedTest
  @MethodSource("gradients")
  void ourReferenceFindsTheGradients(GoldenCase golden) {
    ExactWeightNorm.Gradients gradients =
        new ExactWeightNorm(golden.axes(), ZeroSlice.NAN, golden.x(), golden.g())
            .gradients(golden.r());
    assertSame(golden, gradients.dg(), golden.truth("dg"), gradients.dgSize());
    assertSame(golden, gradients.dv(), golden.truth("dv"), gradients.dvSize());
  }

  private static void assertSame(GoldenCase golden, List<Exact> found, List<Exact> stated) {
    assertSame(
        golden,
        found,
        stated,
        found.stream().map(each -> each.isFinite() ? each.finite() : BigDecimal.ZERO).toList());
  }

  /**
   * Below F64 the truth is given as the nearest double. For F64 it is a sum of two, which is good
   * to 2^-106, except where the second would lie below the smallest double. Where terms cancel, our
   * reference is good to its 64 digits of the terms, {@code sizes}.
   */
  private static void assertSame(
      GoldenCase golden, List<Exact> found, List<Exact> stated, List<BigDecimal> sizes) {
    assertThat(found).hasSameSizeAs(stated);
    for (int i = 0; i < stated.size(); i++) {
      String what = "element %s: stated %s, found %s".formatted(i, stated.get(i), found.get(i));
      if (!stated.get(i).isFinite() || !found.get(i).isFinite()) {
        assertThat(Ulp.error(DType.F64, stated.get(i).nearest(), found.get(i))).as(what).isZero();
        continue;
      }
      BigDecimal size = stated.get(i).finite().abs();
      BigDecimal resolution =
          golden.dtype() == DType.F64
              ? size.multiply(RESOLUTION).add(SMALLEST_HALF)
              : BigMath.powerOfTwo(Ulp.unitExponent(DType.F64, size) - 1);
      assertThat(stated.get(i).finite().subtract(found.get(i).finite()).abs())
          .as(what)
          .isLessThanOrEqualTo(
              resolution
                  .multiply(new BigDecimal("1.000001"))
                  .add(sizes.get(i).abs().scaleByPowerOfTen(-60)));
    }
  }

  @Test
  void theStatedErrorsOfTheFrameworksComeOutAgain() {
    GoldenData.cases()
        .forEach(golden -> {
          for (String output : golden.outputs()) {
            for (String framework : List.of("torch", "torch2", "numpy", "jittor")) {
              // Jittor's BF16 results were measured before, and stored after, it cut them to 16
              // bits.
              boolean cut = golden.dtype() == DType.BF16 && framework.equals("jittor");
              if (golden.has(output, framework) && !cut) {
                check(golden, output, framework);
              }
            }
          }
        });
  }

  private static void check(GoldenCase golden, String output, String framework) {
    double[] got = golden.framework(output, framework);
    List<Exact> truth = golden.truth(output);
    double worst = 0;
    int otherClass = 0;
    for (int i = 0; i < got.length; i++) {
      double error = Ulp.error(golden.dtype(), got[i], truth.get(i));
      double infinity = Math.copySign(Double.POSITIVE_INFINITY, truth.get(i).nearest());
      boolean overflows = Ulp.error(golden.dtype(), infinity, truth.get(i)) <= 0.5;
      boolean same =
          Double.isInfinite(got[i]) == overflows
              && Double.isNaN(got[i]) == Double.isNaN(truth.get(i).nearest());
      if (!same) {
        otherClass++;
      } else {
        worst = Math.max(worst, Math.min(error, MOST_STATED));
      }
    }
    double[] stated = golden.frameworkUlp(output, framework);
    assertThat(worst)
        .as("%s %s %s", golden, output, framework)
        .isCloseTo(stated[0], within(stated[0] * 1e-3 + 1e-9));
    assertThat(otherClass).as("%s %s %s", golden, output, framework).isEqualTo((int) stated[1]);
  }
}
