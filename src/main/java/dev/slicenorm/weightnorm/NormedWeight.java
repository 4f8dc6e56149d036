package dev.slicenorm.weightnorm;

import dev.slicenorm.event.Events;
import dev.slicenorm.nn.DerivedWeight;
import dev.slicenorm.nn.Parameter;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Norm;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * {@code w = g · v / ‖v‖} over two parameters, recomputed only when one of them changed.
 *
 * <p>Each recomputation fills a fresh tensor while it holds the read locks of both parameters, and
 * publishes it by one volatile write together with the versions it was computed from. So a reader
 * sees a complete weight of one pair (g, v), without a lock as long as nothing changes, and keeps
 * it for as long as it likes. Locks are always taken in the order parameters, then {@code this}.
 */
final class NormedWeight implements DerivedWeight {

  static final String MAGNITUDE = "_g";
  static final String DIRECTION = "_v";

  /** Replaced only by one that differs in the name that messages give the weight. */
  private volatile WeightNorm norm;

  private final Parameter g;
  private final Parameter v;
  private final Parameter plain;
  private volatile Snapshot snapshot;

  private record Snapshot(Tensor weight, long magnitudes, long directions) {}

  private NormedWeight(WeightNorm norm, Parameter g, Parameter v, Parameter plain) {
    this.norm = norm;
    this.g = g;
    this.v = v;
    this.plain = plain;
    this.snapshot = Parameter.read(List.of(g, v), this::computed);
  }

  /**
   * {@return a weight's decomposition}
   *
   * @param norm which slices
   * @param value the weight; its memory becomes that of {@code v}
   * @param plain the parameter that stands in this memory otherwise
   * @throws IllegalArgumentException if no g and v compose to it
   */
  static NormedWeight over(WeightNorm norm, Tensor value, Parameter plain) {
    Parameter magnitude = Parameter.of(norm.magnitudes(value));
    return new NormedWeight(norm, magnitude, Parameter.of(value), plain);
  }

  /**
   * Fails, by name, where a weight has too few axes.
   *
   * @throws IndexOutOfBoundsException if it has no such axis
   */
  static void requireAxes(WeightNorm norm, int rank, String weight) {
    try {
      norm.axes().reduced(rank);
    } catch (IndexOutOfBoundsException e) {
      IndexOutOfBoundsException named =
          new IndexOutOfBoundsException(weight + ": " + e.getMessage());
      named.initCause(e);
      throw named;
    }
  }

  WeightNorm norm() {
    return norm;
  }

  Parameter g() {
    return g;
  }

  Parameter v() {
    return v;
  }

  /** {@return the parameter whose place this weight takes} */
  Parameter plain() {
    return plain;
  }

  /**
   * Computes the weight if need be, calling it by its path in messages.
   *
   * @param path makes the path, which changes when the module gets a parent
   */
  void refresh(Supplier<String> path) {
    if (!isFresh(snapshot)) {
      norm = norm.withName(path.get());
      value();
    }
  }

  @Override
  public Tensor value() {
    Snapshot present = snapshot;
    if (isFresh(present)) {
      return present.weight;
    }
    try {
      return Parameter.read(List.of(g, v), this::refreshed);
    } catch (IllegalStateException e) {
      if (g.successors().isEmpty()) {
        throw e;
      }
      // Weight norm was removed since this pass began: it ends with the weight of that moment.
      return snapshot.weight;
    }
  }

  private boolean isFresh(Snapshot present) {
    return present.magnitudes == g.version() && present.directions == v.version();
  }

  private synchronized Tensor refreshed() {
    if (!isFresh(snapshot)) {
      snapshot = computed();
    }
    return snapshot.weight;
  }

  private Snapshot computed() {
    long magnitudes = g.version();
    long directions = v.version();
    Events.Span span = Events.weight(norm.name(), v.count());
    Tensor weight =
        g.<Tensor>read(lengths -> v.<Tensor>read(vectors -> norm.compose(vectors, lengths)));
    span.end();
    return new Snapshot(weight, magnitudes, directions);
  }

  @Override
  public long[] shape() {
    return v.shape();
  }

  @Override
  public void requireAssignable(Tensor weight) {
    decomposed(weight);
  }

  /** {@return the g and v of a weight that may be assigned} */
  private WeightNorm.Decomposition decomposed(Tensor weight) {
    DerivedWeight.super.requireAssignable(weight);
    Tensor direction = weight.to(v.dtype());
    requireNoOverflow(weight, direction);
    if (norm.zeroSlice().equals(ZeroSlice.REJECT)) {
      SliceNorms.l2(norm.axes()).requireNoZeroSlice(norm.name(), direction);
    }
    return new WeightNorm.Decomposition(norm.magnitudes(direction), direction);
  }

  private void requireNoOverflow(Tensor weight, Tensor narrow) {
    SliceNorms largest = SliceNorms.of(Norm.MAX, Axes.whole());
    double rounded = largest.of(narrow, DType.F64).item();
    double exact = largest.of(weight, DType.F64).item();
    if (Double.isInfinite(rounded) && Double.isFinite(exact)) {
      throw new IllegalArgumentException(
          "%s: an element of size %s overflows %s: expected smaller elements"
              .formatted(norm.name(), exact, narrow.dtype()));
    }
  }

  @Override
  public void assign(Tensor weight) {
    WeightNorm.Decomposition parts = decomposed(weight);
    Parameter.update(
        List.of(g, v),
        () -> {
          g.assign(parts.g());
          v.assign(parts.v());
        });
  }

  @Override
  public void backward(Tensor gradient) {
    WeightNorm.Gradients gradients =
        Parameter.<WeightNorm.Gradients>read(
            List.of(g, v),
            () ->
                g.<WeightNorm.Gradients>read(
                    lengths -> v.read(vectors -> norm.backward(vectors, lengths, gradient))));
    g.accumulateGradient(gradients.dg());
    v.accumulateGradient(gradients.dv());
  }

  @Override
  public Map<String, Parameter> sources() {
    Map<String, Parameter> sources = new LinkedHashMap<>();
    sources.put(MAGNITUDE, g);
    sources.put(DIRECTION, v);
    return sources;
  }

  @Override
  public DerivedWeight on(UnaryOperator<Parameter> copies) {
    return new NormedWeight(norm, copies.apply(g), copies.apply(v), copies.apply(plain));
  }

  @Override
  public String toString() {
    return "weight norm " + norm.axes() + " of " + v.describe();
  }
}
