package dev.slicenorm.checkpoint;

import dev.slicenorm.json.JsonException;
import dev.slicenorm.json.JsonReader;
import dev.slicenorm.json.JsonValue;
import dev.slicenorm.json.JsonValue.JsonObject;
import dev.slicenorm.json.JsonValue.JsonString;
import dev.slicenorm.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code model.safetensors.index.json}: which shard holds which tensor.
 *
 * @param file the index itself
 * @param others what it says beside metadata and shards, which is kept
 * @param metadata its metadata, of which {@code total_size} is made anew when it is written, and
 *     {@code total_parameters} if it is there
 * @param shards the name of the shard by tensor
 */
record ShardIndex(
    Path file,
    Map<String, JsonValue> others,
    Map<String, JsonValue> metadata,
    Map<String, String> shards) {

  private static final String WEIGHT_MAP = "weight_map";
  private static final String METADATA = "metadata";
  private static final String TOTAL_SIZE = "total_size";
  private static final String TOTAL_PARAMETERS = "total_parameters";

  /** {@return the file to open in a folder} */
  static Path inFolder(Path folder) throws IOException {
    for (String name : List.of("model.safetensors.index.json", "model.safetensors")) {
      Path file = folder.resolve(name);
      // A file that may not be seen is taken too, and opening it says why.
      if (!Files.notExists(file)) {
        return file;
      }
    }
    throw new NoSuchFileException(
        folder + ": no model.safetensors.index.json and no model.safetensors in this folder");
  }

  /** {@return the index that a file holds} */
  static ShardIndex read(Path file) throws IOException {
    JsonObject root = readObject(file);
    if (!(root.members().get(WEIGHT_MAP) instanceof JsonObject(Map<String, JsonValue> map))) {
      throw new CheckpointException(file + " has no object " + WEIGHT_MAP);
    }
    Map<String, String> shards = new LinkedHashMap<>();
    for (Map.Entry<String, JsonValue> entry : map.entrySet()) {
      if (!(entry.getValue() instanceof JsonString(String shard))) {
        throw new CheckpointException(
            "%s maps tensor %s to %s: expected the name of a file"
                .formatted(file, JsonWriter.abbreviate(entry.getKey()), entry.getValue().kind()));
      }
      checkStaysInFolder(file, shard);
      shards.put(entry.getKey(), shard);
    }
    Map<String, JsonValue> metadata =
        root.members().get(METADATA) instanceof JsonObject(Map<String, JsonValue> members)
            ? members
            : Map.of();
    Map<String, JsonValue> others = new LinkedHashMap<>(root.members());
    others.keySet().removeAll(List.of(METADATA, WEIGHT_MAP));
    return new ShardIndex(file, others, metadata, shards);
  }

  /** {@return the JSON object that a small file holds} */
  static JsonObject readObject(Path file) throws IOException {
    if (Files.size(file) > SafetensorsHeader.MAX_LENGTH) {
      throw new CheckpointException(
          "%s has %d bytes: expected a JSON file of at most %d"
              .formatted(file, Files.size(file), SafetensorsHeader.MAX_LENGTH));
    }
    try {
      if (JsonReader.parse(Files.readAllBytes(file)) instanceof JsonObject object) {
        return object;
      }
      throw new CheckpointException(file + " holds no JSON object");
    } catch (JsonException e) {
      throw new CheckpointException(file + " is malformed JSON: " + e.getMessage(), e);
    }
  }

  /** A plain file name only: no folder, no drive, no parent, on any system. */
  private static void checkStaysInFolder(Path index, String shard) throws CheckpointException {
    boolean plain =
        !shard.isEmpty()
            && !shard.equals(".")
            && !shard.equals("..")
            && shard.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ')
            && isPath(shard);
    if (!plain) {
      throw new CheckpointException(
          "%s names the shard \"%s\": expected a file name in its own folder"
              .formatted(index, JsonWriter.abbreviate(shard)));
    }
  }

  /** The system's character set, in a bare locale, or its rules may not allow the name. */
  private static boolean isPath(String name) {
    try {
      return !Path.of(name).toString().isEmpty();
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** {@return the path of a shard} */
  Path resolve(String shard) {
    return file.resolveSibling(shard);
  }

  /** {@return the shards, each once, by name} */
  List<Path> files() {
    return shards.values().stream().distinct().sorted().map(this::resolve).toList();
  }

  /** Checks that every tensor is where the map says, and that no shard holds another. */
  void check(Map<Path, Safetensors> files, Map<String, Stored> tensors) throws CheckpointException {
    for (Map.Entry<String, String> entry : shards.entrySet()) {
      Stored stored = tensors.get(entry.getKey());
      Safetensors named = files.get(resolve(entry.getValue()));
      if (stored == null || stored.file() != named) {
        throw new CheckpointException(
            "%s says that tensor %s is in %s, but it is %s"
                .formatted(
                    file,
                    JsonWriter.abbreviate(entry.getKey()),
                    entry.getValue(),
                    stored == null ? "in no shard" : "in " + stored.file().name()));
      }
    }
    for (Map.Entry<String, Stored> entry : tensors.entrySet()) {
      if (!shards.containsKey(entry.getKey())) {
        throw new CheckpointException(
            "%s holds tensor %s, which %s does not list"
                .formatted(
                    entry.getValue().file().name(), JsonWriter.abbreviate(entry.getKey()), file));
      }
    }
  }

  /**
   * {@return the JSON of an index that takes the place of this one, tensors sorted by name}
   *
   * @param bytes of all tensors
   * @param elements of all tensors
   * @param newShards the name of the shard by tensor
   */
  String toJson(long bytes, long elements, Map<String, String> newShards) {
    Map<String, JsonValue> newMetadata = new LinkedHashMap<>(metadata);
    newMetadata.put(TOTAL_SIZE, JsonValue.of(bytes));
    newMetadata.replace(TOTAL_PARAMETERS, JsonValue.of(elements));
    Map<String, JsonValue> map = new LinkedHashMap<>();
    new TreeMap<>(newShards).forEach((tensor, shard) -> map.put(tensor, JsonValue.of(shard)));
    Map<String, JsonValue> root = new LinkedHashMap<>();
    root.putAll(others);
    root.put(METADATA, new JsonObject(newMetadata));
    root.put(WEIGHT_MAP, new JsonObject(map));
    return JsonWriter.indented(new JsonObject(root));
  }
}
