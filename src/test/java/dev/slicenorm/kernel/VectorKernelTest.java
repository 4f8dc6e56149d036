package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.kernel.simd.VectorDoubleKernel;
import dev.slicenorm.kernel.simd.VectorFloatKernel;
import dev.slicenorm.kernel.simd.VectorHalfKernel;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each primitive on SIMD lanes against the plain loops, to the bit: on every length around a lane,
 * a group and a block, at odd offsets, with nothing touched beyond the row. The child JVMs of the
 * reproducibility test repeat whole norms at every vector width.
 */
@Tag("vector")
class VectorKernelTest {

  private static final int SIZE = 1 << 18;

  /** CanonicalOrderTest holds their sums against the definition. */
  private static final SliceKernel<float[]> FLOATS = new ScalarFloatKernel();

  private static final SliceKernel<float[]> FLOAT_LANES = new VectorFloatKernel();
  private static final SliceKernel<double[]> DOUBLES = new ScalarDoubleKernel();
  private static final SliceKernel<double[]> DOUBLE_LANES = new VectorDoubleKernel();

  private final float[] x = floats(1);
  private final float[] y = floats(2);
  private final double[] wideX = doubles(3);
  private final double[] wideY = doubles(4);

  static IntStream lengths() {
    return IntStream.concat(
        IntStream.rangeClosed(0, 70),
        IntStream.of(
            95, 96, 97, 127, 128, 129, 147, 160, 255, 257, 300, 1000, 1023, 1024, 4094, 4095,
            4096));
  }

