package dev.slicenorm.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.Slicenorm;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the calls accept and refuse, and the values that their documentation states. */
class SliceNormsTest {

  private static final Tensor X = Tensor.of(new float[] {3, -4, 0, 0, -5, 12}, 2, 3);

  static Stream<Norm> norms() {
    return Stream.of(Norm.L1, Norm.L2, Norm.MAX, Norm.MIN, Norm.COUNT, Norm.p(3), Norm.p(0.5));
  }

  @Test
  void smallNormsAreThoseOfTheBook() {
    assertThat(SliceNorms.l2(Axes.along(-1)).of(X).toFloatArray()).containsExactly(5, 13);
    assertThat(of(Norm.L1, Axes.along(1))).containsExactly(7, 17);
    assertThat(of(Norm.MAX, Axes.along(1))).containsExactly(4, 12);
    assertThat(of(Norm.MIN, Axes.along(0))).containsExactly(0, 4, 0);
    assertThat(of(Norm.COUNT, Axes.along(0))).containsExactly(1, 2, 1);
    assertThat(of(Norm.L1, Axes.whole())).containsExactly(24);
    assertThat(of(Norm.L2, Axes.except(0, 1))).containsExactly(3, 4, 0, 0, 5, 12);
  }

  private static float[] of(Norm norm, Axes axes) {
    return SliceNorms.of(norm, axes).of(X).toFloatArray();
  }

  @ParameterizedTest
  @MethodSource("norms")
  void emptySlicesHaveNormZero(Norm norm) {
    Tensor empty = Tensor.zeros(DType.F32, 3, 0, 2);
    assertThat(SliceNorms.of(norm, Axes.along(1)).of(empty).toFloatArray())
        .containsExactly(0, 0, 0, 0, 0, 0);
    assertThat(SliceNorms.of(norm, Axes.whole()).of(empty).item()).isZero();
    assertThat(SliceNorms.of(norm, Axes.along(0)).of(empty).count()).isZero();
  }

  @ParameterizedTest
  @MethodSource("norms")
  void aScalarIsItsOwnSlice(Norm norm) {
    Tensor scalar = Tensor.of(new double[] {-1});
    assertThat(SliceNorms.of(norm, Axes.whole()).of(scalar).item()).isEqualTo(1);
    assertThat(SliceNorms.of(norm, Axes.whole()).of(scalar).rank()).isZero();
  }

  @ParameterizedTest
  @MethodSource("norms")
  void zerosOfBothSignsHaveNormPlusZero(Norm norm) {
    Tensor zeros = Tensor.of(new double[] {-0.0, 0.0, -0.0}, 3);
    double result = SliceNorms.of(norm, Axes.whole()).of(zeros).item();
    assertThat(Double.doubleToRawLongBits(result)).isZero();
    Tensor negative = Tensor.of(new float[] {-0.0f}, 1);
    float single = SliceNorms.of(norm, Axes.along(0)).of(negative).toFloatArray()[0];
    assertThat(Float.floatToRawIntBits(single)).isZero();
  }

