package dev.slicenorm.nn;

import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A module tree as a flat map of tensors, and back: every name and shape is checked before any
 * write.
 */
final class ModuleState {

  private final Map<String, Tensor> state;
  private final List<Parameter> targets;
  private final Set<String> known = new LinkedHashSet<>();
  private final List<String> missing = new ArrayList<>();
  private final List<Runnable> writes = new ArrayList<>();

  /** What is to be set already, under the path that sets it. */
  private final IdentityHashMap<Object, String> set = new IdentityHashMap<>();

  private ModuleState(Map<String, Tensor> state, List<Parameter> targets) {
    this.state = state;
    this.targets = targets;
  }

  static Map<String, Tensor> save(Module root) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    ModuleTree.each(
        root,
        (path, module) -> {
          module
              .parameters()
              .forEach((name, p) -> state.put(ModuleTree.join(path, name), p.read(Tensor::copy)));
          module
              .buffers()
              .forEach((name, buffer) -> state.put(ModuleTree.join(path, name), buffer.copy()));
        });
    return state;
  }

  static LoadReport load(Module root, Map<String, Tensor> state, boolean strict) {
    Objects.requireNonNull(state, "state");
    state.keySet().forEach(name -> Objects.requireNonNull(name, "a name in the state"));
    // One update, so that no forward pass sees a new g with an old v, and no parameter is replaced
    // between the checks and the writes.
    return ModuleTree.withParameters(
        root,
        all -> {
          ModuleState loading = new ModuleState(state, all);
          Parameter.update(all, () -> loading.load(root, strict));
          return new LoadReport(loading.missing, loading.unexpected());
        });
  }

  private void load(Module root, boolean strict) {
    ModuleTree.each(root, this::plan);
    List<String> unexpected = unexpected();
    if (strict && !(missing.isEmpty() && unexpected.isEmpty())) {
      throw new IllegalArgumentException(
          "state does not fit "
              + root.describe()
              + ": missing "
              + missing
              + ", unexpected "
              + unexpected
              + "; expected exactly the names of state(), or use loadLeniently");
    }
    writes.forEach(Runnable::run);
  }

  private List<String> unexpected() {
    return state.keySet().stream().filter(name -> !known.contains(name)).toList();
  }

  private void plan(String path, Module module) {
    Map<String, Parameter> parameters = new LinkedHashMap<>(module.parameters());
    module
        .derivedWeights()
        .forEach((name, derived) -> {
          if (planDerived(path, name, derived)) {
            derived.sources().keySet().forEach(suffix -> parameters.remove(name + suffix));
          }
        });
    parameters.forEach((name, parameter) -> {
      String full = ModuleTree.join(path, name);
      Tensor value = find(full, parameter.shape());
      if (value != null) {
        requireAccepted(full, () -> parameter.requireAssignable(value));
        if (isFirst(parameter, full, value)) {
          Tensor separate = separate(value);
          writes.add(() -> parameter.assign(separate));
        }
      }
    });
    module
        .buffers()
        .forEach((name, buffer) -> {
          Tensor value = find(ModuleTree.join(path, name), buffer.shape());
          if (value != null) {
            Tensor separate = separate(value);
            writes.add(() -> module.setBuffer(name, separate.to(buffer.dtype())));
          }
        });
  }

  /** {@return whether the state has the plain weight in place of the sources} */
  private boolean planDerived(String path, String name, DerivedWeight derived) {
    String full = ModuleTree.join(path, name);
    Tensor plain = state.get(full);
    if (plain == null) {
      return false;
    }
    List<String> sources = derived.sources().keySet().stream().map(full::concat).toList();
    for (String source : sources) {
      if (state.containsKey(source)) {
        throw new IllegalArgumentException(
            "state has both " + full + " and " + source + ": expected one or the other");
      }
    }
    known.add(full);
    requireAccepted(full, plain::requireAccessible);
    requireShape(full, plain, derived.shape());
    requireAccepted(full, () -> derived.requireAssignable(plain));
    boolean isFirst = isFirst(derived, full, plain);
    for (Parameter source : derived.sources().values()) {
      // Another path of a tied weight may set its sources instead.
      isFirst &= isFirst(source, full, plain);
    }
    if (isFirst) {
      Tensor separate = separate(plain);
      writes.add(() -> derived.assign(separate));
    }
    return true;
  }

  /**
   * {@return whether nothing sets a weight yet; what does, under another path of a tied one, sets
   * it to the same value}
   */
  private boolean isFirst(Object weight, String name, Tensor value) {
    String other = set.putIfAbsent(weight, name);
    if (other == null) {
      return true;
    }
    Tensor before = Objects.requireNonNull(state.get(other));
    if (!Arrays.equals(Doubles.of(before), Doubles.of(value))) {
      throw new IllegalArgumentException(
          "state has different values for %s and %s, which are tied: expected the same, or one of them alone by loadLeniently"
              .formatted(other, name));
    }
    return false;
  }

  /**
   * {@return a value that no write changes: that of a parameter which is loaded itself is copied}
   */
  private Tensor separate(Tensor value) {
    return targets.stream().anyMatch(target -> target.sharesMemoryWith(value))
        ? value.copy()
        : value;
  }

  private @Nullable Tensor find(String name, long[] shape) {
    known.add(name);
    Tensor value = state.get(name);
    if (value == null) {
      missing.add(name);
      return null;
    }
    requireAccepted(name, value::requireAccessible);
    return requireShape(name, value, shape);
  }

  /** Runs a check, which may not know the name. */
  private static void requireAccepted(String name, Runnable check) {
    try {
      check.run();
    } catch (IllegalStateException | IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      String prefix = name + ": ";
      throw new IllegalArgumentException(
          message.startsWith(prefix) ? message : prefix + message, e);
    }
  }

  /**
   * {@return the tensor in that shape; a single element may come with any rank, as a 0-d g does}
   */
  private static Tensor requireShape(String name, Tensor value, long[] shape) {
    if (Arrays.equals(value.shape(), shape)) {
      return value;
    }
    if (value.rank() == 0 && Arrays.stream(shape).allMatch(size -> size == 1)) {
      return value.reshape(shape);
    }
    throw new IllegalArgumentException(
        "%s has shape %s, expected %s"
            .formatted(name, Arrays.toString(value.shape()), Arrays.toString(shape)));
  }
}
