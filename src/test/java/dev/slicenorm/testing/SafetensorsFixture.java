package dev.slicenorm.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
<<<<<<< HEAD
import java.io.FileNotFoundException;
=======
>>>>>>> nn
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
<<<<<<< HEAD
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads a safetensors file from the test resources. It knows nothing of the library's own reader, so that
 * a fault there can't hide itself in the expected values.
 */
public final class SafetensorsFixture {

  private static final ValueLayout.OfLong LITTLE_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private SafetensorsFixture() {}

  /**
   * {@return the tensors of a file by name, in file order, each in a Java array of its own}
   *
   * @param resource the file, such as {@code golden/rank.safetensors}
   */
  public static Map<String, Tensor> read(String resource) {
    byte[] file = bytes(resource);
    MemorySegment bytes = MemorySegment.ofArray(file);
    int headerLength = Math.toIntExact(bytes.get(LITTLE_ENDIAN_LONG, 0));
    MemorySegment data = bytes.asSlice(Long.BYTES + headerLength);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry :
        json(new String(file, Long.BYTES, headerLength, StandardCharsets.UTF_8)).properties()) {
      if (!entry.getKey().equals("__metadata__")) {
        tensors.put(entry.getKey(), tensor(data, entry.getValue()));
      }
    }
    return tensors;
  }

  private static Tensor tensor(MemorySegment data, JsonNode description) {
    JsonNode sizes = description.get("shape");
    long[] shape = new long[sizes.size()];
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = sizes.get(axis).asLong();
    }
    long begin = description.get("data_offsets").get(0).asLong();
    long end = description.get("data_offsets").get(1).asLong();
    DType dtype = DType.valueOf(description.get("dtype").asText());
    return Tensor.of(dtype, data.asSlice(begin, end - begin), shape).copy();
  }

  /**
   * {@return the bytes of a test resource}
   *
   * @param resource its name from the root of the test resources, without a leading slash
   */
  public static byte[] bytes(String resource) {
    try (InputStream in = SafetensorsFixture.class.getResourceAsStream("/" + resource)) {
      if (in == null) {
        throw new FileNotFoundException("test resource " + resource);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
=======
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads safetensors test resources that are known to be well-formed. */
public final class SafetensorsFixture {

  private SafetensorsFixture() {}

  /**
   * {@return the tensors of a file, by name, in arrays of their own}
   *
   * @param resource an absolute resource name
   */
  public static Map<String, Tensor> read(String resource) {
    try (InputStream in = SafetensorsFixture.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("no test resource " + resource);
      }
      return parse(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Tensor> parse(byte[] file) throws IOException {
    int header = Math.toIntExact(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0));
    JsonNode root = new ObjectMapper().readTree(file, 8, header);
    MemorySegment data = MemorySegment.ofArray(file).asSlice(8L + header);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    root.properties()
        .forEach(entry -> {
          if (!entry.getKey().equals("__metadata__")) {
            tensors.put(entry.getKey(), tensor(entry.getValue(), data));
          }
        });
    return tensors;
  }

  private static Tensor tensor(JsonNode entry, MemorySegment data) {
    long[] shape = new long[entry.get("shape").size()];
    Arrays.setAll(shape, axis -> entry.get("shape").get(axis).asLong());
    long from = entry.get("data_offsets").get(0).asLong();
    long to = entry.get("data_offsets").get(1).asLong();
    DType dtype = DType.valueOf(entry.get("dtype").asText());
    return Tensor.of(dtype, data.asSlice(from, to - from), shape).copy();
>>>>>>> nn
  }
}
