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
 * + Δᵢ) − W)} with {@code cᵢ = mᵢ/‖W + Δᵢ‖}. A slice of norm zero stays zero.
 *
 * @param weight the weight
 * @param layers the changes
 */
record MergedContent(Stored weight, List<Adapter.Layer> layers) implements Content {

  private static final int WINDOW = 1 << 18;

  @Override
  public void writeTo(TensorSink sink) throws IOException {
    if (weight.entry().count() == 0) {
      return;
    }
    Tensor w = weight.tensor();
    long rows = w.size(0);
    int columns = Math.toIntExact(w.count() / rows);
    Tensor matrix = w.reshape(rows, columns);
    boolean transposed = layers.getFirst().transposed();
    List<LowRankChange> changes = new ArrayList<>();
    for (Adapter.Layer layer : layers) {
      changes.add(LowRankChange.read(weight, layer));
    }
    List<double[]> factors = new ArrayList<>();
    for (LowRankChange change : changes) {
      factors.add(change.isDora() && transposed ? columnFactors(matrix, change) : new double[0]);
    }
    int step = Math.max(1, WINDOW / columns);
    double[] delta = new double[Math.multiplyExact(step, columns)];
    for (long row = 0; row < rows; row += step) {
      int count = (int) Math.min(step, rows - row);
      double[] base = matrix.slice(0, row, row + count).toDoubleArray();
      double[] merged = new double[base.length];
      double[] share = new double[base.length];
      Arrays.fill(share, 1);
      for (int i = 0; i < changes.size(); i++) {
        LowRankChange change = changes.get(i);
        change.rows(row, count, delta);
        if (change.isDora()) {
          double[] factor =
              transposed ? factors.get(i) : rowFactors(change, row, count, base, delta, columns);
          addDora(factor, transposed, columns, delta, merged, share);
        } else {
          for (int j = 0; j < base.length; j++) {
            merged[j] += delta[j];
          }
        }
      }
      for (int j = 0; j < base.length; j++) {
        // Not share·W where share is 0: an infinity there would turn into NaN.
        merged[j] += share[j] == 0 ? 0 : share[j] * base[j];
      }
      Content.of(Tensor.of(merged, count, columns).to(w.dtype())).writeTo(sink);
    }
  }

  /** Adds {@code c·Δ}, and moves W's own share by {@code c − 1}: for one DoRA it is c exactly. */
  private static void addDora(
      double[] factor,
      boolean transposed,
      int columns,
      double[] delta,
      double[] merged,
      double[] share) {
    for (int j = 0; j < merged.length; j++) {
      double c = factor[transposed ? j % columns : j / columns];
      merged[j] += c * delta[j];
      share[j] = share[j] - 1 + c;
    }
  }

  private static double[] rowFactors(
      LowRankChange change, long first, int count, double[] base, double[] delta, int columns) {
    double[] changed = new double[base.length];
    for (int j = 0; j < changed.length; j++) {
      changed[j] = base[j] + delta[j];
    }
    double[] norms = norms(Axes.except(0), changed, count, columns);
    for (int row = 0; row < count; row++) {
      norms[row] = factor(change.magnitude((int) (first + row)), norms[row]);
    }
    return norms;
  }

  /** The norms of columns need all rows, so they are gathered in a pass of their own. */
  private static double[] columnFactors(Tensor matrix, LowRankChange change) {
    long rows = matrix.size(0);
    int columns = (int) matrix.size(1);
    int step = Math.max(1, WINDOW / columns);
    double[] delta = new double[step * columns];
    double[] factors = new double[columns];
    for (long row = 0; row < rows; row += step) {
      int count = (int) Math.min(step, rows - row);
      double[] changed = matrix.slice(0, row, row + count).toDoubleArray();
      change.rows(row, count, delta);
      for (int j = 0; j < changed.length; j++) {
        changed[j] += delta[j];
      }
      double[] norms = norms(Axes.except(1), changed, count, columns);
      for (int column = 0; column < columns; column++) {
        factors[column] = Math.hypot(factors[column], norms[column]);
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

  private static double[] norms(Axes axes, double[] values, int rows, int columns) {
    return SliceNorms.l2(axes).of(Tensor.of(values, rows, columns), DType.F64).toDoubleArray();
  }
}
