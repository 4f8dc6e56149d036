package dev.slicenorm.weightnorm;

import dev.slicenorm.nn.DuplicateHookException;
import dev.slicenorm.nn.Hook;
import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Parameter;
import dev.slicenorm.nn.Reparametrization;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Weight normalization of a module's parameter (Salimans and Kingma 2016, arXiv 1602.07868,
 * equation 2): {@code weight} becomes {@code weight_g} and {@code weight_v}, and before each
 * forward pass the module gets {@code w = g · v / ‖v‖}, which is computed anew only if g or v
 * changed.
 *
 * <p>The derived weight is no parameter: it is neither trained nor saved. Assigning it sets g and
 * v. After a backward pass its gradient is turned into those of g and v (equation 3). Any number of
 * a module's parameters can be under weight norm, each with a hook of its own beside the user's
 * hooks. A parameter that several modules share gets one g and one v, shared by the same modules.
 *
 * <p>Everything is checked before anything is changed, and a module changes by one write.
 *
 * {@snippet file="dev/slicenorm/snippets/WeightNormSnippetsTest.java" region="hook"}
 */
public final class WeightNormHook implements Hook {

  private static final String KIND = "weight_norm";
  private static final List<String> SUFFIXES =
      List.of(NormedWeight.MAGNITUDE, NormedWeight.DIRECTION);

  private final String name;
  private final WeightNorm norm;

  private WeightNormHook(String name, WeightNorm norm) {
    this.name = name;
    this.norm = norm;
  }

  /**
   * Puts a parameter under weight norm along its last axis: as Jittor does without a {@code dim}.
   *
   * @param module the module
   * @param name the name of one of its parameters
   * @return the hook
   */
  public static WeightNormHook apply(Module module, String name) {
    return apply(module, name, -1);
  }

  /**
   * Puts a parameter under weight norm along one axis, which is what Jittor's {@code dim} means.
   * PyTorch's {@code dim} is {@code Axes.except(dim)}.
   *
   * @param module the module
   * @param name the name of one of its parameters
   * @param dim the axis that is reduced; negative counts from the last
   * @return the hook
   */
  public static WeightNormHook apply(Module module, String name, int dim) {
    return apply(module, name, Axes.along(dim));
  }

  /**
   * Puts a parameter under weight norm.
   *
   * @param module the module
   * @param name the name of one of its parameters
   * @param axes the axes that are reduced to one norm
   * @return the hook
   */
  public static WeightNormHook apply(Module module, String name, Axes axes) {
    return apply(module, name, WeightNorm.of(axes));
  }

  /**
   * Puts a parameter under weight norm with a policy for zero slices.
   *
   * @param module the module
   * @param name the name of one of its parameters; the parameter's memory becomes that of v
   * @param norm axes and policy
   * @return the hook
   * @throws IllegalArgumentException if there is no such parameter, or it is the g or v of another
   *     weight, or {@code <name>_g} or {@code <name>_v} is taken; nothing is changed then, as in
   *     the following cases
   * @throws IndexOutOfBoundsException if the parameter has no such axis
   * @throws DuplicateHookException if the parameter is under weight norm already
   */
  public static WeightNormHook apply(Module module, String name, WeightNorm norm) {
    requireArguments(module, name);
    Objects.requireNonNull(norm, "norm");
    validate(module, name, norm);
    apply(List.of(new Target(module, name, module.parameter(name))), norm);
    return requireHook(module, name);
  }

  /** A parameter that is to be put under weight norm. */
  private record Target(Module module, String name, Parameter plain) {

    NormedWeight normed(WeightNorm norm) {
      WeightNorm named = norm.withName(join(module.path(), name));
      return plain.read(value -> NormedWeight.over(named, value, plain));
    }
  }

  /**
   * Puts parameters under weight norm: all of them are decomposed, which checks their values,
   * before the first is replaced. As one update, since no weight must change in between.
   */
  private static void apply(List<Target> targets, WeightNorm norm) {
    Parameter.update(
        targets.stream().map(Target::plain).toList(),
        () -> {
          List<NormedWeight> weights = targets.stream().map(t -> t.normed(norm)).toList();
          for (int i = 0; i < weights.size(); i++) {
            Reparametrization.apply(
                targets.get(i).module,
                targets.get(i).name,
                KIND,
                weights.get(i),
                own -> new WeightNormHook(own, norm));
          }
        });
  }

  private static void validate(Module module, String name, WeightNorm norm) {
    Reparametrization.check(module, name, KIND, SUFFIXES);
    Parameter plain = module.parameter(name);
    NormedWeight.requireAxes(
        norm, plain.shape().length, "parameter '" + name + "' of " + module.describe());
  }

  /**
   * Puts every parameter of a tree under weight norm whose path is chosen. All are checked before
   * the first is changed, their values too; a tied one is decomposed once.
   *
   * {@snippet file="dev/slicenorm/snippets/WeightNormSnippetsTest.java" region="apply-all"}
   *
   * @param root the tree
   * @param paths chooses by path, such as {@code encoder.conv1.weight}
   * @param norm axes and policy
   * @return the paths that were chosen, in order
   * @throws DuplicateHookException if a chosen one is under weight norm already
   * @throws IllegalArgumentException if no g and v stand for a chosen one; nothing is changed then
   */
  public static List<String> applyAll(Module root, Predicate<String> paths, WeightNorm norm) {
    Objects.requireNonNull(root, "root");
    Objects.requireNonNull(paths, "paths");
    Objects.requireNonNull(norm, "norm");
    List<String> chosen = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    root.allModules()
        .forEach((path, module) -> {
          for (String name : module.derivedWeights().keySet()) {
            if (paths.test(join(path, name))) {
              validate(module, name, norm);
            }
          }
          for (Map.Entry<String, Parameter> entry : module.parameters().entrySet()) {
            String name = entry.getKey();
            if (paths.test(join(path, name))) {
              validate(module, name, norm);
              chosen.add(join(path, name));
              if (seen.add(entry.getValue())) {
                targets.add(new Target(module, name, entry.getValue()));
              }
            }
          }
        });
    apply(targets, norm);
    return List.copyOf(chosen);
  }

