package dev.slicenorm.nn;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes parameters by their gradients. A step is one update of all its parameters, so a
 * concurrent reader of several sees them all before it or all after it.
 *
 * <p>A parameter that was replaced since the optimizer was made is followed: to {@code g} and
 * {@code v} when it was put under weight norm, and back. What was remembered about the old one,
 * such as a momentum, ends with it, since it says nothing about the new ones.
 */
public abstract sealed class Optimizer permits Sgd, Adam {

  private final Object stepping = new Object();
  private List<Parameter> parameters;
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
    synchronized (stepping) {
      follow();
      return parameters;
    }
  }

  /** Changes each parameter that has a gradient. */
  public final void step() {
    synchronized (stepping) {
      follow();
      Map<Parameter, double[]> gradients = new LinkedHashMap<>();
      for (Parameter parameter : parameters) {
        parameter.gradient().ifPresent(found -> gradients.put(parameter, Doubles.of(found)));
      }
      Parameter.update(List.copyOf(gradients.keySet()), () -> gradients.forEach(this::step));
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

  /** {@return the memory for a parameter that is changed for the first time} */
  abstract State begin(int count);

  /** Forgets the gradients. */
  public final void clearGradients() {
    parameters().forEach(Parameter::clearGradient);
  }

  private void follow() {
    if (parameters.stream().allMatch(parameter -> parameter.successors().isEmpty())) {
      return;
    }
    List<Parameter> present = new ArrayList<>();
    parameters.forEach(parameter -> addPresent(parameter, present));
    parameters = distinct(present);
    states.keySet().retainAll(parameters);
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
    return parameters.stream().distinct().toList();
  }
}