  /** Also where a kernel has a way of its own for the element type. */
  @ParameterizedTest
  @EnumSource(DType.class)
  void oneElementBeyondAllOthersDecides(DType dtype) {
    for (int columns : new int[] {7, 33, 256, 5000}) {
      Tensor rows = Tensor.zeros(dtype, 4, columns);
      rows.fill(1);
      rows.set(Double.NaN, 0, columns - 1);
      rows.set(Double.NEGATIVE_INFINITY, 1, 3);
      rows.set(Double.NaN, 2, 0);
      rows.set(Double.POSITIVE_INFINITY, 2, 5);
      float[] norms = SliceNorms.l2(Axes.along(-1)).of(rows, DType.F32).toFloatArray();
      assertThat(norms)
          .containsExactly(
              Float.NaN, Float.POSITIVE_INFINITY, Float.NaN, (float) Math.sqrt(columns));
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void theResultMayHaveAnyType(DType dtype) {
    Tensor y = SliceNorms.l2(Axes.along(1)).of(X, dtype);
    assertThat(y.dtype()).isEqualTo(dtype);
    assertThat(y.toFloatArray()).containsExactly(5, 13);
  }

  @Test
  void aNormThatItsTypeCannotHoldIsInfinite() {
    Tensor x = Tensor.zeros(DType.F16, 100);
    x.fill(60000);
    assertThat(SliceNorms.l2(Axes.whole()).of(x).item()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(SliceNorms.l2(Axes.whole()).of(x, DType.F32).item()).isEqualTo(600_000);
    Tensor counted = Tensor.zeros(DType.F16, 70_000);
    counted.fill(1);
    assertThat(SliceNorms.of(Norm.COUNT, Axes.whole()).of(counted).item())
        .isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(SliceNorms.of(Norm.COUNT, Axes.whole()).of(counted, DType.F32).item())
        .isEqualTo(70_000);
  }

  @Test
  void infinityCountsAsOneElementAndIsNoMinimum() {
    Tensor x = Tensor.of(new float[] {Float.NEGATIVE_INFINITY, 2, 0.5f}, 3);
    assertThat(SliceNorms.of(Norm.COUNT, Axes.whole()).of(x).item()).isEqualTo(3);
    assertThat(SliceNorms.of(Norm.MIN, Axes.whole()).of(x).item()).isEqualTo(0.5);
    assertThat(SliceNorms.of(Norm.MIN, Axes.whole()).of(x.slice(0, 0, 1)).item())
        .isEqualTo(Double.POSITIVE_INFINITY);
  }

  /** Whether a plan is there already or not: some ways of a later call are shorter. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theOutputMustFit(boolean planned) {
    SliceNorms norms = SliceNorms.l2(Axes.along(1));
    if (planned) {
      norms.into(X, Tensor.zeros(DType.F32, 2, 1));
      norms.into(X, Tensor.zeros(DType.F32, 2, 1));
    }
    assertThatThrownBy(() -> norms.into(X, Tensor.zeros(DType.F32, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("out has shape [2], expected [2, 1] for the input F32[2, 3]");
    for (int call = 0; call < 3; call++) {
      assertThatThrownBy(() -> norms.into(X, Tensor.zeros(DType.F32, 1, 1).expand(2, 1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("more than once");
    }
    ByteBuffer readOnly = ByteBuffer.allocate(8).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    assertThatThrownBy(() -> norms.into(X, Tensor.of(DType.F32, readOnly, 2, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("read-only");
    float[] shared = new float[8];
    Tensor x = Tensor.of(shared, 8).slice(0, 0, 6).reshape(2, 3);
    Tensor out = Tensor.of(shared, 8).slice(0, 4, 6).reshape(2, 1);
    assertThatThrownBy(() -> norms.into(x, out))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("shares memory with the input F32[2, 3]");
    norms.into(x, Tensor.of(shared, 8).slice(0, 6, 8).reshape(2, 1));
  }

  @Test
  void axesMustExist() {
    assertThatThrownBy(() -> SliceNorms.l2(Axes.along(2)).of(X))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("along [2] for a tensor of rank 2: axis 2 does not exist, expected -2 to 1");
  }

  @Test
  void closedMemoryIsRefused() {
    Tensor tensor;
    try (Arena arena = Arena.ofShared()) {
      tensor = Tensor.of(DType.F32, arena.allocate(16), 4);
      assertThat(SliceNorms.l2(Axes.whole()).of(tensor).item()).isZero();
    }
    assertThatThrownBy(() -> SliceNorms.l2(Axes.whole()).of(tensor))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("its arena is closed");
  }

  /** A worker of the pool may not touch memory that is confined to the caller. */
  @Test
  void memoryOfTheCallersThreadWorksWithSeveralThreads() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(4L * 1000 * 1000);
      Tensor x = Tensor.of(DType.F32, segment, 1000, 1000);
      x.fill(1);
      Tensor y =
          SliceNorms.of(Norm.L1, Axes.along(1)).withParallelism(Parallelism.threads(4)).of(x);
      assertThat(y.toFloatArray()).hasSize(1000).containsOnly(1000);
      Tensor whole =
          SliceNorms.of(Norm.L1, Axes.whole()).withParallelism(Parallelism.threads(4)).of(x);
      assertThat(whole.item()).isEqualTo(1_000_000);
    }
  }

  @Test
  void aRepeatedViewIsReadAsOftenAsItShows() {
    Tensor x = Tensor.of(new double[] {2}, 1).expand(1L << 22);
    assertThat(SliceNorms.of(Norm.L1, Axes.whole()).of(x).item()).isEqualTo(0x1p23);
    assertThat(SliceNorms.of(Norm.L2, Axes.whole()).of(x).item()).isEqualTo(0x1p12);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, -0.5, Double.NaN})
  void aNormNeedsAnExponent(double p) {
    assertThatThrownBy(() -> Norm.p(p))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("p " + p + ": expected 0, more than 0, or an infinity");
  }

  @Test
  void namedNormsAreThoseOfTheirExponents() {
    assertThat(
            List.of(
                Norm.p(1),
                Norm.p(2),
                Norm.p(0),
                Norm.p(Double.POSITIVE_INFINITY),
                Norm.p(Double.NEGATIVE_INFINITY)))
        .containsExactly(Norm.L1, Norm.L2, Norm.COUNT, Norm.MAX, Norm.MIN);
    assertThat(norms().map(Norm::toString))
        .containsExactly("L1", "L2", "MAX", "MIN", "COUNT", "L3.0", "L0.5");
    assertThat(Norm.p(3)).isEqualTo(Norm.p(3)).hasSameHashCodeAs(Norm.p(3)).isNotEqualTo(Norm.L1);
  }

