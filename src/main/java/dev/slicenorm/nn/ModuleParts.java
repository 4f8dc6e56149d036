package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The half of {@link Module} that holds weights and buffers by name; the other half runs passes.
 */
abstract sealed class ModuleParts permits Module {

  private final Map<String, Tensor> derivedGradients = new ConcurrentHashMap<>();
  private final Object structure = new Object();
  private volatile Slots slots = Slots.EMPTY;

  /** For {@link Module} only. */
  ModuleParts() {}

  /** {@return the path and the class, for messages} */
  public abstract String describe();

  /**
   * Registers a parameter.
   *
   * @param parameterName its name: not empty, without a dot, and not taken
   * @param value its value, shared
   * @return the parameter
   */
  protected final Parameter addParameter(String parameterName, Tensor value) {
    Parameter parameter = Parameter.of(value);
    change(present -> {
      requireFree(present, parameterName);
      return present.withParameter(parameterName, parameter);
    });
    parameter.owners.add(self());
    return parameter;
  }

  /**
   * Makes a parameter of this module one with another, so that both are trained and replaced as
   * one.
   *
   * @param parameterName a plain parameter of this module, from which no weight is derived
   * @param shared the parameter that takes its place, of the same shape and element type; no weight
   *     is derived from it either
   * @throws IllegalArgumentException if they don't fit, or a weight is derived from one
   */
  public final void tie(String parameterName, Parameter shared) {
    Parameter own = parameter(parameterName);
    if (own.dtype() != shared.dtype() || !Arrays.equals(own.shape(), shared.shape())) {
      throw new IllegalArgumentException(
          "cannot tie %s of %s to a parameter of %s: expected %s"
              .formatted(parameterName, describe(), shared.describe(), own.describe()));
    }
    if (!shared.successors().isEmpty()) {
      throw new IllegalArgumentException(
          "cannot tie " + parameterName + " of " + describe() + " to " + shared);
    }
    Reparametrization.requireNoSource(self(), parameterName);
    Reparametrization.requireNoSource(shared);
    change(present -> present.withParameter(parameterName, shared));
    if (!parameters().containsValue(own)) {
      own.owners.remove(self());
    }
    shared.owners.add(self());
  }

  /**
   * Registers a tensor that is saved but not trained, or replaces it.
   *
   * @param bufferName its name: not empty, without a dot, and not taken by anything but a buffer
   * @param value its value; never written by this class
   */
  protected final void setBuffer(String bufferName, Tensor value) {
    change(present -> {
      if (!present.buffers().containsKey(bufferName)) {
        requireFree(present, bufferName);
      }
      return present.withBuffer(bufferName, value);
    });
  }

  /**
   * {@return one of this module's own parameters}
   *
   * @param parameterName its name
   * @throws IllegalArgumentException if there is none, or if it is a derived weight now
   */
  public final Parameter parameter(String parameterName) {
    return parameter(slots, parameterName);
  }

  private Parameter parameter(Slots present, String parameterName) {
    Parameter parameter = present.parameters().get(parameterName);
    if (parameter != null) {
      return parameter;
    }
    DerivedWeight derived = present.derived().get(parameterName);
    throw new IllegalArgumentException(
        "parameter '"
            + parameterName
            + "' of "
            + describe()
            + (derived == null
                ? " does not exist: expected one of " + present.parameters().keySet()
                : " is derived from "
                    + derived.sources().keySet().stream().map(parameterName::concat).toList()
                    + ": read it by weight, set it by assign"));
  }

  /**
   * {@return what a weight gives, plain or derived, whichever it is at one moment}
   *
   * @param weightName the name of a parameter or of a derived weight
   * @param ofDerived asks a derived weight
   * @param ofPlain asks a parameter
   */
  @SuppressWarnings("ReferenceEquality") // Slots are replaced as a whole: the very ones are meant.
  private <R> R ask(
      String weightName,
      Function<? super DerivedWeight, ? extends R> ofDerived,
      Function<? super Parameter, ? extends R> ofPlain) {
    while (true) {
      Slots present = slots;
      DerivedWeight derived = present.derived().get(weightName);
      try {
        return derived == null
            ? ofPlain.apply(parameter(present, weightName))
            : ofDerived.apply(derived);
      } catch (ReplacedParameterException e) {
        // Whoever replaces a parameter changes the slots before its lock is free again. So if it
        // was replaced since the slots were read, others are in place, which tell what took its
        // place; if it is still in these, asking again can't help.
        if (slots == present) {
          throw e;
        }
      }
    }
  }