  private static float[] floats(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      values[i] = (float) Math.scalb(random.nextDouble() - 0.5, random.nextInt(-60, 60));
    }
    return values;
  }

  private static double[] doubles(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return random
        .doubles(SIZE)
        .map(value -> Math.scalb(value - 0.5, random.nextInt(200)))
        .toArray();
  }

  private static void assertSame(Sums actual, Sums expected, int count) {
    assertThat(Arrays.copyOf(actual.hi, count)).containsExactly(Arrays.copyOf(expected.hi, count));
    assertThat(Arrays.copyOf(actual.lo, count)).containsExactly(Arrays.copyOf(expected.lo, count));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void rows(int length) {
    for (Term term : Term.values()) {
      for (int rows : new int[] {1, 3, 8, 13, 70, 1100}) {
        int stride = Math.min(length + 5, (SIZE - length - 3) / rows);
        Sums expected = new Sums(rows);
        Sums actual = new Sums(rows);
        FLOATS.reduceRows(term, x, 3, stride, rows, length, expected, 0);
        FLOAT_LANES.reduceRows(term, x, 3, stride, rows, length, actual, 0);
        assertSame(actual, expected, rows);
        DOUBLES.reduceRows(term, wideX, 3, stride, rows, length, expected, 0);
        DOUBLE_LANES.reduceRows(term, wideX, 3, stride, rows, length, actual, 0);
        assertSame(actual, expected, rows);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void rowsOfTheirOwn(int length) {
    Sums expected = new Sums(1);
    FLOATS.reduceRows(Term.SQUARES, x, 3, 0, 1, length, expected, 0);
    for (SliceKernel<float[]> kernel : List.of(FLOATS, FLOAT_LANES)) {
      if (kernel.squaresRow(length)) {
        assertThat(kernel.squareRow(x, 3, length)).isEqualTo(expected.hi[0]);
        float[] alone = Arrays.copyOfRange(x, 3, 3 + length);
        assertThat(kernel.squareRow(alone, 0, length)).isEqualTo(expected.hi[0]);
      }
    }
    assertThat(FLOATS.squaresRow(length)).isEqualTo(length > 8);
    if (VectorFloatKernel.vectorBits() >= 256 && length > 0 && length % ReductionOrder.LANES == 0) {
      assertThat(FLOAT_LANES.squaresRow(length)).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void rowsUpToTheEndOfTheArray(int length) {
    float[] short1 = Arrays.copyOf(x, 9 * length);
    Sums expected = new Sums(9);
    Sums actual = new Sums(9);
    FLOATS.reduceRows(Term.SQUARES, short1, 0, length, 9, length, expected, 0);
    FLOAT_LANES.reduceRows(Term.SQUARES, short1, 0, length, 9, length, actual, 0);
    assertSame(actual, expected, 9);
  }

  /** Norms that are written at once must be the roots of the sums, also at the end of the array. */
  @ParameterizedTest
  @MethodSource("lengths")
  void normsOfRows(int length) {
    for (int rows : new int[] {1, 7, 8, 9, 70}) {
      for (int stride : new int[] {length, length + 3}) {
        float[] tight = Arrays.copyOfRange(x, 2, 2 + (rows - 1) * stride + length + 1);
        Sums expected = new Sums(rows);
        FLOATS.reduceRows(Term.SQUARES, tight, 1, stride, rows, length, expected, 0);
        float[] norms = new float[rows + 2];
        Sums room = new Sums(rows);
        boolean done = FLOAT_LANES.normRows(tight, 1, stride, rows, length, room, norms, 1);
        if (VectorFloatKernel.vectorBits() == 512) {
          assertThat(done).isEqualTo(length <= 8);
        }
        if (done) {
          assertRoots(norms, expected, rows);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void normsOfColumns(int columns) {
    for (int rows :
        new int[] {
          1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 29, 40, 65, 81, 100, 128, 129, 200, 256, 257
        }) {
      for (int gap : new int[] {0, 3}) {
        if (rows * (columns + gap) + 5 <= SIZE) {
          normsOfColumns(rows, columns, gap);
        }
      }
    }
  }

  private void normsOfColumns(int rows, int columns, int gap) {
    int[] starts = IntStream.range(0, rows).map(row -> row * (columns + gap)).toArray();
    Sums expected = new Sums(columns + 1);
    float[] column = new float[rows];
    for (int c = 0; c < columns; c++) {
      FLOATS.pack(x, 5 + c, columns + gap, column, 0, rows);
      FLOATS.reduceRows(Term.SQUARES, column, 0, 0, 1, rows, expected, c);
    }
    Sums room = new Sums(17 * columns);
    float[] norms = new float[columns + 2];
    boolean done = FLOAT_LANES.normColumns(x, 5, starts, gap == 0, rows, columns, room, norms, 1);
    assertThat(done).isEqualTo(rows <= (gap == 0 && columns <= 256 ? 128 : 256));
    if (done) {
      assertRoots(norms, expected, columns);
    }
  }

  /** Norms from element 1 on, and nothing around them. */
  private static void assertRoots(float[] norms, Sums squares, int count) {
    float[] expected = new float[count + 2];
    for (int i = 0; i < count; i++) {
      expected[1 + i] = (float) Math.sqrt(squares.hi[i]);
    }
    assertThat(norms).containsExactly(expected);
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void products(int length) {
    Sums expected = new Sums(2);
    Sums actual = new Sums(2);
    Sums expectedSquares = new Sums(2);
    Sums actualSquares = new Sums(2);
    FLOATS.dotRow(x, 1, y, 2, length, expected, 0);
    FLOAT_LANES.dotRow(x, 1, y, 2, length, actual, 0);
    FLOATS.squaresAndDotsRow(x, 5, y, 7, length, expectedSquares, expected, 1);
    FLOAT_LANES.squaresAndDotsRow(x, 5, y, 7, length, actualSquares, actual, 1);
    assertSame(actual, expected, 2);
    assertSame(actualSquares, expectedSquares, 2);
    DOUBLES.dotRow(wideX, 1, wideY, 2, length, expected, 0);
    DOUBLE_LANES.dotRow(wideX, 1, wideY, 2, length, actual, 0);
    DOUBLES.squaresAndDotsRow(wideX, 5, wideY, 7, length, expectedSquares, expected, 1);
    DOUBLE_LANES.squaresAndDotsRow(wideX, 5, wideY, 7, length, actualSquares, actual, 1);
    assertSame(actual, expected, 2);
    assertSame(actualSquares, expectedSquares, 2);
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void lanesOfColumns(int columns) {
    int[] starts = IntStream.range(0, 13).map(row -> row * (columns + 3)).toArray();
    for (Term term : Term.values()) {
      Sums expected = new Sums(columns + 9);
      Sums actual = new Sums(columns + 9);
      FLOATS.reduceColumns(term, x, 2, starts, 0, 1, 13, columns, expected, 4);
      FLOAT_LANES.reduceColumns(term, x, 2, starts, 0, 1, 13, columns, actual, 4);
      DOUBLES.reduceColumns(term, wideX, 2, starts, 1, 3, 4, columns, expected, 4);
      DOUBLE_LANES.reduceColumns(term, wideX, 2, starts, 1, 3, 4, columns, actual, 4);
      assertSame(actual, expected, columns + 9);
    }
    Sums expected = new Sums(columns + 9);
    Sums actual = new Sums(columns + 9);
    Sums expectedDots = new Sums(columns + 9);
    Sums actualDots = new Sums(columns + 9);
    FLOATS.squaresAndDotsColumns(
        x, 2, starts, y, 1, starts, 0, 2, 6, columns, expected, expectedDots, 4);
    FLOAT_LANES.squaresAndDotsColumns(
        x, 2, starts, y, 1, starts, 0, 2, 6, columns, actual, actualDots, 4);
    DOUBLES.dotColumns(wideX, 2, starts, wideY, 1, starts, 0, 1, 5, columns, expectedDots, 4);
    DOUBLE_LANES.dotColumns(wideX, 2, starts, wideY, 1, starts, 0, 1, 5, columns, actualDots, 4);
    assertSame(actual, expected, columns + 9);
    assertSame(actualDots, expectedDots, columns + 9);
  }

  /** A block of columns in one call must be what summing each column as a row gives. */
  @ParameterizedTest
  @MethodSource("lengths")
  void blocksOfColumns(int rows) {
    if (rows == 0) {
      return;
    }
    float[] column = new float[rows];
    for (int columns : new int[] {1, 2, 5, 7, 8, 9, 24, 63, 64, 65, 100, 129, 256, 512}) {
      // The last gap makes the stride one that crowds L1.
      for (int gap : new int[] {0, 3, Math.floorMod(-columns, 256)}) {
        if ((long) rows * (columns + gap) + columns > SIZE) {
          continue;
        }
        int stride = columns + gap;
        int[] starts = IntStream.range(0, rows).map(row -> row * stride).toArray();
        Sums actual = new Sums(17 * columns);
        boolean done =
            FLOAT_LANES.reduceBlock(
                Term.SQUARES, x, 0, starts, stride == columns, rows, columns, actual, 0);
        for (int c = 0; done && c < columns; c++) {
          FLOATS.pack(x, c, stride, column, 0, rows);
          Sums expected = new Sums(1);
          FLOATS.reduceRows(Term.SQUARES, column, 0, 0, 1, rows, expected, 0);
          assertThat(actual.hi[c])
              .as("rows %d columns %d column %d gap %d", rows, columns, c, gap)
              .isEqualTo(expected.hi[0]);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void elements(int length) {
    float[] expected = new float[length + 2];
    float[] actual = new float[length + 2];
    FLOATS.scaleRow(x, 1, expected, 1, length, 1.0 / 3);
    FLOAT_LANES.scaleRow(x, 1, actual, 1, length, 1.0 / 3);
    assertThat(actual).containsExactly(expected);
    Factors factors = new Factors(Math.max(length, 1));
    factors.factor[0] = 1.0 / 3;
    factors.second[0] = 0.7;
    FLOATS.gradientRow(x, 1, y, 2, expected, 1, length, factors, 0);
    FLOAT_LANES.gradientRow(x, 1, y, 2, actual, 1, length, factors, 0);
    assertThat(actual).containsExactly(expected);
    System.arraycopy(wideX, 5, factors.factor, 0, length);
    System.arraycopy(wideY, 0, factors.second, 0, length);
    factors.split(length);
    int[] start = {1};
    FLOATS.scaleColumns(x, 0, start, expected, 0, start, 1, length, factors);
    FLOAT_LANES.scaleColumns(x, 0, start, actual, 0, start, 1, length, factors);
    assertThat(actual).containsExactly(expected);
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void gradientsOfColumns(int columns) {
    Factors factors = new Factors(columns);
    System.arraycopy(wideX, 5, factors.factor, 0, columns);
    System.arraycopy(wideY, 0, factors.second, 0, columns);
    for (int rows = 1; rows <= 5; rows++) {
      int stride = Math.min(columns + 3, (SIZE - columns - 1) / rows);
      int[] starts = IntStream.range(0, rows).map(row -> row * stride).toArray();
      int[] packed = IntStream.range(0, rows).map(row -> row * columns).toArray();
      float[] expected = new float[rows * columns + 2];
      float[] actual = new float[rows * columns + 2];
      FLOATS.gradientColumns(
          x, 0, starts, y, 1, starts, expected, 1, packed, rows, columns, factors);
      FLOAT_LANES.gradientColumns(
          x, 0, starts, y, 1, starts, actual, 1, packed, rows, columns, factors);
      assertThat(actual).containsExactly(expected);
    }
  }

  /** At the same place of their arrays, elsewhere, and in place of what they are made of. */
  @ParameterizedTest
  @MethodSource("lengths")
  void elementsOfF64(int length) {
    Factors factors = new Factors(length + 4);
    for (int i = 0; i < length + 4; i++) {
      factors.pre[i] = Math.scalb(1.0, i % 3 - 1);
    }
    System.arraycopy(wideX, 9, factors.factor, 0, length + 4);
    System.arraycopy(wideY, 4, factors.second, 0, length + 4);
    int size = 3 * (length + 2) + 9;
    int[] starts = {2, length + 5, 2 * length + 8};
    for (int to : new int[] {0, 1}) {
      double[] expected = new double[size];
      for (int row = 0; row < 3; row++) {
        for (int i = 0; i < length; i++) {
          int at = row * (length + 2) + i;
          expected[to + at] = wideX[at] * factors.pre[1 + row] * factors.factor[1 + row];
        }
      }
      double[] expectedColumns = new double[size];
      double[] expectedGradient = new double[size];
      double[] expectedGradients = new double[size];
      for (int start : starts) {
        for (int i = 0; i < length; i++) {
          expectedColumns[to + start + i] = wideX[start + i] * factors.pre[i] * factors.factor[i];
          expectedGradients[to + start + i] = gradient(start + i, to, factors, i);
        }
      }
      for (int i = 0; i < length; i++) {
        expectedGradient[to + i] = gradient(i, to, factors, 2);
      }
      for (SliceKernel<double[]> kernel : List.of(DOUBLES, DOUBLE_LANES)) {
        double[] actual = new double[size];
        int stride = length + 2;
        kernel.scaleRows(wideX, 0, stride, actual, to, stride, 3, length, factors, 1);
        assertThat(actual).containsExactly(expected);
        actual = new double[size];
        kernel.scaleColumns(wideX, 0, starts, actual, to, starts, 3, length, factors);
        assertThat(actual).containsExactly(expectedColumns);
        actual = new double[size];
        kernel.gradientRow(wideX, 0, wideY, to, actual, to, length, factors, 2);
        assertThat(actual).containsExactly(expectedGradient);
        actual = new double[size];
        kernel.gradientColumns(
            wideX, 0, starts, wideY, to, starts, actual, to, starts, 3, length, factors);
        assertThat(actual).containsExactly(expectedGradients);
        double[] inPlace = Arrays.copyOf(wideX, size);
        kernel.scaleColumns(inPlace, 0, starts, inPlace, 0, starts, 3, length, factors);
        for (int start : starts) {
          assertThat(Arrays.copyOfRange(inPlace, start, start + length))
              .containsExactly(
                  Arrays.copyOfRange(expectedColumns, to + start, to + start + length));
        }
      }
    }
  }

  private double gradient(int at, int dwAt, Factors factors, int slice) {
    double pre = factors.pre[slice];
    double taken = factors.second[slice] * (wideX[at] * pre);
    return (wideY[dwAt + at] - taken) * factors.factor[slice] * pre;
  }

  @Test
  void manyWideRowsAreScaledFourAtATime() {
    int columns = 2100;
    int rows = 7;
    float[] many = new float[rows * columns];
    for (int i = 0; i < many.length; i++) {
      many[i] = x[i % 1000];
    }
    many[3 * columns + 1000] = 1e-38f;
    Factors factors = new Factors(columns);
    Arrays.fill(factors.factor, 1.0 / 3);
    factors.split(columns);
    int[] starts = IntStream.range(0, rows).map(row -> row * columns).toArray();
    float[] expected = new float[rows * columns];
    float[] actual = new float[rows * columns];
    FLOATS.scaleColumns(many, 0, starts, expected, 0, starts, rows, columns, factors);
    FLOAT_LANES.scaleColumns(many, 0, starts, actual, 0, starts, rows, columns, factors);
    assertThat(actual).containsExactly(expected);
    FLOAT_LANES.scaleColumns(many, 0, starts, many, 0, starts, rows, columns, factors);
    assertThat(many).containsExactly(expected);
  }

  /** Squares of elements that lie apart must be those of the packed row, to the array's end. */
  @ParameterizedTest
  @MethodSource("lengths")
  void squaresOfStepped(int length) {
    for (int step : new int[] {1, 2, 3, 4, -2}) {
      float[] row = new float[length];
      int at = step > 0 ? 1 : SIZE - 1;
      FLOATS.pack(x, at, step, row, 0, length);
      Sums expected = new Sums(3);
      FLOATS.reduceRows(Term.SQUARES, row, 0, 0, 1, length, expected, 2);
      int last = step > 0 && length > 0 ? at + (length - 1) * step : x.length - 1;
      for (float[] array : List.of(x, Arrays.copyOf(x, last + 1))) {
        Sums actual = new Sums(3);
        boolean done = FLOAT_LANES.squareStepped(array, at, step, length, actual, 2);
        boolean hasWay = VectorFloatKernel.vectorBits() == 512 && (step == 2 || step == 3);
        assertThat(done).as("step %d", step).isEqualTo(hasWay);
        if (done) {
          assertSame(actual, expected, 3);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void packing(int length) {
    for (int step : new int[] {1, 2, 3, 4, 5, -1, -2, -3}) {
      if ((long) length * Math.abs(step) >= SIZE) {
        continue;
      }
      int at = step > 0 ? 1 : SIZE - 1;
      float[] expected = new float[length + 1];
      float[] actual = new float[length + 1];
      FLOATS.pack(x, at, step, expected, 1, length);
      FLOAT_LANES.pack(x, at, step, actual, 1, length);
      assertThat(actual).as("step %d", step).containsExactly(expected);
    }
  }

  /** The source ends with the last element: no load may go beyond. */
  @ParameterizedTest
  @MethodSource("lengths")
  void packingUpToTheEndOfTheArray(int length) {
    for (int step : new int[] {2, 3, 4}) {
      float[] source = Arrays.copyOf(x, Math.max(0, (length - 1) * step + 1));
      float[] expected = new float[length];
      float[] actual = new float[length];
      FLOATS.pack(source, 0, step, expected, 0, length);
      FLOAT_LANES.pack(source, 0, step, actual, 0, length);
      assertThat(actual).as("step %d", step).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void widening(int length) {
    short[] bits = new short[length + 3];
    SplittableRandom random = new SplittableRandom(length);
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (short) random.nextInt();
    }
    float[] actual = new float[length + 2];
    new VectorHalfKernel().widenBfloat16(bits, 3, actual, 2, length);
    for (int i = 0; i < length; i++) {
      assertThat(Float.floatToRawIntBits(actual[2 + i])).isEqualTo(bits[3 + i] << 16);
    }
  }

  /** Squares of BF16 must be those of the widened row, from the least subnormal element on. */
  @ParameterizedTest
  @MethodSource("lengths")
  void squaresOfBfloat16(int length) {
    short[] bits = new short[length + 8];
    SplittableRandom random = new SplittableRandom(length);
    for (int exponents : new int[] {1, 3, 100, 254}) {
      int first = exponents < 100 ? 0 : 100;
      for (int i = 0; i < bits.length; i++) {
        int exponent = first + random.nextInt(Math.min(exponents, 255 - first));
        bits[i] = (short) (random.nextInt(2) << 15 | exponent << 7 | random.nextInt(128));
      }
      bits[5 + length / 2] = 0;
      assertSquaresOfBfloat16(bits, 5, length, VectorFloatKernel.vectorBits() >= 256);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0x1.fep127f})
  void squaresOfBfloat16BeyondThoseOfFiniteElements(float value) {
    for (int at : new int[] {0, 31, 32, 33, 99, 100}) {
      short[] bits = new short[101];
      Arrays.fill(bits, Rounding.floatToBfloat16(1.5f));
      bits[at] = Rounding.floatToBfloat16(value);
      bits[50] = bits[at];
      assertSquaresOfBfloat16(bits, 0, 101, false);
    }
  }

  private static void assertSquaresOfBfloat16(
      short[] bits, int at, int length, boolean expectDone) {
    float[] row = new float[length];
    new HalfKernel().widenBfloat16(bits, at, row, 0, length);
    Sums expected = new Sums(3);
    FLOATS.reduceRows(Term.SQUARES, row, 0, 0, 1, length, expected, 2);
    Sums actual = new Sums(3);
    boolean done = new VectorHalfKernel().squareBfloat16(bits, at, length, actual, 2);
    assertThat(done).isEqualTo(expectDone && expected.hi[2] < 0x1p256);
    if (done) {
      assertSame(actual, expected, 3);
    }
  }
}
