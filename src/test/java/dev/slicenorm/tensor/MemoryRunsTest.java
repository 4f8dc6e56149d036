package dev.slicenorm.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs of elements must be what their elements are one by one, in every kind of memory. */
class MemoryRunsTest {

  private static final int ELEMENTS = 400;

  /** Each element type in an array and in a segment that is aligned to nothing. */
  static Stream<Arguments> memories() {
    return Stream.of(DType.values())
        .flatMap(dtype -> Stream.of(Arguments.of(dtype, true), Arguments.of(dtype, false)));
  }

  private static Memory memory(DType dtype, boolean array) {
    if (!array) {
      byte[] bytes = new byte[ELEMENTS * dtype.byteSize() + 1];
      return new Memory.Bytes(MemorySegment.ofArray(bytes).asSlice(1));
    }
    return switch (dtype) {
      case F32 -> new Memory.Floats(new float[ELEMENTS]);
      case F64 -> new Memory.Doubles(new double[ELEMENTS]);
      case F16, BF16 -> new Memory.Halves(new short[ELEMENTS]);
    };
  }

  /** Values of all sizes, so that narrowing rounds, overflows and underflows. */
  private static double[] values(long seed) {
    Random random = new Random(seed);
    double[] values = new double[ELEMENTS];
    Arrays.setAll(values, i -> Math.scalb(random.nextGaussian(), random.nextInt(340) - 170));
    values[7] = Double.NaN;
    values[8] = Double.NEGATIVE_INFINITY;
    values[9] = -0.0;
    return values;
  }

  @ParameterizedTest
  @MethodSource("memories")
  void runsAreReadAsTheirElementsAre(DType dtype, boolean array) {
    Memory memory = memory(dtype, array);
    double[] values = values(1);
    for (int i = 0; i < ELEMENTS; i++) {
      memory.set(dtype, i, values[i]);
    }
    for (int step : new int[] {1, 2, 3, -1, -3, 0}) {
      int first = step < 0 ? ELEMENTS - 1 : 0;
      double[] expected = new double[121];
      for (int i = 0; i < 120; i++) {
        expected[1 + i] = memory.get(dtype, first + i * step);
      }
      double[] actual = new double[121];
      memory.get(dtype, first, step, actual, 1, 120);
      assertThat(actual).as("step %d", step).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("memories")
  void runsAreWrittenAsTheirElementsAre(DType dtype, boolean array) {
    double[] values = values(2);
    for (int step : new int[] {1, 2, 3, -1, -3}) {
      Memory expected = memory(dtype, array);
      Memory actual = memory(dtype, array);
      int first = step < 0 ? ELEMENTS - 1 : 0;
      for (int i = 0; i < 120; i++) {
        expected.set(dtype, first + i * step, values[5 + i]);
      }
      actual.set(dtype, first, step, values, 5, 120);
      for (int i = 0; i < ELEMENTS; i++) {
        // Boxed, NaN equals itself, and the zeros differ.
        assertThat((Double) actual.get(dtype, i))
            .as("step %d element %d", step, i)
            .isEqualTo((Double) expected.get(dtype, i));
      }
    }
  }
}
