package dev.slicenorm.nn;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The modules that hold one parameter. Tied weights are one parameter in several modules, and what
 * replaces it in one of them has to replace it in all. Weak, so that a shared parameter keeps no
 * module alive.
 */
final class Owners {

  private final List<WeakReference<Module>> modules = new ArrayList<>();

  synchronized void add(Module module) {
    modules.removeIf(reference -> reference.get() == null || reference.refersTo(module));
    modules.add(new WeakReference<>(module));
  }

  synchronized void remove(Module module) {
    modules.removeIf(reference -> reference.get() == null || reference.refersTo(module));
  }

  synchronized List<Module> list() {
    return modules.stream().map(WeakReference::get).filter(Objects::nonNull).toList();
  }
}