  @Test
  void parallelismNeedsAThread() {
    assertThatThrownBy(() -> Parallelism.threads(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("threads 0: expected at least 1");
    assertThat(Parallelism.threads(3).threadsFor(0)).isEqualTo(3);
    assertThat(Parallelism.SEQUENTIAL.threadsFor(1L << 40)).isEqualTo(1);
    assertThat(Parallelism.automatic().threadsFor(1000)).isEqualTo(1);
    assertThat(Parallelism.automatic().threadsFor(1L << 30))
        .isEqualTo(Runtime.getRuntime().availableProcessors());
  }

  @Test
  void zeroSlicePoliciesAreValues() {
    assertThat(ZeroSlice.floor(1e-30)).isEqualTo(ZeroSlice.JITTOR).hasToString("floor(1.0E-30)");
    assertThat(ZeroSlice.ZERO).isNotEqualTo(ZeroSlice.NAN).hasToString("ZERO");
    assertThat(ZeroSlice.JITTOR.leastSquare()).isEqualTo(1e-30);
    for (double eps : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> ZeroSlice.floor(eps))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("eps " + eps + ": expected a finite value above 0");
    }
  }

  @Test
  void theTextNamesWhatIsComputed() {
    SliceNorms rows = SliceNorms.l2(Axes.along(-1));
    assertThat(rows).hasToString("SliceNorms[L2 along [-1]]");
    assertThat(SliceNorms.of(Norm.MAX, Axes.whole())).hasToString("SliceNorms[MAX whole]");
    assertThat(rows.withZeroSlice(ZeroSlice.NAN)).hasToString("SliceNorms[L2 along [-1], NAN]");
    assertThat(rows.withParallelism(Parallelism.threads(2)))
        .as("threads change no result")
        .hasToString("SliceNorms[L2 along [-1]]");
  }

  @Test
  @SuppressWarnings("NullAway") // as a caller outside of nullness checks may
  void nullIsRefusedByName() {
    SliceNorms rows = SliceNorms.l2(Axes.along(-1));
    assertThatNullPointerException().isThrownBy(() -> SliceNorms.l2(null)).withMessage("axes");
    assertThatNullPointerException()
        .isThrownBy(() -> SliceNorms.of(null, Axes.whole()))
        .withMessage("norm");
    assertThatNullPointerException()
        .isThrownBy(() -> rows.withZeroSlice(null))
        .withMessage("policy");
    assertThatNullPointerException()
        .isThrownBy(() -> rows.withParallelism(null))
        .withMessage("parallelism");
  }

  /** Blocks of one slice are summed by several threads, and added up in one order. */
  @ParameterizedTest
  @EnumSource(DType.class)
  void threadsThatShareOneLongSliceChangeNoBit(DType dtype) {
    int length = 600_001;
    SplittableRandom random = new SplittableRandom(7);
    double[] elements = random.doubles(2L * length, -1, 1).toArray();
    elements[12_345] = dtype == DType.F64 ? 1e200 : 1;
    Tensor all = Tensor.of(elements, elements.length).to(dtype);
    for (Tensor x : List.of(all.slice(0, 5, 5 + length), all.slice(0, 0, 2L * length, 2))) {
      for (Norm norm : List.of(Norm.L1, Norm.L2, Norm.MAX)) {
        SliceNorms norms = SliceNorms.of(norm, Axes.whole());
        double expected = norms.of(x, DType.F64).item();
        for (int threads : new int[] {2, 3, 7}) {
          SliceNorms shared = norms.withParallelism(Parallelism.threads(threads));
          assertThat(shared.of(x, DType.F64).item())
              .as("%s of %s, %d threads", norm, x.describe(), threads)
              .isEqualTo(expected);
        }
      }
    }
  }

  /** Sums of shorter elements are rounded as they grow, which a norm in F64 shows. */
  @Test
  void normsInF64OfShorterElementsKeepTheLimitThatIsStated() {
    float[] same = new float[1 << 16];
    Arrays.fill(same, 3.1915596f);
    float[] uneven = new float[4096];
    Arrays.fill(uneven, 0x1.fffffep10f);
    Arrays.fill(uneven, 0, 32, 0x1.000002p40f);
    for (float[] elements : List.of(same, uneven)) {
      Tensor narrow = Tensor.of(elements, elements.length);
      for (Norm norm : List.of(Norm.L1, Norm.L2)) {
        SliceNorms whole = SliceNorms.of(norm, Axes.whole());
        double exact = whole.of(narrow.to(DType.F64)).item();
        double limit = (norm.equals(Norm.L1) ? 183 : 93) + 2;
        assertThat(whole.of(narrow, DType.F64).item())
            .isCloseTo(exact, within(limit * Math.ulp(exact)));
      }
    }
  }

  /** A tensor without elements may have any other sizes. */
  @Test
  void sizesWhoseProductLeavesALongAreThoseOfAnEmptyTensor() {
    Tensor empty = Tensor.zeros(DType.F32, 1L << 40, 1L << 40, 0);
    assertThat(SliceNorms.l2(Axes.whole()).of(empty).item()).isZero();
    assertThat(SliceNorms.l2(Axes.along(0, 1)).of(empty).count()).isZero();
    empty.fill(0);
    assertThat(Slicenorm.explain(DType.F32, empty.layout(), Axes.along(0, 1))).isNotEmpty();
  }
}
