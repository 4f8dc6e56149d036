package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    parameter.owners.add(self());
    change(present -> {
      requireFree(present, parameterName);
      return present.withParameter(parameterName, parameter);
    });
    return parameter;
  }

  /**
   * Makes a parameter of this module one with another, so that both are trained and replaced as
   * one. The parameter that was there is {@linkplain Parameter#successors replaced} by the other,
   * unless another module holds it too.
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
    // While they are locked, so that nobody replaces one in its other modules meanwhile.
    Parameter.update(List.of(own, shared), () -> tie(parameterName, own, shared));
  }

  private void tie(String parameterName, Parameter own, Parameter shared) {
    Reparametrization.requireNoSource(self(), parameterName);
    Reparametrization.requireNoSource(shared);
    shared.owners.add(self());
    change(present -> present.withParameter(parameterName, shared));
    if (!parameters().containsValue(own)) {
      own.owners.remove(self());
      if (own.owners.list().isEmpty()) {
        // Nobody computes with it any more: optimizers made before go on with the other.
        own.replaceBy(List.of(shared), "it was tied to another, which is used in its place");
      }
    }
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
    Objects.requireNonNull(weightName, "weightName");
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
   * <p>A plain weight shows later changes, also while another thread writes them: {@link
   * #readWeight} keeps those away.
   *
   * @param weightName the name of a parameter or of a derived weight
   */
  public final Tensor weight(String weightName) {
    return ask(weightName, derived -> derived.value().asReadOnly(), Parameter::value);
  }

  /**
   * {@return what an action makes of a weight, plain or derived, while nobody changes it}
   *
   * @param weightName the name of a parameter or of a derived weight
   * @param action reads the weight, and must neither write nor keep it
   * @param <R> the type of the result
   */
  public final <R> R readWeight(String weightName, Function<? super Tensor, ? extends R> action) {
    return ask(
        weightName,
        derived -> action.apply(derived.value().asReadOnly()),
        parameter -> parameter.<R>read(value -> action.apply(value.asReadOnly())));
  }

  /** {@return a weight in row-major order, widened, never half-written} */
  final double[] widened(String weightName) {
    return this.<double[]>readWeight(weightName, Doubles::of);
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
        // As one update of the sources: what others change meanwhile would be lost.
        derived ->
            Parameter.update(
                List.copyOf(derived.sources().values()),
                () -> {
                  Tensor changed = derived.value().copy();
                  writer.accept(changed);
                  derived.assign(changed);
                }),
        parameter -> parameter.update(writer));
  }

  /**
   * Adds to the gradient of a weight. That of a derived weight goes on to its sources when {@link
   * Module#differentiate} is done.
   *
   * @param weightName the name of a parameter or of a derived weight
   * @param gradient of its shape
   */
  protected final void accumulate(String weightName, Tensor gradient) {
    change(
        weightName,
        derived -> {
          requireShape(weightName, gradient, derived.shape());
          derivedGradients.compute(
              weightName,
              // A copy, for a layer may use its memory again.
              (key, sum) -> sum == null ? gradient.copy() : Doubles.sum(sum, gradient, DType.F64));
        },
        parameter -> parameter.accumulateGradient(gradient));
  }

  private void requireShape(String weightName, Tensor gradient, long[] shape) {
    if (!Arrays.equals(gradient.shape(), shape)) {
      throw new IllegalArgumentException(
          "gradient has shape %s, expected %s of %s of %s"
              .formatted(
                  Arrays.toString(gradient.shape()),
                  Arrays.toString(shape),
                  weightName,
                  describe()));
    }
  }

  /** Turns the gradients by derived weights into gradients by their sources. */
  final void passDerivedGradients() {
    slots
        .derived()
        .forEach((name, weight) -> {
          Tensor gradient = derivedGradients.remove(name);
          if (gradient != null) {
            passOn(name, weight, gradient);
          }
        });
  }

  @SuppressWarnings("ReferenceEquality") // The very weight is meant.
  private void passOn(String weightName, DerivedWeight weight, Tensor gradient) {
    try {
      weight.backward(gradient);
    } catch (ReplacedParameterException e) {
      if (slots.derived().get(weightName) == weight) {
        throw e;
      }
      // It was taken out while the pass ran: the gradient is that of what is there now.
      accumulate(weightName, gradient);
      passDerivedGradients();
    }
  }

  /** Forgets the gradient by a derived weight that is derived no more. */
  final void forgetGradient(String weightName) {
    derivedGradients.remove(weightName);
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
