package dev.slicenorm.checkpoint;

import dev.slicenorm.json.JsonException;
import dev.slicenorm.json.JsonReader;
import dev.slicenorm.json.JsonValue;
import dev.slicenorm.json.JsonValue.JsonArray;
import dev.slicenorm.json.JsonValue.JsonNumber;
import dev.slicenorm.json.JsonValue.JsonObject;
import dev.slicenorm.json.JsonValue.JsonString;
import dev.slicenorm.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The header of a safetensors file: parsed without trust, written as the reference writes it.
 *
 * <p>What it says is believed only when it fits the file: the tensors must tile the data from its
 * first byte to its last. So every offset that leaves here lies inside the file.
 *
 * @param metadata the strings under {@code __metadata__}, in file order
 * @param entries the tensors in the order of their bytes
 */
record SafetensorsHeader(Map<String, String> metadata, List<TensorEntry> entries) {

  /** The bytes before the header: its length, 64 bits, little-endian. */
  static final int LENGTH_BYTES = 8;

  /** The longest header that the format allows, in bytes. */
  static final long MAX_LENGTH = 100_000_000;

  static final String METADATA = "__metadata__";

  private static final Comparator<TensorEntry> BY_POSITION =
      Comparator.comparingLong(TensorEntry::begin).thenComparingLong(TensorEntry::end);

  /**
   * {@return the header that a text holds}
   *
   * @param text the JSON, with or without padding
   * @param dataSize the bytes that follow it in the file
   * @throws CheckpointException if it is malformed or doesn't fit those bytes
   */
  static SafetensorsHeader parse(byte[] text, long dataSize) throws CheckpointException {
    if (text.length == 0) {
      throw new CheckpointException("header has length 0: expected at least 2 bytes, {}");
    }
    if (text[0] != '{') {
      throw new CheckpointException("header begins with " + shown(text[0]) + ": expected '{'");
    }
    JsonValue root;
    try {
      root = JsonReader.parse(text);
    } catch (JsonException e) {
      throw new CheckpointException("header is malformed JSON: " + e.getMessage(), e);
    }
    if (!(root instanceof JsonObject(Map<String, JsonValue> members))) {
      throw new CheckpointException("header is " + root.kind() + ": expected an object");
    }
    Map<String, String> metadata = Map.of();
    List<TensorEntry> entries = new ArrayList<>(members.size());
    for (Map.Entry<String, JsonValue> member : members.entrySet()) {
      if (member.getKey().equals(METADATA)) {
        metadata = metadata(member.getValue());
      } else {
        entries.add(entry(member.getKey(), member.getValue()));
      }
    }
    entries.sort(BY_POSITION);
    checkTiling(entries, dataSize);
    return new SafetensorsHeader(metadata, List.copyOf(entries));
  }

  private static String shown(byte first) {
    return first >= ' ' && first <= '~'
        ? "'" + (char) first + "'"
        : "byte 0x%02x".formatted(first & 0xff);
  }

  private static Map<String, String> metadata(JsonValue value) throws CheckpointException {
    if (!(value instanceof JsonObject(Map<String, JsonValue> members))) {
      throw new CheckpointException(METADATA + " is " + value.kind() + ": expected an object");
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, JsonValue> member : members.entrySet()) {
      if (!(member.getValue() instanceof JsonString(String text))) {
        throw new CheckpointException(
            "%s of %s is %s: expected a string"
                .formatted(quoted(member.getKey()), METADATA, member.getValue().kind()));
      }
      metadata.put(member.getKey(), text);
    }
    return metadata;
  }

