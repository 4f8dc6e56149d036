package dev.slicenorm.checkpoint;

import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;

/**
 * {@code s·B·A} of one layer, as a product of two matrices in the layout of the weight: rows are
 * its first axis, columns all others together.
 *
 * <p>For a convolution this is what PEFT's convolution of B with A gives, because B's kernel is
 * 1×1.
 */
final class LowRankChange {

  private final int rank;
  private final int columns;
  private final double[] left;
  private final double[] right;
  private final double[] magnitude;

  private LowRankChange(int rank, int columns, double[] left, double[] right, double[] magnitude) {
    this.rank = rank;
    this.columns = columns;
    this.left = left;
    this.right = right;
    this.magnitude = magnitude;
  }

  /** Checks the shapes; reads nothing. */
  static void check(Stored weight, Adapter.Layer layer) throws CheckpointException {
    long[] w = weight.entry().shape();
    long[] a = layer.a().entry().shape();
    long[] b = layer.b().entry().shape();
    boolean matrix = w.length >= 2 && (!layer.transposed() || w.length == 2);
    long rows = w.length == 0 ? 1 : w[0];
    long columns = w.length == 0 || rows == 0 ? 0 : weight.entry().count() / rows;
    long rank = a[0];
    long in = layer.transposed() ? rows : columns;
    long out = layer.transposed() ? columns : rows;
    boolean fits =
        matrix
            && rank > 0
            && b[0] == out
            && layer.a().entry().count() == rank * in
            && layer.b().entry().count() == out * rank
            && rank * in <= Integer.MAX_VALUE - 8
            && rank * out <= Integer.MAX_VALUE - 8;
    boolean magnitudeFits =
        layer.magnitude().isEmpty() || layer.magnitude().get().entry().count() == out;
    if (!fits || !magnitudeFits) {
      throw new CheckpointException(
          "%s and %s%s don't fit %s"
              .formatted(
                  layer.a(),
                  layer.b(),
                  layer.magnitude().map(m -> " and " + m).orElse(""),
                  weight));
    }
    for (Stored part : new Stored[] {weight, layer.a(), layer.b()}) {
      part.tensor();
    }
    if (layer.magnitude().isPresent()) {
      layer.magnitude().get().tensor();
    }
  }

  static LowRankChange read(Stored weight, Adapter.Layer layer) throws CheckpointException {
    int rank = (int) layer.a().entry().shape()[0];
    Tensor a = layer.a().tensor().reshape(rank, -1);
    Tensor b = layer.b().tensor().reshape(-1, rank);
    double[] left = (layer.transposed() ? a.transpose() : b).toDoubleArray();
    double[] right = (layer.transposed() ? b.transpose() : a).toDoubleArray();
    for (int i = 0; i < left.length; i++) {
      left[i] *= layer.scale();
    }
    double[] magnitude =
        layer.magnitude().isPresent()
            ? layer.magnitude().get().tensor().toDoubleArray()
            : new double[0];
    int columns = (int) (weight.entry().count() / weight.entry().shape()[0]);
    return new LowRankChange(rank, columns, left, right, magnitude);
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
    for (int row = 0; row < count; row++) {
      int to = row * columns;
      for (int k = 0; k < rank; k++) {
        double factor = left[(int) (first + row) * rank + k];
        int from = k * columns;
        for (int j = 0; j < columns; j++) {
          delta[to + j] += factor * right[from + j];
        }
      }
    }
  }
}
