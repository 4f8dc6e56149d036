package dev.slicenorm.json;

import java.util.Iterator;
import java.util.Map;

/** Writes JSON: compact for file headers, indented for people. */
public final class JsonWriter {

  private static final int LONGEST_QUOTE = 200;

  private JsonWriter() {}

  /**
   * {@return a value as JSON on one line, without spaces}
   *
   * @param value the value
   */
  public static String compact(JsonValue value) {
    StringBuilder out = new StringBuilder();
    write(out, value, -1);
    return out.toString();
  }

  /**
   * {@return a value as JSON, indented by two spaces; arrays of plain values stay on one line}
   *
   * @param value the value
   */
  public static String indented(JsonValue value) {
    StringBuilder out = new StringBuilder();
    write(out, value, 0);
    return out.append('\n').toString();
  }

  /**
   * Appends a string in quotes, with escapes only where JSON demands them.
   *
   * @param out where to
   * @param text the string
   */
  public static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ') {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /**
   * {@return a text from a file, safe to show in a message: one line, not endless, no control
   * characters}
   *
   * @param text the text
   */
  public static String abbreviate(String text) {
    StringBuilder shown = new StringBuilder();
    int end = Math.min(text.length(), LONGEST_QUOTE);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      boolean plain = !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT;
      shown.append(plain ? String.valueOf(c) : "\\u%04x".formatted((int) c));
    }
    return text.length() > end ? shown.append('…').toString() : shown.toString();
  }

  private static void write(StringBuilder out, JsonValue value, int depth) {
    switch (value) {
      case JsonValue.JsonObject(Map<String, JsonValue> members) -> object(out, members, depth);
      case JsonValue.JsonArray array -> array(out, array, depth);
      case JsonValue.JsonString(String text) -> quote(out, text);
      case JsonValue.JsonNumber(String text) -> out.append(text);
      case JsonValue.JsonBoolean(boolean truth) -> out.append(truth);
      case JsonValue.JsonNull _ -> out.append("null");
    }
  }

  private static void object(StringBuilder out, Map<String, JsonValue> members, int depth) {
    out.append('{');
    Iterator<Map.Entry<String, JsonValue>> rest = members.entrySet().iterator();
    while (rest.hasNext()) {
      Map.Entry<String, JsonValue> member = rest.next();
      newLine(out, depth, 1);
      quote(out, member.getKey());
      out.append(depth < 0 ? ":" : ": ");
      write(out, member.getValue(), depth < 0 ? depth : depth + 1);
      out.append(rest.hasNext() ? "," : "");
    }
    if (!members.isEmpty()) {
      newLine(out, depth, 0);
    }
    out.append('}');
  }

  private static void array(StringBuilder out, JsonValue.JsonArray array, int depth) {
    boolean plain =
        array.items().stream()
            .noneMatch(i -> i instanceof JsonValue.JsonObject || i instanceof JsonValue.JsonArray);
    int inner = plain ? -1 : depth;
    out.append('[');
    Iterator<JsonValue> rest = array.items().iterator();
    while (rest.hasNext()) {
      newLine(out, inner, 1);
      write(out, rest.next(), inner < 0 ? inner : inner + 1);
      out.append(rest.hasNext() ? plain && depth >= 0 ? ", " : "," : "");
    }
    if (!array.items().isEmpty()) {
      newLine(out, inner, 0);
    }
    out.append(']');
  }

  private static void newLine(StringBuilder out, int depth, int deeper) {
    if (depth >= 0) {
      out.append('\n').append("  ".repeat(depth + deeper));
    }
  }
}
