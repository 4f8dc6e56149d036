package dev.slicenorm.checkpoint;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file, mapped: opening it reads the header only, and tensors are views of the
 * mapping, whatever the size of the file.
 *
 * <p>The header is checked in full when the file is opened (lengths, types, shapes, offsets that
 * tile the data exactly), so a file that opens can be read. The tensors live until {@link
 * #close()}; using one after that is an {@link IllegalStateException}. Any thread may read. A file
 * that somebody shortens while it is mapped makes the JVM throw an {@link InternalError}; nothing
 * can be done about that.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="safetensors"}
 */
public final class Safetensors implements AutoCloseable {

  /** The first four bytes of a zip archive, which PyTorch saves by default: {@code PK\3\4}. */
  private static final int ZIP = 0x04034B50;

  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String name;
  private final Map<String, TensorEntry> entries;
  private final SafetensorsHeader header;
  private final MemorySegment data;
  private final long dataOffset;
  private final @Nullable Arena arena;
  private final @Nullable FileChannel channel;

  private Safetensors(
      String name, MemorySegment file, @Nullable Arena arena, @Nullable FileChannel channel)
      throws CheckpointException {
    this.name = name;
    this.arena = arena;
    this.channel = channel;
    try {
      long headerLength = headerLength(file);
      dataOffset = SafetensorsHeader.LENGTH_BYTES + headerLength;
      byte[] text =
          file.asSlice(SafetensorsHeader.LENGTH_BYTES, headerLength).toArray(ValueLayout.JAVA_BYTE);
      data = file.asSlice(dataOffset).asReadOnly();
      header = SafetensorsHeader.parse(text, data.byteSize());
    } catch (CheckpointException e) {
      throw new CheckpointException(name + ": " + e.getMessage(), e);
    }
    Map<String, TensorEntry> byName = LinkedHashMap.newLinkedHashMap(header.entries().size());
    for (TensorEntry entry : header.entries()) {
      byName.put(entry.name(), entry);
    }
    entries = Collections.unmodifiableMap(byName);
  }

  private static long headerLength(MemorySegment file) throws CheckpointException {
    long size = file.byteSize();
    if (size < SafetensorsHeader.LENGTH_BYTES) {
      throw new CheckpointException(
          size + " bytes are no safetensors file: expected at least 8, the length of the header");
    }
    long length = file.get(LENGTH, 0);
    if ((int) length == ZIP) {
      throw new CheckpointException(
          "this is a zip archive, as PyTorch's pickle files are: expected safetensors, convert it"
              + " first");
    }
    if (length < 0 || length > SafetensorsHeader.MAX_LENGTH) {
      throw new CheckpointException(
          "header length %s is above %d, the format's limit: is this a safetensors file?"
              .formatted(Long.toUnsignedString(length), SafetensorsHeader.MAX_LENGTH));
    }
    if (length > size - SafetensorsHeader.LENGTH_BYTES) {
      throw new CheckpointException(
          "header length %d is beyond the end of the file, which has %d bytes: it is cut short"
              .formatted(length, size));
    }
    return length;
  }

  /**
   * {@return a file, open until it is closed}
   *
   * @param file a safetensors file of any size
   * @throws CheckpointException if its header is not right; the message says what
   * @throws java.nio.file.NoSuchFileException if it is not there
   * @throws IOException if it can't be read
   */
  @SuppressWarnings("MustBeClosedChecker") // the result closes it
  public static Safetensors open(Path file) throws IOException {
    // Not exists(): it takes what it may not see for what is not there.
    if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
      throw new CheckpointException(file + " is no regular file: expected a safetensors file");
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      Safetensors result = new Safetensors(file.toString(), mapped, arena, channel);
      opened = true;
      return result;
    } finally {
      if (!opened) {
        arena.close();
        channel.close();
      }
    }
  }

  /**
   * {@return a file that lies in memory}
   *
   * @param name what messages call it
   * @param file its bytes, shared; closing the result doesn't free them
   * @throws CheckpointException if its header is not right; the message says what
   */
  public static Safetensors of(String name, MemorySegment file) throws CheckpointException {
    return new Safetensors(name, file, null, null);
  }

  /** {@return what messages call this file: its path} */
  public String name() {
    return name;
  }

  /** {@return the tensors, in the order in which their bytes lie in the file} */
  public List<TensorEntry> entries() {
    return header.entries();
  }

  /** {@return the strings under {@code __metadata__}} */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /**
   * {@return the entry of a name, if there is one}
   *
   * @param tensor the name
   */
  public Optional<TensorEntry> find(String tensor) {
    return Optional.ofNullable(entries.get(tensor));
  }

  /**
   * {@return the bytes of a tensor, read-only, without a copy}
   *
   * @param tensor the name
   * @throws CheckpointException if the file has no such tensor
   */
  public MemorySegment bytes(String tensor) throws CheckpointException {
    TensorEntry entry = entry(tensor);
    return data.asSlice(entry.begin(), entry.byteSize());
  }

  /**
   * {@return a tensor, read-only, without a copy}
   *
   * @param tensor the name
   * @throws CheckpointException if the file has no such tensor, or if its elements are not F16,
   *     BF16, F32 or F64: then {@link #bytes} has them
   */
  public Tensor tensor(String tensor) throws CheckpointException {
    TensorEntry entry = entry(tensor);
    Optional<DType> dtype = entry.type().dtype();
    if (dtype.isEmpty()) {
      throw new CheckpointException(
          "%s: tensor %s has elements of type %s: expected F16, BF16, F32 or F64"
              .formatted(name, tensor, entry.type()));
    }
    return Tensor.of(dtype.get(), bytes(tensor), entry.shape());
  }

  private TensorEntry entry(String tensor) throws CheckpointException {
    TensorEntry entry = entries.get(tensor);
    if (entry == null) {
      throw new CheckpointException(
          name + " has no tensor " + tensor + " among its " + entries.size());
    }
    return entry;
  }

  /** {@return where the data begin in the file} */
  long dataOffset() {
    return dataOffset;
  }

  /** {@return the open file, unless it lies in memory} */
  Optional<FileChannel> channel() {
    return Optional.ofNullable(channel);
  }

  /** Closes the file. Its tensors must not be used any more. */
  @Override
  public void close() {
    if (arena != null && arena.scope().isAlive()) {
      arena.close();
    }
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException("closing " + name, e);
      }
    }
  }
}
