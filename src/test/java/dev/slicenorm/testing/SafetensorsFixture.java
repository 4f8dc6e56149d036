package dev.slicenorm.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads a safetensors file from the test resources. It knows nothing of the library's own reader,
 * so that a fault there can't hide itself in the expected values.
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
  }
}
