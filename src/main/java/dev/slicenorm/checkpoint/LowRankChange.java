package dev.slicenorm.checkpoint;

import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/**
 * {@code s·B·A} of one layer, as a product of two matrices in the layout of the weight: rows are
 * its first axis, columns all others together.
 *
 * <p>For a convolution this is what PEFT's convolution of B with A gives, because B's kernel is
 * 1×1.
 *
 * <p>Both matrices stay in their files. What is multiplied is a tile of the right one that fits the
 * second-level cache, so memory does not grow with the rank or the size of the layer.
 */
final class LowRankChange {

  /** Elements of a tile: 512 kB of doubles. */
  private static final int TILE = 1 << 16;

  private static final int MOST_DEPTH = 512;

  private final int rank;
  private final int columns;
  private final Tensor left;
  private final Tensor right;
  private final double scale;
  private final double[] magnitude;
  private final int depth;
  private final int width;
  private final double[] tile;
  private long loaded = -1;

  private LowRankChange(Tensor left, Tensor right, double scale, double[] magnitude) {
    this.left = left;
    this.right = right;
    this.scale = scale;
    this.magnitude = magnitude;
    this.rank = (int) right.size(0);
    this.columns = (int) right.size(1);
    this.depth = Math.min(rank, MOST_DEPTH);
    this.width = Math.min(columns, TILE / depth);
    this.tile = new double[depth * width];
  }

  /**
   * Checks the shapes; reads nothing.
   *
   * @param weight the weight of the base model
   * @param layer its change
   * @param adapter whose it is
   */
  static void check(Stored weight, Adapter.Layer layer, Adapter adapter)
      throws CheckpointException {
    long[] w = weight.entry().shape();
    TensorEntry a = layer.a().entry();
    TensorEntry b = layer.b().entry();
    boolean matrix = w.length >= 2 && (!layer.transposed() || w.length == 2);
    long rows = w.length == 0 ? 1 : w[0];
    long columns = rows == 0 ? 0 : weight.entry().count() / rows;
    long rank = a.shape()[0];
    long in = layer.transposed() ? rows : columns;
    long out = layer.transposed() ? columns : rows;
    boolean fits =
        matrix
            && rank > 0
            && rank <= Integer.MAX_VALUE
            && columns <= Integer.MAX_VALUE
            && b.shape()[0] == out
            && isProduct(a.count(), rank, in)
            && isProduct(b.count(), rank, out);
    boolean magnitudeFits =
        layer.magnitude().isEmpty() || layer.magnitude().get().entry().count() == out;
    if (!fits || !magnitudeFits) {
      throw new CheckpointException(
          "%s: %s and %s%s don't fit %s: expected %s"
              .formatted(
                  adapter.folder(),
                  layer.a(),
                  layer.b(),
                  layer.magnitude().map(m -> " and " + m).orElse(""),
                  weight,
                  matrix ? expected(layer, in, out) : "a weight of two axes or more"));
    }
    for (Stored part : new Stored[] {weight, layer.a(), layer.b()}) {
      part.tensor();
    }
    if (layer.magnitude().isPresent()) {
      layer.magnitude().get().tensor();
    }
  }

  private static String expected(Adapter.Layer layer, long in, long out) {
    return "for a rank r above 0 an A [r, ...] of r·%d elements, a B [%d, ...] of %d·r%s"
        .formatted(in, out, out, layer.magnitude().isPresent() ? ", " + out + " magnitudes" : "");
  }

  /** Without multiplying: a tensor with a size 0 may name any others, whose product overflows. */
  private static boolean isProduct(long count, long rank, long size) {
    return count % rank == 0 && count / rank == size;
  }

  static LowRankChange of(Adapter.Layer layer) throws CheckpointException {
    int rank = (int) layer.a().entry().shape()[0];
    Tensor a = layer.a().tensor().reshape(rank, -1);
    Tensor b = layer.b().tensor().reshape(-1, rank);
    Optional<Stored> magnitude = layer.magnitude();
    return new LowRankChange(
        layer.transposed() ? a.transpose() : b,
        layer.transposed() ? b.transpose() : a,
        layer.scale(),
        magnitude.isPresent() ? magnitude.get().tensor().toDoubleArray() : new double[0]);
  }

  boolean isDora() {
    return magnitude.length > 0;
  }

  double magnitude(int slice) {
    return magnitude[slice];
  }

  /** Stores rows of the change. */
  void rows(long first, int count, double[] delta) {
    Arrays.fill(delta, 0, count * columns, 0);
    double[] factors = new double[count * depth];
    for (int k = 0; k < rank; k += depth) {
      int deep = Math.min(depth, rank - k);
      Tensor rows = left.slice(0, first, first + count).slice(1, k, k + deep);
      Tensor.of(factors, count, depth).slice(1, 0, deep).copyFrom(rows);
      for (int i = 0; i < factors.length; i++) {
        factors[i] *= scale;
      }
      for (int column = 0; column < columns; column += width) {
        int wide = Math.min(width, columns - column);
        load(k, deep, column, wide);
        for (int row = 0; row < count; row++) {
          addRow(factors, row * depth, deep, delta, row * columns + column, wide);
        }
      }
    }
  }

  /** A tile that is the whole matrix is read only once. */
  private void load(int k, int deep, int column, int wide) {
    long place = (long) k * columns + column;
    if (place != loaded) {
      Tensor part = right.slice(0, k, k + deep).slice(1, column, column + wide);
      Tensor.of(tile, depth, width).slice(0, 0, deep).slice(1, 0, wide).copyFrom(part);
      loaded = place;
    }
  }

  /** Four rows of the tile at a time, so that sums are loaded and stored a quarter as often. */
  private void addRow(double[] factors, int at, int deep, double[] sums, int to, int wide) {
    int k = 0;
    for (; k + 4 <= deep; k += 4) {
      double f0 = factors[at + k];
      double f1 = factors[at + k + 1];
      double f2 = factors[at + k + 2];
      double f3 = factors[at + k + 3];
      int from = k * width;
      for (int j = 0; j < wide; j++) {
        sums[to + j] +=
            f0 * tile[from + j]
                + f1 * tile[from + width + j]
                + f2 * tile[from + 2 * width + j]
                + f3 * tile[from + 3 * width + j];
      }
    }
    for (; k < deep; k++) {
      double factor = factors[at + k];
      int from = k * width;
      for (int j = 0; j < wide; j++) {
        sums[to + j] += factor * tile[from + j];
      }
    }
  }
}
