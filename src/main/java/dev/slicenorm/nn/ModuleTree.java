package dev.slicenorm.nn;

import dev.slicenorm.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Walks over a module and all below it. A module that is a child twice is met under both paths. */
final class ModuleTree {

  private ModuleTree() {}

  static void each(Module root, BiConsumer<String, Module> visit) {
    each("", root, visit);
  }

  private static void each(String path, Module module, BiConsumer<String, Module> visit) {
    visit.accept(path, module);
    module.children().forEach((name, child) -> each(join(path, name), child, visit));
  }

  static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  @SuppressWarnings("ReferenceEquality") // The very module is meant.
  static boolean contains(Module root, Module wanted) {
    return root == wanted
        || root.children().values().stream().anyMatch(child -> contains(child, wanted));
  }

  static IdentityHashMap<Parameter, @Nullable Tensor> gradients(Module root) {
    IdentityHashMap<Parameter, @Nullable Tensor> gradients = new IdentityHashMap<>();
    each(
        root,
        (path, module) ->
            module.parameters().values().forEach(p -> gradients.put(p, p.gradient().orElse(null))));
    return gradients;
  }
}
