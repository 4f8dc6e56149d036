package dev.slicenorm.nn;

import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Copies a module tree. One parameter in several places becomes one copy in the same places. */
@SuppressWarnings("ReferenceEquality") // The very object is meant throughout.
final class ModuleCopy {

  private final IdentityHashMap<Parameter, Parameter> parameters = new IdentityHashMap<>();
  private final IdentityHashMap<DerivedWeight, DerivedWeight> derived = new IdentityHashMap<>();
  private final IdentityHashMap<Module, Module> modules = new IdentityHashMap<>();

  private ModuleCopy() {}

  static Module of(Module root) {
    return new ModuleCopy().copy(root);
  }

  private Module copy(Module original) {
    Module done = modules.get(original);
    if (done != null) {
      return done;
    }
    Module copy = original.replicate();
    if (copy.getClass() != original.getClass() || copy == original) {
      throw new IllegalStateException(
          "replicate of "
              + original.describe()
              + " gave "
              + copy.describe()
              + ": expected a new "
              + original.getClass().getName());
    }
    fill(original, copy);
    return copy;
  }

  private void fill(Module original, Module copy) {
    modules.put(original, copy);
    Map<String, Parameter> held = new LinkedHashMap<>();
    original
        .parameters()
        .forEach((name, p) -> held.put(name, copy(p, copy.parameters().get(name))));
    Map<String, DerivedWeight> computed = new LinkedHashMap<>();
    original
        .derivedWeights()
        .forEach((name, weight) -> computed.put(name, copy(weight, copy.parameters().get(name))));
    Map<String, Tensor> buffers = new LinkedHashMap<>();
    original.buffers().forEach((name, buffer) -> buffers.put(name, buffer.copy()));
    copy.parameters().values().forEach(p -> p.owners.remove(copy));
    held.values().forEach(p -> p.owners.add(copy));
    copy.change(fresh ->
        new Slots(
            Collections.unmodifiableMap(held),
            Collections.unmodifiableMap(computed),
            Collections.unmodifiableMap(buffers),
            fresh.children(),
            original.hooks()));
    copy.setTraining(original.isTraining());
    original
        .children()
        .forEach((name, child) -> {
          Module fresh = copy.children().get(name);
          if (fresh == null) {
            copy.addChild(name, copy(child));
          } else if (modules.get(child) != fresh) {
            fill(child, fresh);
          }
        });
  }

  /**
   * Copies a derived weight. The parameter that the new module made for it is replaced, as that of
   * the original was: their fields tell the same.
   */
  private DerivedWeight copy(DerivedWeight weight, @Nullable Parameter own) {
    Collection<Parameter> sources = weight.sources().values();
    List<Parameter> plain = new ArrayList<>();
    DerivedWeight copy =
        derived.computeIfAbsent(
            weight,
            w ->
                w.on(p -> {
                  if (sources.contains(p)) {
                    return copy(p, null);
                  }
                  Parameter replaced = replaced(p, own);
                  plain.add(replaced);
                  return replaced;
                }));
    if (own != null && !plain.contains(own)) {
      plain.add(own);
    }
    plain.forEach(p ->
        p.replaceBy(
            List.copyOf(copy.sources().values()),
            "it is derived now; read it by Module.weight, set it by Module.assign"));
    return copy;
  }

  /** {@return what stands for a parameter that was replaced; its value doesn't matter} */
  private Parameter replaced(Parameter original, @Nullable Parameter candidate) {
    Parameter plain =
        candidate != null && fits(candidate, original)
            ? candidate
            : Parameter.of(Tensor.zeros(original.dtype(), original.shape()));
    parameters.put(original, plain);
    return plain;
  }

  private boolean fits(Parameter candidate, Parameter original) {
    return candidate.dtype() == original.dtype()
        && Arrays.equals(candidate.shape(), original.shape())
        && !parameters.containsValue(candidate);
  }

  /**
   * Copies into the parameter that the new module made itself, where it fits: its fields stay true.
   */
  private Parameter copy(Parameter original, @Nullable Parameter candidate) {
    Parameter done = parameters.get(original);
    if (done != null) {
      return done;
    }
    Parameter copy;
    if (candidate != null && fits(candidate, original)) {
      copy = candidate;
      copy.assign(original.read(Tensor::copy));
    } else {
      copy = Parameter.of(original.read(Tensor::copy));
    }
    parameters.put(original, copy);
    return copy;
  }
}
