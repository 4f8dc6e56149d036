package dev.slicenorm.norm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNorm;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Norms of F32 slices beside the order of summation as its definition tells it, to the bit: rows
 * alone and several, columns few and many, with gaps and without. Elements differ so much in size
 * that another order shows in the last bits of a {@code double}.
 */
class CanonicalOrderTest {

  private static final int BLOCK = 4096;
  private static final int LANES = 32;

  static IntStream lengths() {
    return IntStream.concat(
        IntStream.rangeClosed(0, 260),
        IntStream.of(1000, 1023, 4095, 4096, 4097, 8191, 8193, 12_289, 20_480));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void rows(int length) {
    Tensor x = random(length, 9, length + 3).slice(1, 2, length + 2, 1);
    float[] elements = x.toFloatArray();
    double[] squares = new double[9];
    double[] sizes = new double[9];
    for (int row = 0; row < 9; row++) {
      squares[row] = sum(CanonicalOrderTest::square, elements, row * length, 1, length);
      sizes[row] = sum(Math::abs, elements, row * length, 1, length);
      Tensor alone = x.slice(0, row, row + 1, 1);
      assertNorms(alone, Axes.along(1), Arrays.copyOfRange(squares, row, row + 1));
    }
    assertNorms(x, Axes.along(1), squares);
    assertSums(x, Axes.along(1), sizes);
  }

  /**
   * Slices of more than the 256 blocks that are taken at a time, or the 64 by one of two threads.
   */
  @ParameterizedTest
  @ValueSource(
      ints = {258_048, 262_144, 262_145, 540_000, 1_048_575, 1_048_576, 1_052_673, 2_500_000})
  void longRows(int length) {
    Tensor x = random(length, 1, length + 2).slice(1, 1, length + 1, 1);
    double[] square = {sum(CanonicalOrderTest::square, x.toFloatArray(), 0, 1, length)};
    assertNorms(x, Axes.along(1), square);
    SliceNorms shared = SliceNorms.l2(Axes.along(1)).withParallelism(Parallelism.threads(2));
    assertThat(shared.of(x, DType.F64).get(0, 0)).isEqualTo(Math.sqrt(square[0]));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void columns(int length) {
    for (int columns : new int[] {1, 2, 7, 33, 130}) {
      for (int gap : new int[] {0, 5}) {
        Tensor x = random(length, length, columns + gap).slice(1, gap, columns + gap, 1);
        assertNorms(x, Axes.along(0), columnSums(x, CanonicalOrderTest::square));
        assertSums(x, Axes.along(0), columnSums(x, Math::abs));
      }
    }
  }

  /** Columns of several blocks, which may lie close together, apart, or backwards. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 31, 33, 40, 65, 129, 300, 4097})
  void columnsOfBlocks(int length) {
    for (int columns : new int[] {2, 3, 7, 8, 9, 12, 13, 16, 49, 300}) {
      for (int gap : new int[] {0, 1}) {
        int blocks = 5;
        Tensor wide = random(length, blocks * (length + gap), columns + gap);
        Tensor x =
            wide.reshape(blocks, length + gap, columns + gap)
                .slice(1, gap, length + gap)
                .slice(2, gap, columns + gap);
        double[] squares = sumsOfBlocks(x, CanonicalOrderTest::square);
        double[] sizes = sumsOfBlocks(x, Math::abs);
        assertNorms(x, Axes.along(1), squares);
        assertSums(x, Axes.along(1), sizes);
        assertSums(x.flip(0).copy().flip(0), Axes.along(1), sizes);
        assertNorms(x.flip(0).copy().flip(0), Axes.along(1), squares);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "3, 9000",
    "8, 2050",
    "9, 1025",
    "30, 5000",
    "70, 1024",
    "129, 4097",
    "256, 2049",
    "300, 5000",
    "4100, 1030"
  })
  void manyColumns(int rows, int columns) {
    Tensor x = random(rows, rows, columns);
    assertNorms(x, Axes.along(0), columnSums(x, CanonicalOrderTest::square));
    assertSums(x, Axes.along(0), columnSums(x, Math::abs));
  }

  /**
   * Products have the order of squares; gradients along columns must be those of rows. Those of few
   * columns are summed as wide rows if both tensors lie without gaps.
   */
  @ParameterizedTest
  @CsvSource({
    "300, 5000, 0, F32",
    "129, 4097, 0, F32",
    "4300, 300, 0, BF16",
    "200, 300, 0, F64",
    "5, 9, 0, F64",
    "31, 64, 0, F64",
    "33, 7, 0, F64",
    "70, 65, 0, F64",
    "100, 64, 0, F32",
    "130, 3, 0, F32",
    "5000, 3, 0, F64",
    "9, 20, 0, F32",
    "33, 7, 2, F64",
    "100, 64, 1, F32"
  })
  void gradientsOfColumnsAreThoseOfRows(int rows, int columns, int gap, DType dtype) {
    Tensor v = random(1, rows, columns).to(dtype);
    Tensor dw = random(2, rows, columns + gap).to(dtype).slice(1, gap, columns + gap);
    Tensor g = random(3, 1, columns).to(dtype);
    WeightNorm.Gradients along0 = WeightNorm.of(Axes.along(0)).backward(v, g, dw);
    WeightNorm.Gradients along1 =
        WeightNorm.of(Axes.along(1))
            .backward(v.transpose().copy(), g.reshape(columns, 1), dw.transpose().copy());
    assertThat(doubles(along0.dv().transpose())).isEqualTo(doubles(along1.dv()));
    assertThat(doubles(along0.dg())).isEqualTo(doubles(along1.dg()));
  }

  private static double[] doubles(Tensor x) {
    return x.copy().toDoubleArray();
  }

  private static void assertNorms(Tensor x, Axes axes, double[] squares) {
    double[] roots = Arrays.stream(squares).map(Math::sqrt).toArray();
    float[] rounded = new float[roots.length];
    for (int i = 0; i < roots.length; i++) {
      rounded[i] = (float) roots[i];
    }
    SliceNorms norms = SliceNorms.l2(axes);
    assertThat(norms.of(x, DType.F64).toDoubleArray()).as(x.describe()).isEqualTo(roots);
    assertThat(norms.of(x).toFloatArray()).as(x.describe()).isEqualTo(rounded);
  }

  private static void assertSums(Tensor x, Axes axes, double[] sizes) {
    assertThat(SliceNorms.of(Norm.L1, axes).of(x, DType.F64).toDoubleArray())
        .as("L1 of %s", x.describe())
        .isEqualTo(sizes);
  }

  private static double square(double element) {
    return element * element;
  }

  private static double[] sumsOfBlocks(Tensor x, DoubleUnaryOperator term) {
    return IntStream.range(0, (int) x.size(0))
        .mapToObj(block -> columnSums(x.select(0, block), term))
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private static double[] columnSums(Tensor x, DoubleUnaryOperator term) {
    int rows = (int) x.size(0);
    int columns = (int) x.size(1);
    float[] elements = x.toFloatArray();
    return IntStream.range(0, columns)
        .mapToDouble(column -> sum(term, elements, column, columns, rows))
        .toArray();
  }

  /** Blocks, lanes, halving and tree, as {@code ReductionOrder} says. */
  private static double sum(
      DoubleUnaryOperator term, float[] elements, int at, int step, int length) {
    double[] blocks = new double[(length + BLOCK - 1) / BLOCK];
    for (int block = 0; block < blocks.length; block++) {
      double[] lanes = new double[LANES];
      for (int k = block * BLOCK; k < Math.min(length, (block + 1) * BLOCK); k++) {
        lanes[k % LANES] += term.applyAsDouble(elements[at + k * step]);
      }
      for (int half = LANES / 2; half > 0; half /= 2) {
        for (int lane = 0; lane < half; lane++) {
          lanes[lane] += lanes[lane + half];
        }
      }
      blocks[block] = lanes[0];
    }
    return tree(blocks, 0, blocks.length);
  }

  /** The largest complete group, and what the rest of the blocks gives. */
  private static double tree(double[] blocks, int first, int end) {
    if (first == end) {
      return 0;
    }
    int group = Integer.highestOneBit(end - first);
    if (group == end - first) {
      return group == 1
          ? blocks[first]
          : tree(blocks, first, first + group / 2) + tree(blocks, first + group / 2, end);
    }
    return tree(blocks, first, first + group) + tree(blocks, first + group, end);
  }

  private static Tensor random(long seed, int rows, int columns) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] elements = new float[rows * columns];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) Math.scalb(random.nextDouble() - 0.5, random.nextInt(-30, 30));
    }
    return Tensor.of(elements, rows, columns);
  }
}
