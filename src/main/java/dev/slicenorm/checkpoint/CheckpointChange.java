package dev.slicenorm.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A checkpoint that is to be made from another. What is wrong with the other was found when this
 * was made; nothing is written before {@link #write}.
 *
 * <p>The old checkpoint stays open until then: its tensors go from file to file, one at a time.
 */
public abstract sealed class CheckpointChange permits AdapterMerge, Fold, Renaming, Unfold {

  private final Rewrite rewrite;

  CheckpointChange(Rewrite rewrite) {
    this.rewrite = rewrite;
  }

  /** {@return whether the result is a folder with shards, as what it is made from; else a file} */
  public final boolean isSharded() {
    return rewrite.isSharded();
  }

  /** {@return the bytes of all tensors of the result} */
  public final long byteSize() {
    return rewrite.byteSize();
  }

  /**
   * Checks what can be known beforehand of whether the result may be written, and changes nothing.
   *
   * @param out the file; for a sharded checkpoint the folder
   * @param replace whether files of that name are replaced
   * @throws java.nio.file.FileAlreadyExistsException if there is one and {@code replace} is false
   * @throws CheckpointException if something else is in the way, {@code out} is one of the files
   *     that are read and can't be replaced in one step, or there is no folder for it
   * @throws IOException if no file may be made there
   */
  public final void check(Path out, boolean replace) throws IOException {
    rewrite.check(out, replace);
  }

  /**
   * Writes the result. It takes its name only when all of it is complete.
   *
   * @param out the file; for a sharded checkpoint the folder, made if there is none
   * @param replace whether files of that name are replaced
   * @param progress is told how far it is
   * @throws java.nio.file.FileAlreadyExistsException if there is one and {@code replace} is false
   * @throws CheckpointException as {@link #check} does, or if a value can't be computed or held by
   *     its element type; what was there is unchanged
   * @throws IOException if it can't be written; what was there is unchanged
   */
  public final void write(Path out, boolean replace, Progress progress) throws IOException {
    Objects.requireNonNull(progress, "progress");
    rewrite.write(out, replace, progress);
  }
}