  private static TensorEntry entry(String name, JsonValue value) throws CheckpointException {
    if (!(value instanceof JsonObject(Map<String, JsonValue> fields))) {
      throw bad(name, "is " + value.kind() + ": expected an object");
    }
    for (String field : fields.keySet()) {
      switch (field) {
        case "dtype", "shape", "data_offsets" -> {}
        default ->
            throw bad(
                name, "has the field " + quoted(field) + ": expected dtype, shape, data_offsets");
      }
    }
    if (!(fields.get("dtype") instanceof JsonString(String typeName))) {
      throw bad(name, "has no dtype string");
    }
    ElementType type =
        ElementType.named(typeName)
            .orElseThrow(() ->
                bad(
                    name,
                    "has the unknown dtype %s: expected one of %s"
                        .formatted(quoted(typeName), Arrays.toString(ElementType.values()))));
    long[] shape = sizes(name, "shape", fields);
    long[] offsets = sizes(name, "data_offsets", fields);
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw bad(name, "has data_offsets " + Arrays.toString(offsets) + ": expected [begin, end]");
    }
    TensorEntry entry;
    try {
      entry = new TensorEntry(name, type, offsets[0], shape);
    } catch (ArithmeticException e) {
      throw new CheckpointException(
          "tensor %s has shape %s, whose size in bytes can't be expressed for %s: %s"
              .formatted(quoted(name), Arrays.toString(shape), type, e.getMessage()),
          e);
    }
    if (offsets[1] - offsets[0] != entry.byteSize()) {
      throw bad(
          name,
          "has data_offsets %s, which are %d bytes: expected %d for %s"
              .formatted(
                  Arrays.toString(offsets),
                  offsets[1] - offsets[0],
                  entry.byteSize(),
                  entry.describe()));
    }
    return entry;
  }

  private static long[] sizes(String name, String field, Map<String, JsonValue> fields)
      throws CheckpointException {
    if (!(fields.get(field) instanceof JsonArray(List<JsonValue> items))) {
      throw bad(name, "has no " + field + " array");
    }
    long[] sizes = new long[items.size()];
    for (int i = 0; i < sizes.length; i++) {
      OptionalLong size =
          items.get(i) instanceof JsonNumber number ? number.asSize() : OptionalLong.empty();
      if (size.isEmpty()) {
        throw bad(
            name,
            "has %s in its %s: expected integers from 0 to %d"
                .formatted(items.get(i).kind(), field, Long.MAX_VALUE));
      }
      sizes[i] = size.getAsLong();
    }
    return sizes;
  }

  private static void checkTiling(List<TensorEntry> entries, long dataSize)
      throws CheckpointException {
    long end = 0;
    for (TensorEntry entry : entries) {
      if (entry.begin() != end) {
        throw bad(
            entry.name(),
            "begins at byte %d of the data, where %s: expected %d"
                .formatted(
                    entry.begin(),
                    entry.begin() < end ? "another tensor lies" : "a hole lies before it",
                    end));
      }
      end = entry.end();
    }
    if (end != dataSize) {
      throw new CheckpointException(
          "tensors take %d bytes, but %d follow the header: the file is %s"
              .formatted(end, dataSize, end > dataSize ? "cut short" : "longer than it says"));
    }
  }

  /** {@return length, JSON and padding: the bytes of a file before its data} */
  byte[] toBytes() throws CheckpointException {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      json.append("\"" + METADATA + "\":{");
      metadata.forEach((key, value) -> {
        separate(json);
        JsonWriter.quote(json, key);
        json.append(':');
        JsonWriter.quote(json, value);
      });
      json.append('}');
    }
    for (TensorEntry entry : entries) {
      separate(json);
      JsonWriter.quote(json, entry.name());
      json.append(":{\"dtype\":\"").append(entry.type()).append("\",\"shape\":[");
      for (long size : entry.shape()) {
        separate(json);
        json.append(size);
      }
      json.append("],\"data_offsets\":[").append(entry.begin()).append(',');
      json.append(entry.end()).append("]}");
    }
    byte[] text = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    int padded = Math.addExact(text.length, 7) / 8 * 8;
    if (padded > MAX_LENGTH) {
      throw new CheckpointException(
          "header of %d tensors would take %d bytes: the format allows %d"
              .formatted(entries.size(), padded, MAX_LENGTH));
    }
    byte[] bytes = new byte[LENGTH_BYTES + padded];
    Arrays.fill(bytes, (byte) ' ');
    for (int i = 0; i < LENGTH_BYTES; i++) {
      bytes[i] = (byte) ((long) padded >>> (8 * i));
    }
    System.arraycopy(text, 0, bytes, LENGTH_BYTES, text.length);
    return bytes;
  }

  private static void separate(StringBuilder json) {
    char last = json.charAt(json.length() - 1);
    if (last != '{' && last != '[') {
      json.append(',');
    }
  }

  private static CheckpointException bad(String name, String what) {
    return new CheckpointException("tensor " + quoted(name) + " " + what);
  }

  private static String quoted(String text) {
    return '"' + JsonWriter.abbreviate(text) + '"';
  }
}
