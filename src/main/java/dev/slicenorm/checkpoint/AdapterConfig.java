package dev.slicenorm.checkpoint;

import dev.slicenorm.json.JsonValue;
import dev.slicenorm.json.JsonValue.JsonBoolean;
import dev.slicenorm.json.JsonValue.JsonNull;
import dev.slicenorm.json.JsonValue.JsonNumber;
import dev.slicenorm.json.JsonValue.JsonObject;
import dev.slicenorm.json.JsonValue.JsonString;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code adapter_config.json} says that changes a merge.
 *
 * @param alpha {@code lora_alpha}
 * @param alphas {@code alpha_pattern}: other values for some layers, of which the first that
 *     matches counts. There is no {@code rank_pattern} here: the rank of a layer is the first size
 *     of its A
 * @param rankStabilized {@code use_rslora}: divide alpha by the root of the rank, not by the rank
 * @param fanInFanOut whether linear weights are stored {@code [in, out]}, as GPT-2's are
 * @param dora {@code use_dora}: each layer has a magnitude vector
 * @param bias {@code lora_bias}: each B has a bias, {@code s} times which goes to that of the layer
 */
record AdapterConfig(
    double alpha,
    Map<LayerPattern, Double> alphas,
    boolean rankStabilized,
    boolean fanInFanOut,
    boolean dora,
    boolean bias) {

  /**
   * Ways to begin training that take something out of the base model, which is not in the adapter
   * (PEFT's documentation of {@code init_lora_weights}). What PEFT saves as converted says {@code
   * true} instead.
   */
  private static final List<String> CHANGE_BASE =
      List.of("pissa", "olora", "corda", "loftq", "lora_ga");

  static AdapterConfig read(Path file) throws IOException {
    Map<String, JsonValue> fields = ShardIndex.readObject(file).members();
    JsonValue type = fields.get("peft_type");
    if (!(type instanceof JsonString(String name) && name.equals("LORA"))) {
      throw new CheckpointException(
          "%s has peft_type %s: expected \"LORA\", which DoRA is too".formatted(file, shown(type)));
    }
    requireMergeable(file, fields);
    boolean bias = flag(file, fields, "lora_bias");
    boolean dora = flag(file, fields, "use_dora");
    if (bias && dora) {
      throw new CheckpointException(
          file + " has lora_bias and use_dora: expected one of them, as in PEFT");
    }
    Map<LayerPattern, Double> alphas = new LinkedHashMap<>();
    for (Map.Entry<String, JsonValue> entry : patterns(file, fields).entrySet()) {
      alphas.put(
          LayerPattern.of(file + ": alpha_pattern", entry.getKey()),
          number(file, entry.getKey(), entry.getValue()));
    }
    JsonValue alpha = fields.get("lora_alpha");
    if (alpha == null) {
      throw new CheckpointException(file + " has no lora_alpha: expected a number");
    }
    return new AdapterConfig(
        number(file, "lora_alpha", alpha),
        alphas,
        flag(file, fields, "use_rslora"),
        flag(file, fields, "fan_in_fan_out"),
        dora,
        bias);
  }

  private static String shown(@Nullable JsonValue value) {
    return switch (value) {
      case null -> "missing";
      case JsonString(String text) -> text;
      default -> value.kind();
    };
  }

  /** Refuses what is more than a change by A and B, or changes the base model as well. */
  private static void requireMergeable(Path file, Map<String, JsonValue> fields)
      throws CheckpointException {
    if (fields.get("init_lora_weights") instanceof JsonString(String kind)
        && CHANGE_BASE.stream().anyMatch(kind.toLowerCase(Locale.ROOT)::startsWith)) {
      throw new CheckpointException(
          "%s has init_lora_weights %s, whose A and B belong to a changed base model: expected an adapter that PEFT has converted to plain LoRA"
              .formatted(file, kind));
    }
    JsonValue tokens = fields.get("alora_invocation_tokens");
    if (tokens != null && !(tokens instanceof JsonNull)) {
      throw new CheckpointException(
          file
              + " has alora_invocation_tokens: an adapter that acts after some tokens only can't be"
              + " merged; expected LoRA or DoRA");
    }
  }

  private static Map<String, JsonValue> patterns(Path file, Map<String, JsonValue> fields)
      throws CheckpointException {
    JsonValue value = fields.get("alpha_pattern");
    return switch (value) {
      case null -> Map.of();
      case JsonNull _ -> Map.of();
      case JsonObject(Map<String, JsonValue> patterns) -> patterns;
      default ->
          throw new CheckpointException(
              "%s has %s for alpha_pattern: expected an object of numbers"
                  .formatted(file, value.kind()));
    };
  }

  private static double number(Path file, String field, JsonValue value)
      throws CheckpointException {
    if (value instanceof JsonNumber(String text)) {
      double number = Double.parseDouble(text);
      if (!Double.isFinite(number)) {
        throw new CheckpointException(
            "%s has %s for %s: expected a number that a double can hold"
                .formatted(file, text, field));
      }
      return number;
    }
    throw new CheckpointException(
        "%s has %s for %s: expected a number".formatted(file, value.kind(), field));
  }

  private static boolean flag(Path file, Map<String, JsonValue> fields, String field)
      throws CheckpointException {
    JsonValue value = fields.get(field);
    return switch (value) {
      case null -> false;
      case JsonBoolean(boolean set) -> set;
      case JsonNull _ -> false;
      default ->
          throw new CheckpointException(
              "%s has %s for %s: expected true or false".formatted(file, value.kind(), field));
    };
  }

  /** {@return what the low-rank product of a layer is multiplied by} */
  double scale(String layer, long rank) throws CheckpointException {
    double layerAlpha = alpha;
    for (Map.Entry<LayerPattern, Double> entry : alphas.entrySet()) {
      if (entry.getKey().matches(layer)) {
        layerAlpha = entry.getValue();
        break;
      }
    }
    return layerAlpha / (rankStabilized ? Math.sqrt((double) rank) : (double) rank);
  }
}
