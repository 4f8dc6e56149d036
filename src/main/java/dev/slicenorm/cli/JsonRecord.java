package dev.slicenorm.cli;

import dev.slicenorm.json.JsonValue;
import dev.slicenorm.json.JsonValue.JsonArray;
import dev.slicenorm.json.JsonValue.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON object under construction: what {@code --json} prints. */
final class JsonRecord {

  private final Map<String, JsonValue> members = new LinkedHashMap<>();

  JsonRecord put(String key, String value) {
    return put(key, JsonValue.of(value));
  }

  JsonRecord put(String key, long value) {
    return put(key, JsonValue.of(value));
  }

  JsonRecord put(String key, JsonValue value) {
    members.put(key, value);
    return this;
  }

  JsonRecord put(String key, List<String> values) {
    return put(key, new JsonArray(values.stream().map(JsonValue::of).toList()));
  }

  JsonValue toJson() {
    return new JsonObject(members);
  }
}
