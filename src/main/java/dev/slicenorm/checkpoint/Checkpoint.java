package dev.slicenorm.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors of a model: one safetensors file, or the shards that an index names.
 *
 * <p>The files stay mapped until {@link #close()}.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="checkpoint"}
 */
public final class Checkpoint implements AutoCloseable {

  private final Path path;
  private final Map<Path, Safetensors> files;
  private final Optional<ShardIndex> index;
  private final Map<String, Stored> tensors;

  private Checkpoint(
      Path path,
      Map<Path, Safetensors> files,
      Optional<ShardIndex> index,
      Map<String, Stored> tensors) {
    this.path = path;
    this.files = files;
    this.index = index;
    this.tensors = tensors;
  }

  /**
   * {@return a checkpoint, open until it is closed}
   *
   * @param path a safetensors file, an index ({@code *.index.json}), or a folder that holds {@code
   *     model.safetensors.index.json} or {@code model.safetensors}
   * @throws CheckpointException if a file is malformed, a shard is missing, or index and shards
   *     disagree
   * @throws IOException if a file can't be read
   */
  public static Checkpoint open(Path path) throws IOException {
    Path file = Files.isDirectory(path) ? ShardIndex.inFolder(path) : path;
    Optional<ShardIndex> index =
        file.toString().endsWith(".json") ? Optional.of(ShardIndex.read(file)) : Optional.empty();
    List<Path> names = index.isPresent() ? index.get().files() : List.of(file);
    Map<Path, Safetensors> files = new LinkedHashMap<>();
    boolean opened = false;
    try {
      for (Path name : names) {
        files.put(name, index.isPresent() ? openShard(file, name) : Safetensors.open(name));
      }
      Map<String, Stored> tensors = collect(files.values());
      if (index.isPresent()) {
        index.get().check(files, tensors);
      }
      opened = true;
      return new Checkpoint(file, files, index, tensors);
    } finally {
      if (!opened) {
        files.values().forEach(Safetensors::close);
      }
    }
  }

  private static Safetensors openShard(Path index, Path shard) throws IOException {
    try {
      return Safetensors.open(shard);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(
          "%s names the shard %s, which is not there: expected it in the same folder"
              .formatted(index, shard.getFileName()),
          e);
    }
  }

  private static Map<String, Stored> collect(Collection<Safetensors> files)
      throws CheckpointException {
    Map<String, Stored> tensors = new LinkedHashMap<>();
    for (Safetensors file : files) {
      for (TensorEntry entry : file.entries()) {
        Stored before = tensors.putIfAbsent(entry.name(), new Stored(file, entry));
        if (before != null) {
          throw new CheckpointException(
              "tensor %s is in %s and in %s"
                  .formatted(entry.name(), before.file().name(), file.name()));
        }
      }
    }
    return tensors;
  }

  /** {@return the file that was opened: the only one, or the index} */
  public Path path() {
    return path;
  }

  /** {@return the files by path: one, or the shards in the order of the index} */
  public Map<Path, Safetensors> files() {
    return Collections.unmodifiableMap(files);
  }

  /** {@return every file that is read: the only one, or the shards and the index} */
  public List<Path> paths() {
    List<Path> paths = new ArrayList<>(files.keySet());
    index.ifPresent(shards -> paths.add(shards.file()));
    return paths;
  }

  /** {@return whether it came with an index} */
  public boolean isSharded() {
    return index.isPresent();
  }

  Optional<ShardIndex> index() {
    return index;
  }

  /** {@return every tensor, shard by shard in the order of their bytes} */
  public List<Stored> tensors() {
    return new ArrayList<>(tensors.values());
  }

  /**
   * {@return the tensor of a name, if there is one}
   *
   * @param name the name
   */
  public Optional<Stored> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /** Closes every file. Their tensors must not be used any more. */
  @Override
  public void close() {
    files.values().forEach(Safetensors::close);
  }
}