  /**
   * Ends weight norm: the plain parameter comes back with the weight of the present g and v, and g,
   * v and the hook are gone.
   *
   * @param module the module
   * @param name the plain name of the weight
   * @throws IllegalArgumentException if that weight is not under weight norm; nothing is changed
   *     then
   */
  public static void remove(Module module, String name) {
    NormedWeight weight = find(module, name);
    Reparametrization.remove(module, name, KIND, weight.plain());
  }

  /**
   * Ends weight norm in a whole tree. All weights are computed before the first is put back. Where
   * a tied one is chosen under one of its paths, it ends under all.
   *
   * @param root the tree
   * @param paths chooses by path, such as {@code encoder.conv1.weight}
   * @return the paths that were chosen, in order
   */
  public static List<String> removeAll(Module root, Predicate<String> paths) {
    Objects.requireNonNull(root, "root");
    Objects.requireNonNull(paths, "paths");
    List<String> chosen = new ArrayList<>();
    List<Parameter> sources = new ArrayList<>();
    Map<NormedWeight, Runnable> removals = new LinkedHashMap<>();
    root.allModules()
        .forEach((path, module) ->
            module
                .derivedWeights()
                .forEach((name, weight) -> {
                  if (weight instanceof NormedWeight normed && paths.test(join(path, name))) {
                    chosen.add(join(path, name));
                    sources.addAll(normed.sources().values());
                    removals.put(normed, () -> remove(module, name));
                  }
                }));
    Parameter.update(
        sources,
        () -> {
          removals.keySet().forEach(NormedWeight::value);
          removals.values().forEach(Runnable::run);
        });
    return List.copyOf(chosen);
  }

  /**
   * {@return the module, with a parameter under weight norm}
   *
   * @param module the module
   * @param name the name of one of its parameters
   * @param axes the axes that are reduced to one norm
   * @param <M> the module's class
   */
  public static <M extends Module> M weightNorm(M module, String name, Axes axes) {
    apply(module, name, axes);
    return module;
  }

  /**
   * {@return the module, with a parameter under weight norm along one axis}
   *
   * @param module the module
   * @param name the name of one of its parameters
   * @param dim the axis that is reduced, Jittor's meaning; negative counts from the last
   * @param <M> the module's class
   */
  public static <M extends Module> M weightNorm(M module, String name, int dim) {
    apply(module, name, dim);
    return module;
  }

  /**
   * {@return the module, with a parameter under weight norm along its last axis}
   *
   * @param module the module
   * @param name the name of one of its parameters
   * @param <M> the module's class
   */
  public static <M extends Module> M weightNorm(M module, String name) {
    apply(module, name);
    return module;
  }

  /**
   * {@return the module, with weight norm ended for one weight}
   *
   * @param module the module
   * @param name the plain name of the weight
   * @param <M> the module's class
   * @throws IllegalArgumentException if that weight is not under weight norm
   */
  public static <M extends Module> M removeWeightNorm(M module, String name) {
    remove(module, name);
    return module;
  }

  /**
   * {@return the module, with weight norm ended for its {@code weight}}
   *
   * @param module the module
   * @param <M> the module's class
   * @throws IllegalArgumentException if it is not under weight norm
   */
  public static <M extends Module> M removeWeightNorm(M module) {
    return removeWeightNorm(module, "weight");
  }

  /**
   * {@return whether a weight is under weight norm}
   *
   * @param module the module
   * @param name the plain name of the weight
   */
  public static boolean isApplied(Module module, String name) {
    requireArguments(module, name);
    return module.derivedWeights().get(name) instanceof NormedWeight;
  }

  /**
   * {@return the weight of a module's present g and v, computed if one of them changed; read-only}
   *
   * @param module a module with this hook
   */
  public Tensor computeWeight(Module module) {
    find(module, name);
    return module.weight(name);
  }

  /** {@return axes and zero-slice policy} */
  public WeightNorm norm() {
    return norm;
  }

  @Override
  public Optional<String> parameter() {
    return Optional.of(name);
  }

  @Override
  public void beforeForward(Module module, Tensor input) {
    if (module.derivedWeights().get(name) instanceof NormedWeight weight) {
      weight.refresh(() -> join(module.path(), name));
    }
  }

  @Override
  public String toString() {
    return "WeightNormHook(" + name + ", " + norm.axes() + ")";
  }

  /** {@return the weight that a hook of this class derives} */
  static NormedWeight find(Module module, String name) {
    requireArguments(module, name);
    if (module.derivedWeights().get(name) instanceof NormedWeight weight) {
      return weight;
    }
    throw new IllegalArgumentException(
        "weight_norm of '%s' not found in %s: expected one of %s"
            .formatted(name, module.describe(), module.derivedWeights().keySet()));
  }

  private static void requireArguments(Module module, String name) {
    Objects.requireNonNull(module, "module");
    Objects.requireNonNull(name, "name");
  }

  private static WeightNormHook requireHook(Module module, String name) {
    if (module.hooks().get(KIND + ":" + name) instanceof WeightNormHook hook) {
      return hook;
    }
    throw new IllegalStateException(
        "weight_norm hook of '" + name + "' vanished from " + module.describe());
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
