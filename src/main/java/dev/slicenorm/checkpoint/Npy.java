package dev.slicenorm.checkpoint;

import dev.slicenorm.json.JsonWriter;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Memory;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NumPy's {@code .npy} files: one tensor each.
 *
 * <p>Little-endian {@code f2}, {@code f4} and {@code f8} are read; NumPy has no BF16. An array in
 * Fortran order becomes a view with the strides that say so. Arrays of Python objects, which hold
 * pickled code, are refused, and so is everything else, by name.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="npy"}
 */
public final class Npy {

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MAX_HEADER = 1 << 16;

  /**
   * A Python literal with three keys in any order; this is all that NumPy writes for plain arrays.
   */
  private static final Pattern FIELD =
      Pattern.compile(
          "\\s*'(descr|fortran_order|shape)'\\s*:\\s*('[^']{0,64}'|True|False|\\([0-9,"
              + " ]*\\))\\s*(?:,|$)");

  private Npy() {}

  private record Header(DType dtype, boolean fortran, long[] shape, long offset) {

    private Header {
      shape = shape.clone();
    }

    @Override
    public long[] shape() {
      return shape.clone();
    }
  }

  /**
   * {@return the tensor of a file, read-only and mapped}
   *
   * @param file a {@code .npy} file of version 1, 2 or 3
   * @param arena unmaps it; the tensor must not be used after that
   * @throws CheckpointException if it is malformed or holds something else than floats
   * @throws IOException if it can't be read
   */
  public static Tensor map(Path file, Arena arena) throws IOException {
    if (Files.isDirectory(file)) {
      throw new CheckpointException(file + " is a folder: expected a .npy file");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      Header header = header(file, channel, size);
      long[] shape = header.shape();
      long bytes;
      try {
        bytes = ElementType.of(header.dtype()).byteSize(shape);
      } catch (ArithmeticException e) {
        throw new CheckpointException(
            file + " has the shape " + Arrays.toString(shape) + ": " + e.getMessage(), e);
      }
      if (size - header.offset() != bytes) {
        throw new CheckpointException(
            "%s has %d bytes of data: expected %d for %s%s"
                .formatted(
                    file, size - header.offset(), bytes, header.dtype(), Arrays.toString(shape)));
      }
      MemorySegment data =
          channel.map(FileChannel.MapMode.READ_ONLY, header.offset(), bytes, arena);
      Layout layout = Layout.contiguous(header.fortran() ? reversed(shape) : shape);
      return Tensor.strided(
          header.dtype(), new Memory.Bytes(data), header.fortran() ? layout.transpose() : layout);
    }
  }

  private static Header header(Path file, FileChannel channel, long size) throws IOException {
    byte[] start = read(channel, 0, (int) Math.min(12, size));
    boolean npy = start.length >= 10 && Arrays.equals(Arrays.copyOf(start, MAGIC.length), MAGIC);
    if (!npy || start[6] < 1 || start[6] > 3) {
      throw new CheckpointException(file + " is no .npy file of version 1, 2 or 3");
    }
    int lengthBytes = start[6] == 1 ? 2 : 4;
    long length = 0;
    for (int i = 0; i < lengthBytes && 8 + i < start.length; i++) {
      length |= (start[8 + i] & 0xFFL) << (8 * i);
    }
    long offset = 8 + lengthBytes + length;
    if (length > MAX_HEADER || offset > size) {
      throw new CheckpointException(
          "%s has a header of %d bytes: expected at most %d, within the file"
              .formatted(file, length, MAX_HEADER));
    }
    byte[] text = read(channel, 8L + lengthBytes, (int) length);
    return parse(file, new String(text, StandardCharsets.ISO_8859_1).strip(), offset);
  }

