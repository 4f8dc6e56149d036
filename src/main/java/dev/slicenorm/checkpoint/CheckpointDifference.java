package dev.slicenorm.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What differs between two checkpoints, tensor by tensor; names count, the order in the files
 * doesn't.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="difference"}
 */
public final class CheckpointDifference {

  /**
   * One tensor that differs.
   *
   * @param name its name
   * @param before what it is in the first checkpoint, if it is there
   * @param after what it is in the second, if it is there
   * @param values how far the values are apart, if types and shapes agree and can be computed with
   */
  public record Entry(
      String name,
      Optional<TensorEntry> before,
      Optional<TensorEntry> after,
      Optional<TensorDifference> values) {}

  private static final long WINDOW = 64L << 20;

  private final long same;
  private final List<Entry> entries;

  private CheckpointDifference(long same, List<Entry> entries) {
    this.same = same;
    this.entries = List.copyOf(entries);
  }

  /**
   * {@return what differs, of all tensors}
   *
   * @param a the first checkpoint
   * @param b the second
   * @throws CheckpointException if a tensor can't be read (of a file that is shortened meanwhile,
   *     {@link Safetensors} tells)
   */
  public static CheckpointDifference of(Checkpoint a, Checkpoint b) throws CheckpointException {
    return of(a, b, name -> true, Progress.NONE);
  }

  /**
   * {@return what differs, of some tensors}
   *
   * @param a the first checkpoint
   * @param b the second
   * @param selected which tensors are compared, by name
   * @param progress is told how much of the first checkpoint is compared
   * @throws CheckpointException if a tensor can't be read (of a file that is shortened meanwhile,
   *     {@link Safetensors} tells)
   */
  public static CheckpointDifference of(
      Checkpoint a, Checkpoint b, Predicate<String> selected, Progress progress)
      throws CheckpointException {
    List<Stored> chosen =
        a.tensors().stream().filter(tensor -> selected.test(tensor.name())).toList();
    long total = chosen.stream().mapToLong(tensor -> tensor.entry().byteSize()).sum();
    long done = 0;
    long same = 0;
    List<Entry> entries = new ArrayList<>();
    for (Stored before : chosen) {
      long start = done;
      Progress shifted = (bytes, ofTensor, name) -> progress.at(start + bytes, total, name);
      Optional<Stored> after = b.find(before.name());
      Optional<Entry> entry =
          after.isPresent()
              ? compare(before, after.get(), shifted)
              : Optional.of(entry(before.name(), Optional.of(before), after, Optional.empty()));
      same += entry.isEmpty() ? 1 : 0;
      entry.ifPresent(entries::add);
      done += before.entry().byteSize();
    }
    for (Stored after : b.tensors()) {
      if (selected.test(after.name()) && a.find(after.name()).isEmpty()) {
        entries.add(entry(after.name(), Optional.empty(), Optional.of(after), Optional.empty()));
      }
    }
    return new CheckpointDifference(same, entries);
  }

  private static Optional<Entry> compare(Stored before, Stored after, Progress progress)
      throws CheckpointException {
    boolean comparable = before.entry().describe().equals(after.entry().describe());
    if (comparable && isSame(before, after, progress)) {
      return Optional.empty();
    }
    Optional<TensorDifference> values =
        comparable && before.entry().type().dtype().isPresent()
            ? Optional.of(TensorDifference.of(before, after, progress))
            : Optional.empty();
    return Optional.of(entry(before.name(), Optional.of(before), Optional.of(after), values));
  }

  private static boolean isSame(Stored a, Stored b, Progress progress) throws CheckpointException {
    MemorySegment left = a.bytes();
    MemorySegment right = b.bytes();
    long size = left.byteSize();
    for (long start = 0; start < size; start += WINDOW) {
      progress.at(start, size, a.name());
      long stop = Math.min(start + WINDOW, size);
      if (MemorySegment.mismatch(left, start, stop, right, start, stop) >= 0) {
        return false;
      }
    }
    return true;
  }

  private static Entry entry(
      String name,
      Optional<Stored> before,
      Optional<Stored> after,
      Optional<TensorDifference> values) {
    return new Entry(name, before.map(Stored::entry), after.map(Stored::entry), values);
  }

  /** {@return the number of tensors that are the same to the bit} */
  public long same() {
    return same;
  }

  /** {@return the tensors that differ} */
  public List<Entry> entries() {
    return entries;
  }
}
