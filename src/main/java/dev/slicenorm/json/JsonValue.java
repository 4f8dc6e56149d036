package dev.slicenorm.json;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** One value of a JSON text. */
public sealed interface JsonValue {

  /**
   * An object.
   *
   * @param members its values by key, in the order of the text
   */
  record JsonObject(Map<String, JsonValue> members) implements JsonValue {}

  /**
   * An array.
   *
   * @param items its values
   */
  record JsonArray(List<JsonValue> items) implements JsonValue {}

  /**
   * A string.
   *
   * @param value the string without escapes
   */
  record JsonString(String value) implements JsonValue {}

  /**
   * A number, as it was written: a {@code double} would lose the low digits of a large offset.
   *
   * @param text the number by JSON's grammar
   */
  record JsonNumber(String text) implements JsonValue {

    /**
     * {@return the value if it is written as an integer from 0 to 2^63 - 1 without sign, else
     * empty}
     */
    public OptionalLong asSize() {
      long value = 0;
      for (int i = 0; i < text.length(); i++) {
        int digit = text.charAt(i) - '0';
        if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
          return OptionalLong.empty();
        }
        value = value * 10 + digit;
      }
      return OptionalLong.of(value);
    }
  }

  /**
   * {@code true} or {@code false}.
   *
   * @param value the truth value
   */
  record JsonBoolean(boolean value) implements JsonValue {}

  /** {@code null}. */
  record JsonNull() implements JsonValue {}

  /** {@return what kind of value this is, in words for a message} */
  default String kind() {
    return switch (this) {
      case JsonObject _ -> "an object";
      case JsonArray _ -> "an array";
      case JsonString _ -> "a string";
      case JsonNumber(String text) -> "the number " + JsonWriter.abbreviate(text);
      case JsonBoolean(boolean value) -> String.valueOf(value);
      case JsonNull _ -> "null";
    };
  }

  /**
   * {@return a string value}
   *
   * @param value the string
   */
  static JsonValue of(String value) {
    return new JsonString(value);
  }

  /**
   * {@return an integer value}
   *
   * @param value the integer
   */
  static JsonValue of(long value) {
    return new JsonNumber(Long.toString(value));
  }

  /**
   * {@return a number, or a string where JSON has no number: {@code "NaN"}, {@code "Infinity"}}
   *
   * @param value the number
   */
  static JsonValue of(double value) {
    String text = Double.toString(value);
    return Double.isFinite(value) ? new JsonNumber(text) : new JsonString(text);
  }

  /**
   * {@return a truth value}
   *
   * @param value the truth value
   */
  static JsonValue of(boolean value) {
    return new JsonBoolean(value);
  }

  /**
   * {@return an array of integers}
   *
   * @param values the integers
   */
  static JsonValue of(long[] values) {
    return new JsonArray(Arrays.stream(values).mapToObj(JsonValue::of).toList());
  }
}
