package dev.slicenorm.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Puts a derived weight in the place of a parameter, together with its hook, and takes it out
 * again. For hooks such as weight norm's.
 *
 * <p>A parameter that several modules share is replaced in all of them, so tied weights stay tied.
 * All are checked before the first is changed.
 */
public final class Reparametrization {

  private final Parameter plain;
  private final DerivedWeight derived;
  private final String kind;

  private Reparametrization(Parameter plain, DerivedWeight derived, String kind) {
    this.plain = plain;
    this.derived = derived;
    this.kind = kind;
  }

  /** One parameter of one module. */
  private record Place(Module module, String name) {}

  /**
   * Replaces a parameter by those a derived weight is computed from. The derived weight appears
   * under the parameter's name, and the hook under {@code kind:name}, in every module that holds
   * the parameter.
   *
   * @param module a module
   * @param name the name of one of its parameters
   * @param kind what is done, such as {@code weight_norm}
   * @param derived the weight; its sources may lie in the parameter's memory
   * @param hook makes the hook for the name that a module has for the parameter
   * @throws IllegalArgumentException if there is no such parameter, or a weight is derived from it,
   *     or a source's name is taken
   * @throws DuplicateHookException if the hook's key is taken
   */
  public static void apply(
      Module module,
      String name,
      String kind,
      DerivedWeight derived,
      Function<String, ? extends Hook> hook) {
    Parameter plain = module.parameter(name);
    new Reparametrization(plain, derived, kind).apply(hook);
  }

  /**
   * Checks what {@link #apply} will check, without changing anything.
   *
   * @param module a module
   * @param name the name of one of its parameters
   * @param kind what is to be done
   * @param suffixes the keys of the sources
   * @throws IllegalArgumentException if there is no such parameter, or a weight is derived from it,
   *     or a source's name is taken
   * @throws DuplicateHookException if the hook's key is taken
   */
  public static void check(Module module, String name, String kind, Iterable<String> suffixes) {
    requireNoHook(new Place(module, name), kind);
    for (Place place : places(module.parameter(name))) {
      requireNoHook(place, kind);
      requireNoSource(place.module, place.name);
      for (String suffix : suffixes) {
        if (place.module.slots().contains(place.name + suffix)) {
          throw new IllegalArgumentException(
              "name '"
                  + place.name
                  + suffix
                  + "' of "
                  + place.module.describe()
                  + " is taken: expected it to be free for "
                  + kind);
        }
      }
    }
  }

  /** Whoever applies chooses no key, and may not know what keys there are. */
  private static void requireNoHook(Place place, String kind) {
    Slots present = place.module.slots();
    place.module.requireNoHook(
        present,
        kind + ":" + place.name,
        present.derived().containsKey(place.name)
            ? "remove %s of '%s' first".formatted(kind, place.name)
            : "close the handle of that one first, for %s needs this key".formatted(kind));
  }

  /** A derived weight reads its sources themselves, and would not see what takes their place. */
  static void requireNoSource(Module module, String parameterName) {
    Parameter parameter = module.parameter(parameterName);
    module
        .derivedWeights()
        .forEach((name, weight) -> {
          if (weight.sources().containsValue(parameter)) {
            throw new IllegalArgumentException(
                "parameter '%s' of %s: '%s' is derived from it, expected one that nothing is derived from"
                    .formatted(parameterName, module.describe(), name));
          }
        });
  }

  /** The same for a parameter, wherever it is. */
  static void requireNoSource(Parameter parameter) {
    for (Place place : places(parameter)) {
      requireNoSource(place.module, place.name);
    }
  }

  private void apply(Function<String, ? extends Hook> hook) {
    List<Parameter> locked = new ArrayList<>(derived.sources().values());
    locked.add(plain);
    // While they are locked, so that a concurrent pass reads the parameter before this or finds it
    // replaced, and nobody ties it, or takes the weight out again, half-way.
    Parameter.update(
        locked,
        () -> {
          List<Place> places = places(plain);
          for (Place place : places) {
            check(place.module, place.name, kind, derived.sources().keySet());
          }
          replace(places, hook);
        });
  }

  private void replace(List<Place> places, Function<String, ? extends Hook> hook) {
    List<Parameter> sources = List.copyOf(derived.sources().values());
    for (Place place : places) {
      Map<String, Parameter> named = named(place.name);
      // First: whoever finds the weight in a module finds the module by the sources.
      sources.forEach(source -> source.owners.add(place.module));
      place.module.change(present ->
          present
              .replacing(place.name, named)
              .withDerived(place.name, derived)
              .withHook(kind + ":" + place.name, hook.apply(place.name)));
    }
    plain.replaceBy(
        sources,
        "it is derived now, by "
            + kind
            + "; read it by Module.weight, set it by Module.assign, train "
            + named(places.getFirst().name).keySet());
  }

  /**
   * Puts a plain parameter back in the place of a derived weight, with the weight's present value,
   * and removes the hook, in every module that shares the derived weight.
   *
   * @param module a module
   * @param name the name of one of its derived weights
   * @param kind what was given to {@link #apply}
   * @param plain the parameter that was replaced
   * @throws IllegalArgumentException if there is no such derived weight with such a hook
   */
  public static void remove(Module module, String name, String kind, Parameter plain) {
    DerivedWeight derived = module.derivedWeights().get(name);
    if (derived == null || !module.hooks().containsKey(kind + ":" + name)) {
      throw new IllegalArgumentException(
          "%s of '%s' not found in %s: expected one of %s"
              .formatted(kind, name, module.describe(), module.derivedWeights().keySet()));
    }
    new Reparametrization(plain, derived, kind).remove();
  }

  private void remove() {
    List<Parameter> sources = List.copyOf(derived.sources().values());
    // While they are locked, so that a concurrent pass reads them before this or finds them
    // replaced. So is the plain parameter, until it is in all its places.
    Parameter.update(
        sources,
        () ->
            plain.restore(
                derived.value(),
                () -> {
                  putBack(derivedPlaces(sources.getFirst()));
                  sources.forEach(source ->
                      source.replaceBy(
                          List.of(plain), kind + " was removed; use the plain weight"));
                }));
  }

  private void putBack(List<Place> places) {
    for (Place place : places) {
      Map<String, Parameter> named = named(place.name);
      place.module.forgetGradient(place.name);
      plain.owners.add(place.module);
      place.module.change(present ->
          present
              .merging(named, place.name, plain)
              .withoutDerived(place.name)
              .withoutHook(kind + ":" + place.name));
    }
  }

  @SuppressWarnings("ReferenceEquality") // The very weight is meant.
  private List<Place> derivedPlaces(Parameter source) {
    List<Place> places = new ArrayList<>();
    for (Module owner : source.owners.list()) {
      owner
          .derivedWeights()
          .forEach((name, weight) -> {
            if (weight == derived) {
              places.add(new Place(owner, name));
            }
          });
    }
    return places;
  }

  private Map<String, Parameter> named(String name) {
    Map<String, Parameter> named = new LinkedHashMap<>();
    derived.sources().forEach((suffix, source) -> named.put(name + suffix, source));
    return named;
  }

  private static List<Place> places(Parameter parameter) {
    List<Place> places = new ArrayList<>();
    for (Module owner : parameter.owners.list()) {
      owner
          .parameters()
          .forEach((name, held) -> {
            if (held == parameter) {
              places.add(new Place(owner, name));
            }
          });
    }
    return places;
  }
}
