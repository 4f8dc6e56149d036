package dev.slicenorm.checkpoint;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A weight with adapters merged into it, window of rows by window of rows, in {@code double} until
 * the one rounding at the end.
 *
 * <p>LoRA adds {@code Δ = s·B·A}. DoRA (Liu et al. 2024, arXiv 2402.09353, equation 5) gives {@code
 * m·(W + Δ)/‖W + Δ‖}. Several adapters add their changes, and every norm is that of the unmerged
 * weight with that one adapter's Δ, as in PEFT's forward pass: {@code W + Σ LoRA Δᵢ + Σ DoRA (cᵢ·(W
 * + Δᵢ) − W)} with {@code cᵢ = mᵢ/‖W + Δᵢ‖}. A slice of norm zero stays zero; NaN makes its slice
 * NaN, and infinity the finite elements of its slice 0 and itself NaN, as in weight norm.
 *
 * @param weight the weight
 * @param layers the changes
 */
record MergedContent(Stored weight, List<Adapter.Layer> layers) implements Content {

  /** Elements of a window, of which a few copies in doubles are held: 4 MB each. */
  private static final int WINDOW = 1 << 19;

  @Override
  public void writeTo(TensorSink sink) throws IOException {
    if (weight.entry().count() == 0) {
      return;
    }
    Tensor w = weight.tensor();
    long rows = w.size(0);
    Rows window = new Rows(w.reshape(rows, -1), layers.getFirst().transposed());
    List<LowRankChange> changes = new ArrayList<>();
    List<double[]> columnFactors = new ArrayList<>();
    for (Adapter.Layer layer : layers) {
      LowRankChange change = LowRankChange.of(layer);
      changes.add(change);
      columnFactors.add(
          change.isDora() && window.transposed ? window.columnFactors(change) : new double[0]);
    }
    for (long row = 0; row < rows; row += window.step) {
      window.moveTo(row);
      for (int i = 0; i < changes.size(); i++) {
        window.add(changes.get(i), columnFactors.get(i));
      }
      Content.rounded(weight.name(), window.merged(), w.dtype()).writeTo(sink);
    }
  }

  /** Some rows of the weight, and what becomes of them. */
  private static final class Rows {

    private final Tensor matrix;
    private final boolean transposed;
    private final int columns;
    private final int step;
    private final double[] base;
    private final double[] delta;
    private final double[] merged;

    /** For each slice, how many times the weight itself is in the result. */
    private final double[] share;

    private long first;
    private int count;

    Rows(Tensor matrix, boolean transposed) {
      this.matrix = matrix;
      this.transposed = transposed;
      this.columns = Math.toIntExact(matrix.size(1));
      this.step = (int) Math.min(Math.max(1, WINDOW / columns), matrix.size(0));
      this.base = new double[Math.multiplyExact(step, columns)];
      this.delta = new double[base.length];
      this.merged = new double[base.length];
      this.share = new double[transposed ? columns : step];
    }

    void moveTo(long row) {
      first = row;
      count = (int) Math.min(step, matrix.size(0) - row);
      Tensor.of(base, step, columns).slice(0, 0, count).copyFrom(matrix.slice(0, row, row + count));
      Arrays.fill(merged, 0);
      Arrays.fill(share, 1);
    }

    /** {@return what these rows become: their own share and all that was added} */
    Tensor merged() {
      for (int row = 0; row < count; row++) {
        for (int column = 0; column < columns; column++) {
          double times = share[transposed ? column : row];
          merged[row * columns + column] += times * base[row * columns + column];
        }
      }
      return Tensor.of(merged, step, columns).slice(0, 0, count);
    }

    /** Adds {@code Δ}, or {@code c·Δ} and {@code c − 1} times the weight. */
    void add(LowRankChange change, double[] columnFactors) {
      change.rows(first, count, delta);
      if (!change.isDora()) {
        for (int i = 0; i < count * columns; i++) {
          merged[i] += delta[i];
        }
        return;
      }
      double[] factors = transposed ? columnFactors : rowFactors(change);
      for (int slice = 0; slice < (transposed ? columns : count); slice++) {
        share[slice] = share[slice] - 1 + factors[slice];
      }
      for (int row = 0; row < count; row++) {
        for (int column = 0; column < columns; column++) {
          int i = row * columns + column;
          merged[i] += factors[transposed ? column : row] * delta[i];
        }
      }
    }

    private double[] rowFactors(LowRankChange change) {
      double[] factors = new double[count];
      double[] changed = new double[columns];
      Tensor row = Tensor.of(changed, 1, columns);
      for (int i = 0; i < count; i++) {
        for (int column = 0; column < columns; column++) {
          changed[column] = base[i * columns + column] + delta[i * columns + column];
        }
        double norm = SliceNorms.l2(Axes.whole()).of(row, DType.F64).item();
        factors[i] = factor(change.magnitude((int) (first + i)), norm);
      }
      return factors;
    }

    /** The norms of columns need all rows, so they are gathered in a pass of their own. */
    double[] columnFactors(LowRankChange change) {
      double[] factors = new double[columns];
      SliceNorms norms = SliceNorms.l2(Axes.along(0));
      for (long row = 0; row < matrix.size(0); row += step) {
        moveTo(row);
        change.rows(row, count, delta);
        for (int i = 0; i < count * columns; i++) {
          delta[i] += base[i];
        }
        Tensor changed = Tensor.of(delta, step, columns).slice(0, 0, count);
        double[] part = norms.of(changed, DType.F64).toDoubleArray();
        for (int column = 0; column < columns; column++) {
          factors[column] = TensorDifference.joined(factors[column], part[column]);
        }
      }
      for (int column = 0; column < columns; column++) {
        factors[column] = factor(change.magnitude(column), factors[column]);
      }
      return factors;
    }

    private static double factor(double magnitude, double norm) {
      return norm == 0 ? 0 : magnitude / norm;
    }
  }
}
