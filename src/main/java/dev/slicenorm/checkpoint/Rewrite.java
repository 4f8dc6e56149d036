package dev.slicenorm.checkpoint;

import dev.slicenorm.event.Events;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A checkpoint made from another, tensor by tensor: each is kept, kept under another name, or
 * computed.
 *
 * <p>Nothing is read or written before {@link #write}. Every new tensor goes to the shard of the
 * old one it stands for. If all of them are kept the files are copied byte for byte, but for an
 * index, which is written anew.
 */
final class Rewrite {

  private final Checkpoint source;
  private final List<Path> alsoRead;
  private final String operation;
  private final Map<Safetensors, SafetensorsWriter> writers = new LinkedHashMap<>();
  private final Map<String, Stored> written = new LinkedHashMap<>();
  private long elements;
  private boolean changed;

  /**
   * Creates a rewrite that writes nothing yet.
   *
   * @param source the old checkpoint
   * @param operation what a flight recorder calls this
   */
  Rewrite(Checkpoint source, String operation) {
    this(source, List.of(), operation);
  }

  /**
   * Creates a rewrite that takes tensors from elsewhere too.
   *
   * @param source the old checkpoint
   * @param alsoRead other files that are read, and so can't be replaced
   * @param operation what a flight recorder calls this
   */
  Rewrite(Checkpoint source, List<Path> alsoRead, String operation) {
    this.source = source;
    this.alsoRead = alsoRead;
    this.operation = operation;
    for (Safetensors file : source.files().values()) {
      writers.put(file, new SafetensorsWriter().metadata(file.metadata()));
    }
  }

  /** Keeps a tensor as it is. */
  void keep(Stored tensor) throws CheckpointException {
    put(tensor, tensor.name(), tensor.entry().type(), Content.of(tensor.file(), tensor.entry()));
  }

  /** Keeps a tensor under another name. */
  void rename(Stored tensor, String name) throws CheckpointException {
    changed = true;
    put(tensor, name, tensor.entry().type(), Content.of(tensor.file(), tensor.entry()));
  }

  /** Writes a computed tensor of the same shape to the same file as an old one. */
  void compute(Stored like, String name, ElementType type, Content content)
      throws CheckpointException {
    changed = true;
    put(like, name, type, content);
  }

  /** Writes a computed tensor to the same file as an old one. */
  void compute(Stored beside, String name, ElementType type, long[] shape, Content content)
      throws CheckpointException {
    changed = true;
    put(beside, name, type, shape, content);
  }

  private void put(Stored like, String name, ElementType type, Content content)
      throws CheckpointException {
    put(like, name, type, like.entry().shape(), content);
  }

  private void put(Stored like, String name, ElementType type, long[] shape, Content content)
      throws CheckpointException {
    Stored before = written.putIfAbsent(name, like);
    if (before != null) {
      throw new CheckpointException(
          "%s would be written twice: from %s of %s, and from %s of %s"
              .formatted(name, before, before.file().name(), like, like.file().name()));
    }
    SafetensorsWriter writer = writers.get(like.file());
    if (writer == null) {
      throw new IllegalArgumentException(like + " is not of this checkpoint");
    }
    writer.add(name, type, shape, content);
    elements += Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }

  /** {@return whether shards and an index are written} */
  boolean isSharded() {
    return source.isSharded();
  }

  /** {@return the bytes of all tensors that will be written} */
  long byteSize() {
    long bytes = 0;
    for (SafetensorsWriter writer : writers.values()) {
      bytes += writer.byteSize();
    }
    return bytes;
  }

  /** Checks all files before the first is written: none may be in the way, or one that is read. */
  void check(Path out, boolean replace) throws IOException {
    if (!source.isSharded()) {
      PendingFile.requireNotRead(out, alsoRead, "another name than that of an adapter");
      PendingFile.check(out, replace);
      return;
    }
    PendingFile.checkFolder(out, "expected one for the shards");
    List<Path> read = new ArrayList<>(source.paths());
    read.addAll(alsoRead);
    String expected =
        "another folder than %s, because several files can't be replaced in one step"
            .formatted(out);
    for (Path file : source.paths()) {
      Path target = out.resolve(fileName(file));
      PendingFile.requireNotRead(target, read, expected);
      if (Files.exists(out)) {
        PendingFile.check(target, replace);
      }
    }
  }

  /**
   * Writes the new checkpoint. It takes its name when all of it is complete; of shards the index
   * comes last, and an old index goes before the first shard is replaced.
   *
   * @param out the file; for a sharded checkpoint the folder, made if there is none
   */
  void write(Path out, boolean replace, Progress progress) throws IOException {
    check(out, replace);
    if (source.isSharded()) {
      writeShards(out, replace, progress);
      return;
    }
    Safetensors file = source.files().values().iterator().next();
    try (PendingFile pending = PendingFile.create(out, replace)) {
      writeFile(file, out, pending, 0, progress);
      pending.commit();
    }
  }

  private void writeShards(Path out, boolean replace, Progress progress) throws IOException {
    ShardIndex index = source.index().orElseThrow();
    List<PendingFile> pending = new ArrayList<>();
    List<Path> newFolders = missing(out);
    boolean completed = false;
    try {
      createFolder(out);
      long before = 0;
      for (Map.Entry<Path, Safetensors> file : source.files().entrySet()) {
        Path name = out.resolve(fileName(file.getKey()));
        PendingFile shard = PendingFile.create(name, replace);
        pending.add(shard);
        writeFile(file.getValue(), name, shard, before, progress);
        before += writer(file.getValue()).byteSize();
      }
      // The index last: whoever finds it finds all that it names.
      PendingFile indexFile = PendingFile.create(out.resolve(fileName(index.file())), replace);
      pending.add(indexFile);
      indexFile.write(ByteBuffer.wrap(indexJson(index).getBytes(StandardCharsets.UTF_8)));
      if (pending.stream().anyMatch(PendingFile::replaces)) {
        for (PendingFile file : pending) {
          file.force();
        }
      }
      // While shards are old and new there is no index that would make them look whole.
      indexFile.removeOld();
      for (PendingFile file : pending) {
        file.commit();
      }
      completed = true;
    } finally {
      for (PendingFile file : pending) {
        file.close();
      }
      if (!completed) {
        removeIfEmpty(newFolders);
      }
    }
  }

  /** {@return a folder and those above it, as far as they are not there, the innermost first} */
  private static List<Path> missing(Path folder) {
    List<Path> missing = new ArrayList<>();
    Path at = folder.toAbsolutePath();
    while (at != null && !Files.exists(at)) {
      missing.add(at);
      at = at.getParent();
    }
    return missing;
  }

  private static void removeIfEmpty(List<Path> folders) throws IOException {
    try {
      for (Path folder : folders) {
        Files.deleteIfExists(folder);
      }
    } catch (DirectoryNotEmptyException e) {
      // Somebody else has put something there: it stays.
    }
  }

  private static void createFolder(Path out) throws IOException {
    try {
      Files.createDirectories(out);
    } catch (FileSystemException e) {
      Path parent = out.toAbsolutePath().getParent();
      throw PendingFile.refused(out, parent == null ? out : parent, e);
    }
  }

  private String indexJson(ShardIndex index) {
    Map<Safetensors, String> names = new LinkedHashMap<>();
    source.files().forEach((path, file) -> names.put(file, fileName(path).toString()));
    Map<String, String> shards = new LinkedHashMap<>();
    written.forEach((tensor, like) -> shards.put(tensor, String.valueOf(names.get(like.file()))));
    return index.toJson(byteSize(), elements, shards);
  }

  private void writeFile(
      Safetensors file, Path name, PendingFile to, long before, Progress progress)
      throws IOException {
    SafetensorsWriter writer = writer(file);
    Events.Span span = Events.file(operation, name, writer.names().size(), writer.byteSize());
    Optional<FileChannel> original = file.channel().filter(FileChannel::isOpen);
    if (changed || original.isEmpty()) {
      writer.writeTo(to, before, byteSize(), progress);
    } else {
      TensorSink sink = new TensorSink(to.channel(), before, byteSize(), progress);
      try {
        sink.transferHeader(original.get(), file.dataOffset());
        List<TensorEntry> entries = new ArrayList<>(file.entries());
        entries.sort(Comparator.comparingLong(TensorEntry::begin));
        for (TensorEntry entry : entries) {
          sink.begin(entry.name());
          Content.of(file, entry).writeTo(sink);
        }
      } catch (IOException e) {
        throw to.failed("", e);
      }
    }
    span.end();
  }

  private SafetensorsWriter writer(Safetensors file) {
    SafetensorsWriter writer = writers.get(file);
    if (writer == null) {
      throw new IllegalArgumentException(file.name() + " is not of this checkpoint");
    }
    return writer;
  }

  private static Path fileName(Path path) {
    Path name = path.getFileName();
    if (name == null) {
      throw new IllegalArgumentException(path + " has no file name");
    }
    return name;
  }
}