  private static Header parse(Path file, String text, long offset) throws CheckpointException {
    String descr = "";
    String order = "";
    String shape = "";
    if (text.startsWith("{") && text.endsWith("}")) {
      String body = text.substring(1, text.length() - 1);
      Matcher field = FIELD.matcher(body);
      int end = 0;
      while (field.lookingAt()) {
        switch (field.group(1)) {
          case "descr" -> descr = field.group(2);
          case "shape" -> shape = field.group(2);
          default -> order = field.group(2);
        }
        end = field.end();
        field.region(end, body.length());
      }
      if (!body.substring(end).isBlank()) {
        shape = "";
      }
    }
    boolean ordered = order.equals("True") || order.equals("False");
    if (!descr.startsWith("'") || !ordered || !shape.startsWith("(")) {
      throw new CheckpointException(
          file
              + " has a header other than descr, fortran_order and shape of a plain array: "
              + JsonWriter.abbreviate(text));
    }
    DType dtype =
        switch (descr) {
          case "'<f2'" -> DType.F16;
          case "'<f4'" -> DType.F32;
          case "'<f8'" -> DType.F64;
          default ->
              throw new CheckpointException(
                  file + " holds elements " + descr + ": expected '<f2', '<f4' or '<f8'");
        };
    return new Header(dtype, order.equals("True"), sizes(file, shape), offset);
  }

  private static long[] sizes(Path file, String tuple) throws CheckpointException {
    String body = tuple.substring(1, tuple.length() - 1).strip();
    if (body.isEmpty()) {
      return new long[0];
    }
    if (body.endsWith(",")) {
      body = body.substring(0, body.length() - 1);
    } else if (body.indexOf(',') < 0) {
      throw new CheckpointException(
          file + " has the shape " + tuple + ": expected a tuple, of one size (" + body + ",)");
    }
    try {
      return Arrays.stream(body.split(",", -1))
          .map(String::strip)
          .mapToLong(Long::parseLong)
          .toArray();
    } catch (NumberFormatException e) {
      throw new CheckpointException(
          file + " has the shape " + tuple + ": expected a tuple of sizes", e);
    }
  }

  private static byte[] read(FileChannel channel, long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new CheckpointException("file ends at byte " + (position + bytes.position()));
      }
    }
    return bytes.array();
  }

  private static long[] reversed(long[] shape) {
    long[] reversed = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      reversed[i] = shape[shape.length - 1 - i];
    }
    return reversed;
  }

  /**
   * Writes a tensor, in C order. The file takes its name only when it is complete.
   *
   * @param file the file
   * @param tensor F16, F32 or F64, of any layout; BF16, which NumPy has not, is written as F32
   * @param replace whether a file of that name is replaced
   * @throws java.nio.file.FileAlreadyExistsException if there is one and {@code replace} is false
   * @throws IOException if it can't be written; what was there is unchanged
   */
  public static void write(Path file, Tensor tensor, boolean replace) throws IOException {
    DType dtype = tensor.dtype() == DType.BF16 ? DType.F32 : tensor.dtype();
    StringBuilder shape = new StringBuilder();
    for (long size : tensor.shape()) {
      shape.append(size).append(", ");
    }
    if (tensor.rank() > 1) {
      shape.setLength(shape.length() - 2);
    }
    String text =
        "{'descr': '<f%d', 'fortran_order': False, 'shape': (%s), }"
            .formatted(dtype.byteSize(), shape.toString().stripTrailing());
    // Data begin at a multiple of 64, which is what lets others map them.
    int length = (10 + text.length() + 1 + 63) / 64 * 64 - 10;
    ByteBuffer header = ByteBuffer.allocate(10 + length);
    header.put(MAGIC).put((byte) 1).put((byte) 0);
    header.put((byte) length).put((byte) (length >>> 8));
    header.put(text.getBytes(StandardCharsets.US_ASCII));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    header.put((byte) '\n').flip();
    try (PendingFile pending = PendingFile.create(file, replace)) {
      pending.write(header);
      long bytes = tensor.count() * dtype.byteSize();
      TensorSink sink = new TensorSink(pending.channel(), 0, bytes, Progress.NONE);
      try {
        Content.rounded("the tensor", tensor, dtype).writeTo(sink);
      } catch (IOException e) {
        throw pending.failed("", e);
      }
      pending.commit();
    }
  }
}
