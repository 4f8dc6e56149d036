package dev.slicenorm.checkpoint;

import dev.slicenorm.event.Events;
import dev.slicenorm.json.JsonWriter;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a safetensors file, laid out as the reference does it: tensors sorted by element type,
 * widest first, then by name; the header padded with spaces to a multiple of 8 bytes. The same
 * tensors give the same bytes.
 *
 * <p>Tensors are added first and read when the file is written, in windows of a megabyte, so they
 * may be larger than the heap. The file appears under its name only when it is complete: a crash, a
 * full disk or a kill leaves the old file, or none.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="writer"}
 */
public final class SafetensorsWriter {

  private record Pending(ElementType type, long[] shape, long byteSize, Content content) {}

  private final Map<String, Pending> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  /** Creates a writer without tensors. */
  public SafetensorsWriter() {}

  /**
   * Adds strings that go under {@code __metadata__}.
   *
   * @param strings the strings by key
   * @return this
   * @throws IllegalArgumentException if a string holds half a surrogate pair, which is none in
   *     UTF-8
   */
  public SafetensorsWriter metadata(Map<String, String> strings) {
    strings.forEach((key, value) -> {
      if (!isUtf8(key) || !isUtf8(value)) {
        throw new IllegalArgumentException(
            "metadata %s: %s holds half a surrogate pair"
                .formatted(JsonWriter.abbreviate(key), JsonWriter.abbreviate(value)));
      }
    });
    metadata.putAll(strings);
    return this;
  }

  private static boolean isUtf8(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  /**
   * Adds a tensor.
   *
   * @param name its name
   * @param tensor its elements, of any layout; read when the file is written
   * @return this
   * @throws CheckpointException if there is a tensor of that name
   */
  public SafetensorsWriter tensor(String name, Tensor tensor) throws CheckpointException {
    return add(name, ElementType.of(tensor.dtype()), tensor.shape(), Content.of(tensor));
  }

  /**
   * Adds a tensor of any element type.
   *
   * @param name its name
   * @param type its element type
   * @param bytes its elements, row-major, little-endian; read when the file is written
   * @param shape its sizes
   * @return this
   * @throws CheckpointException if there is a tensor of that name, or if the bytes are not those of
   *     the shape
   */
  public SafetensorsWriter bytes(String name, ElementType type, MemorySegment bytes, long... shape)
      throws CheckpointException {
    add(name, type, shape, Content.of(bytes));
    TensorEntry entry = new TensorEntry(name, type, 0, shape);
    if (bytes.byteSize() != entry.byteSize()) {
      tensors.remove(name);
      throw new CheckpointException(
          "tensor %s has %d bytes: expected %d"
              .formatted(entry, bytes.byteSize(), entry.byteSize()));
    }
    return this;
  }

  /**
   * Adds a tensor of another file, byte for byte.
   *
   * @param name its name in the new file
   * @param file the other file, open until the new one is written
   * @param tensor its name there
   * @return this
   * @throws CheckpointException if there is a tensor of that name here, or none there
   */
  public SafetensorsWriter copy(String name, Safetensors file, String tensor)
      throws CheckpointException {
    TensorEntry entry =
        file.find(tensor)
            .orElseThrow(() -> new CheckpointException(file.name() + " has no tensor " + tensor));
    return add(name, entry.type(), entry.shape(), Content.of(file, entry));
  }

  SafetensorsWriter add(String name, ElementType type, long[] shape, Content content)
      throws CheckpointException {
    if (name.equals(SafetensorsHeader.METADATA)) {
      throw new CheckpointException("a tensor can't be called " + name + ": the format uses that");
    }
    if (!isUtf8(name)) {
      throw new CheckpointException("a tensor's name holds half a surrogate pair: " + name);
    }
    Pending pending;
    try {
      pending = new Pending(type, shape.clone(), type.byteSize(shape), content);
    } catch (ArithmeticException e) {
      throw new CheckpointException("tensor " + name + ": " + e.getMessage(), e);
    }
    if (tensors.putIfAbsent(name, pending) != null) {
      throw new CheckpointException("tensor " + name + " would be written twice");
    }
    return this;
  }

  /** {@return the bytes that all tensors take} */
  public long byteSize() {
    long bytes = 0;
    for (Pending pending : tensors.values()) {
      bytes = Math.addExact(bytes, pending.byteSize);
    }
    return bytes;
  }

  /** {@return the names of the tensors, in the order they were added} */
  public List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  /**
   * Writes the file.
   *
   * @param file its name
   * @param replace whether a file of that name is replaced
   * @param progress is told how far it is
   * @throws java.nio.file.FileAlreadyExistsException if there is one and {@code replace} is false
   * @throws IOException if it can't be written; what was there is unchanged
   */
  public void write(Path file, boolean replace, Progress progress) throws IOException {
    try (PendingFile pending = PendingFile.create(file, replace)) {
      writeTo(pending, 0, byteSize(), progress);
      pending.commit();
    }
  }

  /** Writes the whole file; {@code before} bytes of {@code total} went elsewhere before. */
  void writeTo(PendingFile file, long before, long total, Progress progress) throws IOException {
    List<TensorEntry> entries = laidOut();
    file.write(ByteBuffer.wrap(new SafetensorsHeader(metadata, entries).toBytes()));
    TensorSink sink = new TensorSink(file.channel(), before, total, progress);
    for (TensorEntry entry : entries) {
      Pending pending = tensors.get(entry.name());
      if (pending == null) {
        throw new IllegalStateException(entry.name() + " was removed while it was written");
      }
      Events.Span span = Events.tensor(entry, entry.byteSize());
      sink.begin(entry.name());
      try {
        pending.content.writeTo(sink);
      } catch (IOException e) {
        throw file.failed("tensor " + entry + " to ", e);
      }
      if (sink.written() != before + entry.end()) {
        throw new IllegalStateException(
            "tensor %s was written up to byte %d: expected %d"
                .formatted(entry, sink.written() - before, entry.end()));
      }
      span.end();
    }
  }

  private List<TensorEntry> laidOut() {
    List<Map.Entry<String, Pending>> sorted = new ArrayList<>(tensors.entrySet());
    sorted.sort(
        Comparator.comparing(
                (Map.Entry<String, Pending> e) -> e.getValue().type, Comparator.reverseOrder())
            .thenComparing(Map.Entry::getKey, SafetensorsWriter::compareCodePoints));
    List<TensorEntry> entries = new ArrayList<>(sorted.size());
    long begin = 0;
    for (Map.Entry<String, Pending> e : sorted) {
      TensorEntry entry = new TensorEntry(e.getKey(), e.getValue().type, begin, e.getValue().shape);
      entries.add(entry);
      begin = Math.addExact(begin, entry.byteSize());
    }
    return entries;
  }

  /** UTF-8's order, which is the reference's; UTF-16's differs above U+FFFF. */
  private static int compareCodePoints(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      if (a.charAt(i) != b.charAt(i)) {
        char x = a.charAt(i);
        char y = b.charAt(i);
        return Character.isSurrogate(x) == Character.isSurrogate(y)
            ? Character.compare(x, y)
            : Character.isSurrogate(x) ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
