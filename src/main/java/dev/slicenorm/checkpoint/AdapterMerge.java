package dev.slicenorm.checkpoint;

import dev.slicenorm.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Merges LoRA and DoRA adapters into the weights of a base model, tensor by tensor and shard by
 * shard.
 *
 * <p>The result has the element types of the base model. Tensors that an adapter saves whole, such
 * as a new classifier, take the place of the base model's.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="merge"}
 */
public final class AdapterMerge extends CheckpointChange {

  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private final List<String> merged;
  private final List<String> replaced;

  private AdapterMerge(Rewrite rewrite, List<String> merged, List<String> replaced) {
    super(rewrite);
    this.merged = List.copyOf(merged);
    this.replaced = List.copyOf(replaced);
  }

  /**
   * {@return the merge of adapters into a base model}
   *
   * @param base the base model, open until the result is written
   * @param adapters the adapters, open until then too; every norm is that of the unmerged base
   *     weight with that adapter's change
   * @throws CheckpointException if an adapter changes a layer that the base model has not, or has
   *     in another shape, or an adapter is given twice
   */
  public static AdapterMerge of(Checkpoint base, List<Adapter> adapters)
      throws CheckpointException {
    requireDifferent(adapters);
    Map<String, List<Adapter.Layer>> layers = new LinkedHashMap<>();
    Map<String, List<Adapter.Layer>> biases = new LinkedHashMap<>();
    Map<String, Stored> replacements = new LinkedHashMap<>();
    for (Adapter adapter : adapters) {
      for (Map.Entry<String, Adapter.Layer> entry : adapter.layers().entrySet()) {
        String name = entry.getKey() + WEIGHT;
        LowRankChange.check(inBase(base, adapter, name), entry.getValue(), adapter);
        layers.computeIfAbsent(name, key -> new ArrayList<>()).add(entry.getValue());
        if (entry.getValue().bias().isPresent()) {
          String bias = entry.getKey() + BIAS;
          MergedBias.check(inBase(base, adapter, bias), entry.getValue().bias().get(), adapter);
          biases.computeIfAbsent(bias, key -> new ArrayList<>()).add(entry.getValue());
        }
      }
      for (Map.Entry<String, Stored> entry : adapter.replaced().entrySet()) {
        checkReplacement(inBase(base, adapter, entry.getKey()), entry.getValue());
        if (replacements.putIfAbsent(entry.getKey(), entry.getValue()) != null) {
          throw new CheckpointException(
              "two adapters replace %s as a whole, the second of them %s: expected one"
                  .formatted(entry.getKey(), adapter.folder()));
        }
      }
    }
    List<Path> read = adapters.stream().flatMap(adapter -> adapter.paths().stream()).toList();
    Rewrite rewrite = new Rewrite(base, read, "merge");
    for (Stored tensor : base.tensors()) {
      List<Adapter.Layer> changes = layers.get(tensor.name());
      List<Adapter.Layer> biasChanges = biases.get(tensor.name());
      Optional<Stored> replacement = Optional.ofNullable(replacements.get(tensor.name()));
      if ((changes != null || biasChanges != null) && replacement.isPresent()) {
        throw new CheckpointException(tensor.name() + " is both changed and replaced");
      }
      ElementType type = tensor.entry().type();
      if (changes != null) {
        checkOrientation(tensor, changes);
        rewrite.compute(tensor, tensor.name(), type, new MergedContent(tensor, changes));
      } else if (biasChanges != null) {
        rewrite.compute(tensor, tensor.name(), type, new MergedBias(tensor, biasChanges));
      } else if (replacement.isPresent()) {
        rewrite.compute(tensor, tensor.name(), type, converted(replacement.get(), type));
      } else {
        rewrite.keep(tensor);
      }
    }
    List<String> merged = new ArrayList<>(layers.keySet());
    merged.addAll(biases.keySet());
    return new AdapterMerge(rewrite, merged, new ArrayList<>(replacements.keySet()));
  }

  /** Twice the same change is a slip of the hand: whoever means it doubles {@code lora_alpha}. */
  private static void requireDifferent(List<Adapter> adapters) throws CheckpointException {
    Set<Path> folders = new HashSet<>();
    for (Adapter adapter : adapters) {
      if (!folders.add(adapter.realFolder())) {
        throw new CheckpointException(
            adapter.folder() + " is given twice: expected each adapter once");
      }
    }
  }

  private static Stored inBase(Checkpoint base, Adapter adapter, String name)
      throws CheckpointException {
    return base.find(name)
        .orElseThrow(() ->
            new CheckpointException(
                "%s changes %s, which %s has not".formatted(adapter.folder(), name, base.path())));
  }

  private static void checkReplacement(Stored old, Stored replacement) throws CheckpointException {
    boolean sameShape = Arrays.equals(old.entry().shape(), replacement.entry().shape());
    boolean convertible =
        old.entry().type() == replacement.entry().type()
            || (old.entry().type().dtype().isPresent()
                && replacement.entry().type().dtype().isPresent());
    if (!sameShape || !convertible) {
      throw new CheckpointException(
          "%s of %s can't replace %s: expected the same shape, and a type that converts"
              .formatted(replacement, replacement.file().name(), old));
    }
  }

  private static void checkOrientation(Stored weight, List<Adapter.Layer> changes)
      throws CheckpointException {
    boolean transposed = changes.getFirst().transposed();
    if (changes.stream().anyMatch(change -> change.transposed() != transposed)) {
      throw new CheckpointException("adapters disagree on whether " + weight + " is [in, out]");
    }
  }

  private static Content converted(Stored replacement, ElementType type) {
    Optional<DType> dtype = type.dtype();
    return replacement.entry().type() == type || dtype.isEmpty()
        ? Content.of(replacement.file(), replacement.entry())
        : sink ->
            Content.rounded(replacement.name(), replacement.tensor(), dtype.get()).writeTo(sink);
  }

  /** {@return the weights that change, and then the biases} */
  public List<String> merged() {
    return merged;
  }

  /** {@return the tensors that an adapter replaces whole} */
  public List<String> replaced() {
    return replaced;
  }
}
