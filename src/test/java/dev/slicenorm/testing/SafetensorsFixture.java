package dev.slicenorm.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
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
  }
}
