package dev.slicenorm.checkpoint;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The weight norm that a checkpoint holds, found by names and shapes.
 *
 * <p>A pair is {@code <name>_g} and {@code <name>_v}, or {@code parametrizations.<name>.original0}
 * and {@code original1}. Not every tensor of such a name is part of one: without its partner, or
 * with a partner of another rank (g of rank 0 aside), or, under {@code parametrizations}, with an
 * {@code original2} beside it, it is an ordinary tensor.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="pairs"}
 *
 * @param pairs the pairs, in the order of v
 * @param lone tensors that are in no pair though their name says weight norm, each with the reason
 * @param broken what is wrong with pairs that can't be composed, by the name of the plain weight
 */
public record WeightNormPairs(
    List<WeightNormPair> pairs, List<String> lone, Map<String, String> broken) {

  /** Copies the lists. */
  public WeightNormPairs {
    pairs = List.copyOf(pairs);
    lone = List.copyOf(lone);
    broken = Collections.unmodifiableMap(new LinkedHashMap<>(broken));
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
          if (Naming.isTelling(tensor.name())) {
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
    return new WeightNormPairs(pairs, lone, broken);
  }

  private static Optional<String> whyNoPair(
      Checkpoint checkpoint, Naming naming, String name, Optional<Stored> g, Optional<Stored> v) {
    if (g.isEmpty() || v.isEmpty()) {
      return Optional.of("no " + (g.isEmpty() ? naming.g(name) : naming.v(name)));
    }
    int rankG = g.get().entry().rank();
    int rankV = v.get().entry().rank();
    if (rankG != 0 && rankG != rankV) {
      return Optional.of("g has rank " + rankG + ", v has rank " + rankV);
    }
    String third = naming.v(name).replaceFirst("1$", "2");
    return naming == Naming.PARAMETRIZATIONS && checkpoint.find(third).isPresent()
        ? Optional.of("three originals, which weight norm has not")
        : Optional.empty();
  }
}
