package dev.slicenorm.checkpoint;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Gives the g and v of a checkpoint the names of the other {@link Naming}. No value changes.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="renaming"}
 */
public final class Renaming extends CheckpointChange {

  private final List<WeightNormPair> pairs;
  private final List<String> lone;

  private Renaming(Rewrite rewrite, List<WeightNormPair> pairs, List<String> lone) {
    super(rewrite);
    this.pairs = pairs;
    this.lone = lone;
  }

  /**
   * {@return the renaming of every pair of a checkpoint}
   *
   * @param checkpoint the checkpoint, open until the result is written
   * @param naming the new naming; pairs that have it already stay
   * @throws CheckpointException if a g and a v don't fit together, or a new name is taken
   */
  public static Renaming of(Checkpoint checkpoint, Naming naming) throws CheckpointException {
    return of(checkpoint, name -> true, naming);
  }

  /**
   * {@return the renaming of some pairs of a checkpoint}
   *
   * @param checkpoint the checkpoint, open until the result is written
   * @param selected which pairs, by the name of the plain weight
   * @param naming the new naming; pairs that have it already stay
   * @throws CheckpointException if a g and a v of those don't fit together, or a new name is taken
   */
  public static Renaming of(Checkpoint checkpoint, Predicate<String> selected, Naming naming)
      throws CheckpointException {
    WeightNormPairs found = WeightNormPairs.find(checkpoint);
    List<WeightNormPair> pairs =
        found.whole(checkpoint.path(), selected).stream()
            .filter(pair -> pair.naming() != naming)
            .toList();
    Map<Stored, String> names = new HashMap<>();
    for (WeightNormPair pair : pairs) {
      names.put(pair.g(), naming.g(pair.name()));
      names.put(pair.v(), naming.v(pair.name()));
    }
    Rewrite rewrite = new Rewrite(checkpoint, "rename");
    for (Stored tensor : checkpoint.tensors()) {
      String name = names.get(tensor);
      if (name == null) {
        rewrite.keep(tensor);
      } else {
        rewrite.rename(tensor, name);
      }
    }
    return new Renaming(rewrite, pairs, found.lone());
  }

  /** {@return the pairs that are renamed, under their old names} */
  public List<WeightNormPair> pairs() {
    return pairs;
  }

  /**
   * {@return tensors that stay though their name says weight norm or has its partner, each with the
   * reason}
   */
  public List<String> lone() {
    return lone;
  }
}
