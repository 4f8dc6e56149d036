package dev.slicenorm.checkpoint;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** The slice norms of one weight: of a pair of weight norm, or of a plain weight. */
public final class LayerNorms {

  private final String name;
  private final String shape;
  private final Axes axes;
  private final double[] weight;
  private final Optional<double[]> direction;

  private LayerNorms(
      String name, String shape, Axes axes, double[] weight, Optional<double[]> direction) {
    this.name = name;
    this.shape = shape;
    this.axes = axes;
    this.weight = weight;
    this.direction = direction;
  }

  /**
   * {@return the norms of every weight of a checkpoint: of the pairs along their axes, and of the
   * plain tensors of two axes or more that can be computed with, along the first}
   *
   * @param checkpoint the checkpoint
   * @param selected which weights, by the name of the plain weight
   * @throws CheckpointException if a tensor can't be read
   */
  public static List<LayerNorms> of(Checkpoint checkpoint, Predicate<String> selected)
      throws CheckpointException {
    List<LayerNorms> layers = new ArrayList<>();
    Set<Stored> parts = new HashSet<>();
    for (WeightNormPair pair : WeightNormPairs.find(checkpoint).pairs()) {
      parts.add(pair.g());
      parts.add(pair.v());
      if (selected.test(pair.name())) {
        layers.add(ofPair(pair));
      }
    }
    for (Stored tensor : checkpoint.tensors()) {
      boolean weight = tensor.entry().rank() >= 2 && tensor.entry().type().dtype().isPresent();
      if (weight && !parts.contains(tensor) && selected.test(tensor.name())) {
        layers.add(
            new LayerNorms(
                tensor.name(),
                tensor.entry().describe(),
                Axes.except(0),
                norms(tensor, Axes.except(0)),
                Optional.empty()));
      }
    }
    return layers;
  }

  private static LayerNorms ofPair(WeightNormPair pair) throws CheckpointException {
    double[] v = norms(pair.v(), pair.axes());
    double[] w = pair.g().tensor().toDoubleArray();
    for (int slice = 0; slice < w.length; slice++) {
      // |g| is the norm of the weight, but where v is zero so is the weight, and where it is no
      // number or infinite, so that ∞/∞ is none, the weight is none either.
      double size = Double.isFinite(v[slice]) ? Math.abs(w[slice]) : Double.NaN;
      w[slice] = v[slice] == 0 ? 0 : size;
    }
    return new LayerNorms(pair.name(), pair.v().entry().describe(), pair.axes(), w, Optional.of(v));
  }

  private static double[] norms(Stored tensor, Axes axes) throws CheckpointException {
    return SliceNorms.l2(axes).of(tensor.tensor(), DType.F64).toDoubleArray();
  }

  /** {@return the name of the plain weight} */
  public String name() {
    return name;
  }

  /** {@return element type and shape, such as {@code F32[4, 3]}} */
  public String describe() {
    return shape;
  }

  /** {@return the axes that each norm reduces} */
  public Axes axes() {
    return axes;
  }

  /**
   * {@return the norm of each slice of the weight; for a pair |g|, unless v is zero, infinite or
   * NaN there; a copy}
   */
  public double[] weight() {
    return weight.clone();
  }

  /** {@return the norm of each slice of v, for a pair; a copy} */
  public Optional<double[]> direction() {
    return direction.map(double[]::clone);
  }
}
