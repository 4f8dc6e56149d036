package dev.slicenorm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.math.BigDecimal;
import java.util.List;

/** The accuracy that the library promises, in one place, and the checks against it. */
public final class Contract {

  private Contract() {}

  /** {@return the greatest error of a norm, in ULP of the element type it is stored in} */
  public static double normLimit(DType input, DType output, double p) {
    if (input != DType.F64 || output != DType.F64) {
      return 0.5001;
    }
    return p == 1 || p == 2 || p == 0 || Double.isInfinite(p) ? 2 : 4;
  }

  /** {@return the greatest error of a weight} */
  public static double weightLimit(DType output) {
    return output == DType.F64 ? 2 : 0.5001;
  }

  /**
   * {@return the greatest error of a gradient beyond its one rounding, in ULP of the size of the
   * terms it is the difference of}
   *
   * <p>Below F64, everything is computed in {@code double}. A block adds at most 128 products to a
   * lane, and five halvings and a tree follow, so the sum is good to 2^-45 of {@code Σ|dw·v|} even
   * for the longest slices, and the few operations after it add less. That is 2^-21 of an F32 ULP;
   * 2^-16 leaves room.
   *
   * <p>In F64, the sum and the norm are nearly exact, and what is left are the roundings of {@code
   * g/n}, {@code s/n/n}, the product, the difference and the store: below 4 ULP together.
   */
  public static double gradientLimit(DType output) {
    return output == DType.F64 ? 4 : 0x1p-16;
  }

  /**
   * Fails unless each element is within a limit.
   *
   * @param what names the case
   * @param got what was computed
   * @param truth in row-major order
   * @param limit in ULP of the element type of {@code got}
   */
  public static void assertWithin(String what, Tensor got, List<Exact> truth, double limit) {
    double[] elements = got.toDoubleArray();
    assertThat(elements).as(what).hasSize(truth.size());
    for (int i = 0; i < elements.length; i++) {
      double error = Ulp.error(got.dtype(), elements[i], truth.get(i));
      if (!(error <= limit)) {
        assertThat(error)
            .as(
                "%s: error at element %s in ULP: got %s, truth %s",
                what, i, elements[i], truth.get(i))
            .isLessThanOrEqualTo(limit);
      }
    }
  }

  /**
   * Fails unless each element of a gradient is within the limit for its terms.
   *
   * @param what names the case
   * @param got what was computed
   * @param truth in row-major order
   * @param sizes how large the terms are
   */
  public static void assertGradient(
      String what, Tensor got, List<Exact> truth, List<BigDecimal> sizes) {
    double[] elements = got.toDoubleArray();
    assertThat(elements).as(what).hasSize(truth.size());
    for (int i = 0; i < elements.length; i++) {
      assertGradient(what + " element " + i, got.dtype(), elements[i], truth.get(i), sizes.get(i));
    }
  }

  /** Fails unless one element of a gradient is within the limit for its terms. */
  public static void assertGradient(
      String what, DType dtype, double got, Exact truth, BigDecimal size) {
    if (Ulp.error(dtype, got, truth) <= 0.5001) {
      return;
    }
    String description = "%s: got %s, truth %s, terms of size %s".formatted(what, got, truth, size);
    assertThat(truth.isFinite() && Double.isFinite(got)).as(description).isTrue();
    BigDecimal allowed =
        BigMath.powerOfTwo(Ulp.unitExponent(dtype, truth.finite()))
            .multiply(new BigDecimal("0.5001"))
            .add(
                BigMath.powerOfTwo(Ulp.termUnitExponent(dtype, size))
                    .multiply(new BigDecimal(gradientLimit(dtype))));
    assertThat(truth.finite().subtract(new BigDecimal(got)).abs())
        .as(description)
        .isLessThanOrEqualTo(allowed);
  }
}
