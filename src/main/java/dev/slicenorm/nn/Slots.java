package dev.slicenorm.nn;

import dev.slicenorm.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Everything a module holds by name. Never changed: a module replaces its slots as a whole, by one
 * write, so a change that fails half-way leaves no trace and a concurrent pass sees the old or the
 * new.
 */
record Slots(
    Map<String, Parameter> parameters,
    Map<String, DerivedWeight> derived,
    Map<String, Tensor> buffers,
    Map<String, Module> children,
    Map<String, Hook> hooks) {

  static final Slots EMPTY = new Slots(Map.of(), Map.of(), Map.of(), Map.of(), Map.of());

  Slots withParameters(Map<String, Parameter> changed) {
    return new Slots(Collections.unmodifiableMap(changed), derived, buffers, children, hooks);
  }

  Slots withParameter(String name, Parameter parameter) {
    return withParameters(changed(parameters, map -> map.put(name, parameter)));
  }

  Slots withDerived(String name, DerivedWeight weight) {
    return new Slots(
        parameters, changed(derived, map -> map.put(name, weight)), buffers, children, hooks);
  }

  Slots withoutDerived(String name) {
    return new Slots(
        parameters, changed(derived, map -> map.remove(name)), buffers, children, hooks);
  }

  Slots withBuffer(String name, Tensor buffer) {
    return new Slots(
        parameters, derived, changed(buffers, map -> map.put(name, buffer)), children, hooks);
  }

  Slots withChild(String name, Module child) {
    return new Slots(
        parameters, derived, buffers, changed(children, map -> map.put(name, child)), hooks);
  }

  Slots withHook(String key, Hook hook) {
    return new Slots(
        parameters, derived, buffers, children, changed(hooks, map -> map.put(key, hook)));
  }

  Slots withoutHook(String key) {
    return new Slots(
        parameters, derived, buffers, children, changed(hooks, map -> map.remove(key)));
  }

  /** {@return these parameters with some in the place of one, in its position} */
  Slots replacing(String name, Map<String, Parameter> others) {
    Map<String, Parameter> changed = new LinkedHashMap<>();
    parameters.forEach((key, parameter) -> {
      if (key.equals(name)) {
        changed.putAll(others);
      } else {
        changed.put(key, parameter);
      }
    });
    return withParameters(changed);
  }

  /** {@return these parameters with one in the place of some, in the position of the first} */
  Slots merging(Map<String, Parameter> some, String name, Parameter one) {
    Map<String, Parameter> changed = new LinkedHashMap<>();
    parameters.forEach((key, parameter) -> {
      if (some.containsKey(key)) {
        changed.put(name, one);
      } else {
        changed.put(key, parameter);
      }
    });
    return withParameters(changed);
  }

  boolean contains(String name) {
    return parameters.containsKey(name)
        || derived.containsKey(name)
        || buffers.containsKey(name)
        || children.containsKey(name);
  }

  private static <V> Map<String, V> changed(Map<String, V> map, Consumer<Map<String, V>> change) {
    Map<String, V> copy = new LinkedHashMap<>(map);
    change.accept(copy);
    return Collections.unmodifiableMap(copy);
  }
}
