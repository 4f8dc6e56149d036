package dev.slicenorm.nn;

import dev.slicenorm.norm.GlobalNorm;
import dev.slicenorm.norm.Norm;
import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Changes parameters by their gradients. A step is one update of all its parameters, so a
 * concurrent reader of several sees them all before it or all after it.
 *
 * <p>A parameter that was replaced since the optimizer was made is followed: to {@code g} and
 * {@code v} when it was put under weight norm, and back. What was remembered about the old one,
 * such as a momentum, ends with it, since it says nothing about the new ones.
 */
public abstract sealed class Optimizer permits Sgd, Adam {

  /** Innermost: what a step changes is locked before, as it may be where one is called. */
  private final Object stepping = new Object();

  private volatile List<Parameter> parameters;
  private final IdentityHashMap<Parameter, State> states = new IdentityHashMap<>();

  /** What an optimizer remembers about one parameter. */
  abstract static class State {
    /** Changes the values by the gradients, both in row-major order. */
    abstract void step(double[] values, double[] gradient);
  }

  Optimizer(Collection<Parameter> parameters) {
    this.parameters = distinct(parameters);
  }

  /** {@return the parameters it changes now, each once} */
  public final List<Parameter> parameters() {
    return present(parameters);
  }

  /**
   * Changes each parameter that has a gradient.
   *
   * @throws IllegalStateException if the caller is reading one
   */
  public final void step() {
    boolean isDone = false;
    while (!isDone) {
      synchronized (stepping) {
        parameters = present(parameters);
        states.keySet().retainAll(parameters);
      }
      isDone = tryStep();
    }
  }

  /** {@return false if one was replaced meanwhile, before any was changed} */
  private boolean tryStep() {
    Map<Parameter, double[]> gradients = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      parameter.gradient().ifPresent(found -> gradients.put(parameter, Doubles.of(found)));
    }
    try {
      Parameter.update(
          List.copyOf(gradients.keySet()),
          () -> {
            // All before the first is changed: memory outside the heap may be closed.
            gradients.keySet().forEach(Parameter::requireWritable);
            synchronized (stepping) {
              gradients.forEach(this::step);
            }
          });
      return true;
    } catch (ReplacedParameterException e) {
      // Only they are locked here, and each that is replaced has others to go on with.
      return false;
    }
  }

  private void step(Parameter parameter, double[] gradient) {
    State state = states.computeIfAbsent(parameter, p -> begin(gradient.length));
    parameter.update(value -> {
      double[] values = Doubles.of(value);
      state.step(values, gradient);
      value.copyFrom(Doubles.round(values, value.dtype(), value.shape()));
    });
  }

  /**
   * Clips the Euclidean norm of all gradients together, as {@link #clipGradients(Norm, double)}.
   *
   * {@snippet file="dev/slicenorm/snippets/NnSnippetsTest.java" region="clip"}
   *
   * @param most the largest norm, 0 or more
   * @return the norm before
   */
  public final double clipGradients(double most) {
    return clipGradients(Norm.L2, most);
  }

  /**
   * Scales the gradients so that the norm of all of them together is at most {@code most}, as
   * {@link GlobalNorm#clip} does: PyTorch's {@code clip_grad_norm_}. Under weight norm the
   * gradients are those of g and v.
   *
   * <p>Its place is between {@link Module#backward} and {@link #step}. What a backward pass of
   * another thread adds while this runs may be lost.
   *
   * @param norm which norm
   * @param most the largest norm, 0 or more
   * @return the norm before; parameters without a gradient count for nothing
   */
  public final double clipGradients(Norm norm, double most) {
    Map<Parameter, Tensor> gradients = new LinkedHashMap<>();
    for (Parameter parameter : parameters()) {
      // A copy: whoever holds the gradient keeps what it read.
      parameter.gradient().ifPresent(found -> gradients.put(parameter, found.copy()));
    }
    double before = GlobalNorm.clip(norm, most, List.copyOf(gradients.values()));
    gradients.forEach(Parameter::setGradient);
    return before;
  }

  /** {@return the memory for a parameter that is changed for the first time} */
  abstract State begin(int count);

  /** Forgets the gradients. */
  public final void clearGradients() {
    parameters().forEach(Parameter::clearGradient);
  }

  /** {@return what took the place of some parameters, or they themselves} */
  private static List<Parameter> present(List<Parameter> some) {
    if (some.stream().allMatch(parameter -> parameter.successors().isEmpty())) {
      return some;
    }
    List<Parameter> present = new ArrayList<>();
    some.forEach(parameter -> addPresent(parameter, present));
    return distinct(present);
  }

  private static void addPresent(Parameter parameter, List<Parameter> present) {
    List<Parameter> successors = parameter.successors();
    if (successors.isEmpty()) {
      present.add(parameter);
    } else {
      successors.forEach(successor -> addPresent(successor, present));
    }
  }

  private static List<Parameter> distinct(Collection<Parameter> parameters) {
    return parameters.stream()
        .map(parameter -> Objects.requireNonNull(parameter, "a parameter"))
        .distinct()
        .toList();
  }
}