  /** The same for what has no result. */
  private void change(
      String weightName,
      Consumer<? super DerivedWeight> derivedChange,
      Consumer<? super Parameter> plainChange) {
    ask(
        weightName,
        derived -> {
          derivedChange.accept(derived);
          return weightName;
        },
        parameter -> {
          plainChange.accept(parameter);
          return weightName;
        });
  }

  /**
   * {@return the axis of this module's {@code weight} along which its output channels lie}
   *
   * <p>It is 0, as in most layers, unless a subclass overrides this.
   */
  public int outputAxis() {
    return 0;
  }

  /** {@return this module's own parameters by name, in order of registration} */
  public final Map<String, Parameter> parameters() {
    return slots.parameters();
  }

  /** {@return this module's own buffers by name} */
  public final Map<String, Tensor> buffers() {
    return slots.buffers();
  }

  /** {@return this module's own derived weights by name} */
  public final Map<String, DerivedWeight> derivedWeights() {
    return slots.derived();
  }

  /**
   * {@return a read-only view of a weight as a forward pass uses it now, plain or derived; it is
   * set by {@link #assign} or {@link #update}}
   *
   * @param weightName the name of a parameter or of a derived weight
   */
  public final Tensor weight(String weightName) {
    return ask(weightName, derived -> derived.value().asReadOnly(), Parameter::value);
  }

  /** {@return a weight in row-major order, widened, never half-written} */
  final double[] widened(String weightName) {
    return ask(
        weightName,
        derived -> Doubles.of(derived.value()),
        parameter -> parameter.<double[]>read(Doubles::of));
  }

  /**
   * Sets a weight. Of a derived weight the parameters are set from which it is derived, so that
   * nothing is lost at the next forward pass.
   *
   * @param weightName the name of a parameter or of a derived weight
   * @param value of its shape
   */
  public final void assign(String weightName, Tensor value) {
    change(weightName, derived -> derived.assign(value), parameter -> parameter.assign(value));
  }

  /**
   * Changes a weight, plain or derived: for initialising it, say.
   *
   * @param weightName the name of a parameter or of a derived weight
   * @param writer writes into the weight, and must not keep it
   */
  public final void update(String weightName, Consumer<? super Tensor> writer) {
    change(
        weightName,
        derived -> {
          Tensor changed = derived.value().copy();
          writer.accept(changed);
          derived.assign(changed);
        },
        parameter -> parameter.update(writer));
  }

  /**
   * Adds to the gradient of a weight. Of a derived weight it is kept until a hook {@linkplain
   * #takeGradient takes} it after the backward pass.
   *
   * @param weightName the name of a parameter or of a derived weight
   * @param gradient of its shape
   */
  protected final void accumulate(String weightName, Tensor gradient) {
    change(
        weightName,
        derived ->
            derivedGradients.compute(
                weightName,
                // A copy, for a layer may use its memory again.
                (key, sum) ->
                    sum == null ? gradient.copy() : Doubles.sum(sum, gradient, DType.F64)),
        parameter -> parameter.accumulateGradient(gradient));
  }

  /**
   * {@return the gradient by a derived weight since it was last taken, if there is one}
   *
   * @param weightName the name of a derived weight
   */
  public final Optional<Tensor> takeGradient(String weightName) {
    return Optional.ofNullable(derivedGradients.remove(weightName));
  }

  final void clearDerivedGradients() {
    derivedGradients.clear();
  }

  final Slots slots() {
    return slots;
  }

  /** Replaces the slots by what a change makes of them, unless it throws. */
  final void change(UnaryOperator<Slots> change) {
    synchronized (structure) {
      slots = change.apply(slots);
    }
  }

  private Module self() {
    return (Module) this;
  }

  final void requireFree(Slots present, String newName) {
    if (newName.isEmpty() || newName.indexOf('.') >= 0) {
      throw new IllegalArgumentException(
          "name '" + newName + "' for " + describe() + ": expected one that has no dot, not empty");
    }
    if (present.contains(newName)) {
      throw new IllegalArgumentException(
          "name '" + newName + "' of " + describe() + " is taken: expected another");
    }
  }
}
