package dev.slicenorm.checkpoint;

import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.util.List;

/**
 * A bias with those of adapters merged into it: {@code b + Σ sᵢ·bᵢ}, as the forward pass of LoRA
 * multiplies all that B gives, its bias included, by {@code s}.
 *
 * @param bias the bias of the layer
 * @param layers the changes, each with a bias
 */
record MergedBias(Stored bias, List<Adapter.Layer> layers) implements Content {

  /** Checks the shapes; reads nothing. */
  static void check(Stored bias, Stored change, Adapter adapter) throws CheckpointException {
    if (bias.entry().rank() != 1 || change.entry().count() != bias.entry().count()) {
      throw new CheckpointException(
          "%s: %s doesn't fit %s: expected as many elements, along one axis"
              .formatted(adapter.folder(), change, bias));
    }
    bias.tensor();
    change.tensor();
  }

  @Override
  public void writeTo(TensorSink sink) throws IOException {
    Tensor b = bias.tensor();
    double[] merged = b.toDoubleArray();
    for (Adapter.Layer layer : layers) {
      double[] change = layer.bias().orElseThrow().tensor().toDoubleArray();
      for (int i = 0; i < merged.length; i++) {
        merged[i] += layer.scale() * change[i];
      }
    }
    Content.rounded(bias.name(), Tensor.of(merged, merged.length), b.dtype()).writeTo(sink);
  }
}
