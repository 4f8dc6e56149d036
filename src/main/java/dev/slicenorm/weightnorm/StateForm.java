package dev.slicenorm.weightnorm;

import dev.slicenorm.nn.LoadReport;
import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Parameter;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The three forms in which weights under weight norm are found in checkpoints. A state in any of
 * them loads into a module with or without weight norm, and a module's state can be had in any of
 * them.
 *
 * {@snippet file="dev/slicenorm/snippets/WeightNormSnippetsTest.java" region="state-form"}
 */
public enum StateForm {

  /** {@code weight}: g and v are folded into the weight they stand for. */
  PLAIN,

  /** {@code weight_g} and {@code weight_v}: PyTorch's older names, and Jittor's. */
  MAGNITUDE_DIRECTION,

  /**
   * {@code parametrizations.weight.original0} and {@code original1}: PyTorch's newer names for g
   * and v.
   */
  PARAMETRIZATION;

  private static final String PARAMETRIZATIONS = "parametrizations.";
  private static final String ORIGINAL_G = ".original0";
  private static final String ORIGINAL_V = ".original1";

  /**
   * {@return copies of a module tree's parameters and buffers by path, its weight-normed weights in
   * this form; plain weights stay plain in every form; all of one moment}
   *
   * @param root the tree
   */
  public Map<String, Tensor> save(Module root) {
    return root.readAll(() -> saved(root));
  }

