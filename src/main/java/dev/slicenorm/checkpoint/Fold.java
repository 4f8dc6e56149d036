package dev.slicenorm.checkpoint;

import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.weightnorm.WeightNorm;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Replaces every g and v of a checkpoint by the plain weight they stand for, {@code w = g · v /
 * ‖v‖}, in the element type of v, and leaves every other tensor byte for byte as it was.
 *
 * <p>What is wrong with the checkpoint is found when the fold is made, before anything is written.
 * A checkpoint without pairs is copied byte for byte, but for an index, which is written anew; so
 * folding twice is folding once.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="fold"}
 */
public final class Fold extends CheckpointChange {

  private final List<WeightNormPair> pairs;
  private final List<String> lone;

  private Fold(Rewrite rewrite, List<WeightNormPair> pairs, List<String> lone) {
    super(rewrite);
    this.pairs = pairs;
    this.lone = lone;
  }

  /**
   * {@return the fold of every pair of a checkpoint; zero slices give zeros}
   *
   * @param checkpoint the checkpoint, open until the fold is written
   * @throws CheckpointException if a pair can't be composed, or its plain weight is there already
   */
  public static Fold of(Checkpoint checkpoint) throws CheckpointException {
    return of(checkpoint, name -> true, ZeroSlice.ZERO);
  }

  /**
   * {@return the fold of some pairs of a checkpoint}
   *
   * @param checkpoint the checkpoint, open until the fold is written
   * @param selected which to fold, by the name of the plain weight; the others stay as they are
   * @param zeroSlice what becomes of slices of v that are zero
   * @throws CheckpointException if a pair can't be composed, or its plain weight is there already
   */
  public static Fold of(Checkpoint checkpoint, Predicate<String> selected, ZeroSlice zeroSlice)
      throws CheckpointException {
    WeightNormPairs found = WeightNormPairs.find(checkpoint);
    List<WeightNormPair> pairs = found.foldable(checkpoint.path(), selected);
    Map<Stored, WeightNormPair> byPart = new HashMap<>();
    for (WeightNormPair pair : pairs) {
      byPart.put(pair.g(), pair);
      byPart.put(pair.v(), pair);
    }
    Rewrite rewrite = new Rewrite(checkpoint, "fold");
    for (Stored tensor : checkpoint.tensors()) {
      WeightNormPair pair = byPart.get(tensor);
      if (pair == null) {
        rewrite.keep(tensor);
      } else if (tensor.equals(pair.v())) {
        WeightNorm weightNorm =
            WeightNorm.of(pair.axes()).withZeroSlice(zeroSlice).withName(pair.name());
        rewrite.compute(
            tensor, pair.name(), tensor.entry().type(), new ComposedContent(pair, weightNorm));
      }
    }
    return new Fold(rewrite, pairs, found.lone());
  }

  /** {@return the pairs that are folded} */
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
