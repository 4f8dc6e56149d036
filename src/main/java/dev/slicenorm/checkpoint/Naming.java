package dev.slicenorm.checkpoint;

import java.util.Optional;

/** The two ways in which checkpoints name the parameters of weight norm. */
public enum Naming {
  /** {@code conv.weight_g} and {@code conv.weight_v}. */
  G_V,

  /**
   * {@code conv.parametrizations.weight.original0} (g) and {@code .original1} (v): PyTorch since
   * 2.0.
   */
  PARAMETRIZATIONS;

  private static final String PARAMETRIZED = "parametrizations.";

  /**
   * {@return the name of g}
   *
   * @param name the name of the plain weight
   */
  public String g(String name) {
    return this == G_V ? name + "_g" : parametrized(name) + ".original0";
  }

  /**
   * {@return the name of v}
   *
   * @param name the name of the plain weight
   */
  public String v(String name) {
    return this == G_V ? name + "_v" : parametrized(name) + ".original1";
  }

  private static String parametrized(String name) {
    int leaf = name.lastIndexOf('.') + 1;
    return name.substring(0, leaf) + PARAMETRIZED + name.substring(leaf);
  }

  /**
   * {@return the name of the plain weight, if a name is that of a v}
   *
   * @param v a tensor's name
   */
  Optional<String> ofV(String v) {
    return plain(v, this == G_V ? "_v" : ".original1");
  }

  /** {@return the name of the plain weight, if a name is that of a g} */
  Optional<String> ofG(String g) {
    return plain(g, this == G_V ? "_g" : ".original0");
  }

  private Optional<String> plain(String parameter, String suffix) {
    if (!parameter.endsWith(suffix)) {
      return Optional.empty();
    }
    String stem = parameter.substring(0, parameter.length() - suffix.length());
    int leaf = stem.lastIndexOf('.') + 1;
    if (leaf == stem.length()) {
      return Optional.empty();
    }
    if (this == G_V) {
      return Optional.of(stem);
    }
    String path = stem.substring(0, leaf);
    boolean parametrized = path.equals(PARAMETRIZED) || path.endsWith("." + PARAMETRIZED);
    return parametrized
        ? Optional.of(
            path.substring(0, path.length() - PARAMETRIZED.length()) + stem.substring(leaf))
        : Optional.empty();
  }

  /**
   * {@return whether a name says that its tensor belongs to weight norm, even without a partner}
   */
  static boolean isTelling(String parameter) {
    return PARAMETRIZATIONS.ofG(parameter).isPresent()
        || PARAMETRIZATIONS.ofV(parameter).isPresent()
        || isWeight(parameter, "weight_g")
        || isWeight(parameter, "weight_v");
  }

  private static boolean isWeight(String parameter, String leaf) {
    return parameter.equals(leaf) || parameter.endsWith("." + leaf);
  }
}
