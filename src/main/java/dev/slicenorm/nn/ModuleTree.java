package dev.slicenorm.nn;

import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
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

  /**
   * {@return what an attempt makes of the parameters of a tree, all of which it locks; it is made
   * anew if others took the place of some before they were locked}
   */
  static <R> R withParameters(Module root, Function<List<Parameter>, R> attempt) {
    while (true) {
      List<Slots> present = slots(root);
      try {
        return attempt.apply(List.copyOf(root.allParameters().values()));
      } catch (ReplacedParameterException e) {
        // Names alone may be as before: weight norm may have come and gone.
        if (isSame(present, slots(root))) {
          throw e;
        }
      }
    }
  }

  private static List<Slots> slots(Module root) {
    List<Slots> all = new ArrayList<>();
    each(root, (path, module) -> all.add(module.slots()));
    return all;
  }

  @SuppressWarnings("ReferenceEquality") // Slots are replaced as a whole: the very ones are meant.
  private static boolean isSame(List<Slots> some, List<Slots> others) {
    for (int i = 0; i < some.size(); i++) {
      if (i >= others.size() || some.get(i) != others.get(i)) {
        return false;
      }
    }
    return some.size() == others.size();
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