  private Map<String, Tensor> saved(Module root) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    Map<String, Tensor> derived = derivedWeights(root);
    root.state()
        .forEach((path, tensor) -> {
          String weight = plainPath(path);
          Tensor folded = weight == null ? null : derived.get(weight);
          if (weight == null || folded == null) {
            named.put(path, tensor);
          } else if (this == PLAIN) {
            named.put(weight, folded);
          } else {
            named.put(named(path, weight), tensor);
          }
        });
    return named;
  }

  private String named(String path, String weight) {
    if (this == MAGNITUDE_DIRECTION) {
      return path;
    }
    int dot = weight.lastIndexOf('.') + 1;
    return weight.substring(0, dot)
        + PARAMETRIZATIONS
        + weight.substring(dot)
        + (path.endsWith(NormedWeight.MAGNITUDE) ? ORIGINAL_G : ORIGINAL_V);
  }

  /**
   * Loads a state whose weights may be in any of the forms, mixed even, into a module whose weights
   * may be plain or weight-normed. Everything is checked before anything is changed.
   *
   * @param root the tree
   * @param state tensors by path
   * @throws IllegalArgumentException if a name is missing or unknown, a shape differs, or g does
   *     not belong to v
   */
  public static void load(Module root, Map<String, Tensor> state) {
    root.updateAll(() -> root.load(translated(root, state)));
  }

  /**
   * Loads what there is of a state in any form. Shapes must fit all the same.
   *
   * @param root the tree
   * @param state tensors by path
   * @return the names that were missing in the state, and those that the module doesn't have
   * @throws IllegalArgumentException if a shape differs, or g does not belong to v
   */
  public static LoadReport loadLeniently(Module root, Map<String, Tensor> state) {
    LoadReport[] report = new LoadReport[1];
    root.updateAll(() -> report[0] = root.loadLeniently(translated(root, state)));
    return report[0];
  }

  /** {@return the state under the names that the module has now} */
  private static Map<String, Tensor> translated(Module root, Map<String, Tensor> state) {
    Map<String, Tensor> older = new LinkedHashMap<>();
    state.forEach((path, tensor) -> {
      String name = olderName(Objects.requireNonNull(path, "a name in the state"));
      if (older.putIfAbsent(name, tensor) != null) {
        throw new IllegalArgumentException(
            "state has " + name + " under two names, one of them " + path);
      }
    });
    Map<String, Parameter> present = root.allParameters();
    Map<String, Tensor> translated = new LinkedHashMap<>(older);
    older.forEach((path, v) -> {
      String weight = plainPath(path);
      if (weight == null || !path.endsWith(NormedWeight.DIRECTION)) {
        return;
      }
      Tensor g = older.get(weight + NormedWeight.MAGNITUDE);
      Parameter plain = present.get(weight);
      if (g != null && plain != null && !present.containsKey(path)) {
        if (older.containsKey(weight)) {
          throw new IllegalArgumentException(
              "state has both "
                  + weight
                  + " and "
                  + weight
                  + NormedWeight.MAGNITUDE
                  + ": expected one or the other");
        }
        translated.remove(path);
        translated.remove(weight + NormedWeight.MAGNITUDE);
        translated.put(weight, fold(weight, v, g, plain.dtype()));
      }
    });
    return translated;
  }

  /** {@return the weight of a pair whose axes follow from the shape of g, rounded once} */
  private static Tensor fold(String weight, Tensor v, Tensor g, DType dtype) {
    requireAccessible(weight + NormedWeight.DIRECTION, v);
    requireAccessible(weight + NormedWeight.MAGNITUDE, g);
    Tensor folded = Tensor.zeros(dtype, v.shape());
    if (g.rank() == 0) {
      WeightNorm.of(Axes.whole()).compose(v, g, folded);
      return folded;
    }
    boolean fits = g.rank() == v.rank();
    int[] reduced = new int[v.rank()];
    int count = 0;
    for (int axis = 0; fits && axis < v.rank(); axis++) {
      if (g.size(axis) == 1) {
        reduced[count++] = axis;
      } else {
        fits = g.size(axis) == v.size(axis);
      }
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "%s%s has shape %s, expected %s of %s%s with 1 on the reduced axes, or []"
              .formatted(
                  weight,
                  NormedWeight.MAGNITUDE,
                  Arrays.toString(g.shape()),
                  Arrays.toString(v.shape()),
                  weight,
                  NormedWeight.DIRECTION));
    }
    if (count == 0) {
      // One magnitude per element: every slice is that element, along an axis of size 1 of its own.
      int last = v.rank();
      WeightNorm.of(Axes.along(last))
          .compose(v.unsqueeze(last), g.unsqueeze(last), folded.unsqueeze(last));
      return folded;
    }
    WeightNorm.of(Axes.along(Arrays.copyOf(reduced, count))).compose(v, g, folded);
    return folded;
  }

  private static void requireAccessible(String name, Tensor tensor) {
    try {
      tensor.requireAccessible();
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
    }
  }

  private static String olderName(String path) {
    int at = path.lastIndexOf(PARAMETRIZATIONS);
    boolean whole = at == 0 || (at > 0 && path.charAt(at - 1) == '.');
    if (whole && path.endsWith(ORIGINAL_G)) {
      return path.substring(0, at)
          + path.substring(at + PARAMETRIZATIONS.length(), path.length() - ORIGINAL_G.length())
          + NormedWeight.MAGNITUDE;
    }
    if (whole && path.endsWith(ORIGINAL_V)) {
      return path.substring(0, at)
          + path.substring(at + PARAMETRIZATIONS.length(), path.length() - ORIGINAL_V.length())
          + NormedWeight.DIRECTION;
    }
    return path;
  }

  private static @Nullable String plainPath(String path) {
    boolean normed = path.endsWith(NormedWeight.MAGNITUDE) || path.endsWith(NormedWeight.DIRECTION);
    return normed ? path.substring(0, path.length() - NormedWeight.MAGNITUDE.length()) : null;
  }

  private static Map<String, Tensor> derivedWeights(Module root) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    root.allModules()
        .forEach((path, module) -> {
          for (String name : module.derivedWeights().keySet()) {
            if (WeightNormHook.isApplied(module, name)) {
              weights.put(path.isEmpty() ? name : path + "." + name, module.weight(name).copy());
            }
          }
        });
    return weights;
  }
}
