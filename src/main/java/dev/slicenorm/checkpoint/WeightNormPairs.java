package dev.slicenorm.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The weight norm that a checkpoint holds, found by names and shapes.
 *
 * <p>A pair is {@code <name>_g} and {@code <name>_v}, or {@code parametrizations.<name>.original0}
 * and {@code original1}. Not every tensor of such a name is part of one: without its partner, or,
 * under {@code parametrizations}, with an {@code original2} beside it, it is an ordinary tensor. So
 * it is with two tensors that weight norm could not have made, or would not have: g fits no axes of
 * v, or has as many elements, as in what some models call {@code time_maa_g} and {@code
 * time_maa_v}. But where the name is one that only weight norm gives, such as {@code weight_g}, a
 * pair that fits no axes is broken, and one of equal shapes is a pair.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="pairs"}
 *
 * @param pairs the pairs, in the order of v
 * @param lone tensors that are in no pair though their name says weight norm or has its partner,
 *     each with the reason
 * @param broken what is wrong with pairs that can't be composed, by the name of the plain weight
 * @param doubled what stands for the same weight twice, a pair and a plain weight or two pairs, so
 *     that they can't be folded, by the name of the plain weight
 */
public record WeightNormPairs(
    List<WeightNormPair> pairs,
    List<String> lone,
    Map<String, String> broken,
    Map<String, String> doubled) {

  /** Copies the lists and maps. */
  public WeightNormPairs {
    pairs = List.copyOf(pairs);
    lone = List.copyOf(lone);
    broken = Collections.unmodifiableMap(new LinkedHashMap<>(broken));
    doubled = Collections.unmodifiableMap(new LinkedHashMap<>(doubled));
  }

  /**
   * {@return the weight norm of a checkpoint}
   *
   * @param checkpoint the checkpoint
   */
  public static WeightNormPairs find(Checkpoint checkpoint) {
    List<WeightNormPair> pairs = new ArrayList<>();
    List<String> lone = new ArrayList<>();
    Map<String, String> broken = new LinkedHashMap<>();
    for (Stored tensor : checkpoint.tensors()) {
      for (Naming naming : Naming.values()) {
        Optional<String> ofV = naming.ofV(tensor.name());
        Optional<String> name = ofV.isPresent() ? ofV : naming.ofG(tensor.name());
        if (name.isEmpty()) {
          continue;
        }
        Optional<Stored> g = checkpoint.find(naming.g(name.get()));
        Optional<Stored> v = checkpoint.find(naming.v(name.get()));
        Optional<String> reason = whyNoPair(checkpoint, naming, name.get(), g, v);
        if (reason.isPresent()) {
          boolean both = g.isPresent() && v.isPresent();
          if (both || Naming.isTelling(tensor.name())) {
            lone.add(tensor + " (" + reason.get() + ")");
          }
        } else if (ofV.isPresent()) {
          try {
            pairs.add(WeightNormPair.of(name.get(), naming, g.orElseThrow(), v.orElseThrow()));
          } catch (CheckpointException e) {
            broken.put(name.get(), e.getMessage());
          }
        }
      }
    }
    return new WeightNormPairs(pairs, lone, broken, doubled(checkpoint, pairs));
  }

  private static Map<String, String> doubled(Checkpoint checkpoint, List<WeightNormPair> pairs) {
    Map<String, WeightNormPair> byName = new HashMap<>();
    Map<String, String> doubled = new LinkedHashMap<>();
    for (WeightNormPair pair : pairs) {
      WeightNormPair other = byName.put(pair.name(), pair);
      Optional<Stored> plain = checkpoint.find(pair.name());
      if (plain.isPresent()) {
        doubled.put(
            pair.name(),
            "%s and %s fold to %s, but there is already %s: expected either the pair or the plain weight"
                .formatted(pair.g(), pair.v(), pair.name(), plain.get()));
      } else if (other != null) {
        doubled.put(
            pair.name(),
            "%s and %s fold to %s, and so do %s and %s: expected one of the pairs"
                .formatted(other.g(), other.v(), pair.name(), pair.g(), pair.v()));
      }
    }
    return doubled;
  }

  /**
   * {@return the pairs of some names}
   *
   * @param file what messages call the checkpoint
   * @param selected which, by the name of the plain weight
   * @throws CheckpointException if one of those is broken
   */
  List<WeightNormPair> whole(Path file, Predicate<String> selected) throws CheckpointException {
    refuse(file, broken, selected);
    return pairs.stream().filter(pair -> selected.test(pair.name())).toList();
  }

  /**
   * {@return the pairs of some names, of which each can be replaced by its plain weight}
   *
   * @param file what messages call the checkpoint
   * @param selected which, by the name of the plain weight
   * @throws CheckpointException if one of those is broken, or not the only one to stand for it
   */
  List<WeightNormPair> foldable(Path file, Predicate<String> selected) throws CheckpointException {
    List<WeightNormPair> whole = whole(file, selected);
    refuse(file, doubled, selected);
    return whole;
  }

  private static void refuse(Path file, Map<String, String> reasons, Predicate<String> selected)
      throws CheckpointException {
    List<String> bad =
        reasons.entrySet().stream()
            .filter(entry -> selected.test(entry.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    if (!bad.isEmpty()) {
      throw new CheckpointException(
          "%s: %s%s"
              .formatted(
                  file,
                  bad.getFirst(),
                  bad.size() == 1 ? "" : " (and " + (bad.size() - 1) + " more like it)"));
    }
  }

  private static Optional<String> whyNoPair(
      Checkpoint checkpoint, Naming naming, String name, Optional<Stored> g, Optional<Stored> v) {
    if (g.isEmpty() || v.isEmpty()) {
      return Optional.of("no " + (g.isEmpty() ? naming.g(name) : naming.v(name)));
    }
    if (!Naming.isTelling(g.get().name())) {
      return whyNoPair(g.get().entry(), v.get().entry());
    }
    String third = naming.v(name).replaceFirst("1$", "2");
    return naming == Naming.PARAMETRIZATIONS && checkpoint.find(third).isPresent()
        ? Optional.of("three originals, which weight norm has not")
        : Optional.empty();
  }

  /** {@return why two tensors that are only by chance called g and v may be just that} */
  private static Optional<String> whyNoPair(TensorEntry g, TensorEntry v) {
    if (g.rank() != 0 && g.rank() != v.rank()) {
      return Optional.of("g has rank " + g.rank() + ", v has rank " + v.rank());
    }
    for (TensorEntry part : List.of(g, v)) {
      if (part.type().dtype().isEmpty()) {
        return Optional.of("elements of type " + part.type());
      }
    }
    if (WeightNormPair.keptAxis(g.shape(), v.shape()).isEmpty()) {
      return Optional.of("g fits no axes of v");
    }
    return g.count() < v.count()
        ? Optional.empty()
        : Optional.of("g has as many elements as v, and no name that only weight norm gives");
  }
}
