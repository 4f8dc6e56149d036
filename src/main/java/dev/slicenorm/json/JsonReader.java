package dev.slicenorm.json;

import dev.slicenorm.json.JsonValue.JsonArray;
import dev.slicenorm.json.JsonValue.JsonBoolean;
import dev.slicenorm.json.JsonValue.JsonNull;
import dev.slicenorm.json.JsonValue.JsonNumber;
import dev.slicenorm.json.JsonValue.JsonObject;
import dev.slicenorm.json.JsonValue.JsonString;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON as RFC 8259 has it and nothing more: UTF-8, no comments, no trailing commas, no NaN.
 *
 * <p>Stricter than the RFC where two readers could see different things in one text: a key that
 * appears twice is an error, and so is half a surrogate pair. Nesting deeper than {@value
 * #MAX_DEPTH} is refused, so that no text can exhaust the stack. Memory is in proportion to the
 * text, whatever it says.
 */
public final class JsonReader {

  /** The deepest nesting of arrays and objects. */
  public static final int MAX_DEPTH = 64;

  private static final String LITERALS = "true false null";

  private final byte[] text;
  private int at;
  private int depth;

  private JsonReader(byte[] text) {
    this.text = text;
  }

  /**
   * {@return the value of a text}
   *
   * @param text UTF-8, one value with nothing but whitespace around it
   * @throws JsonException if it is anything else; the message says what was found at which byte
   */
  public static JsonValue parse(byte[] text) throws JsonException {
    JsonReader reader = new JsonReader(text);
    reader.skipWhitespace();
    JsonValue value = reader.value();
    reader.skipWhitespace();
    if (reader.at < text.length) {
      throw reader.unexpected("the end of the text");
    }
    return value;
  }

  private JsonValue value() throws JsonException {
    int c = peek();
    return switch (c) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> new JsonString(string());
      case 't' -> literal("true", new JsonBoolean(true));
      case 'f' -> literal("false", new JsonBoolean(false));
      case 'n' -> literal("null", new JsonNull());
      default -> {
        if (c == '-' || isDigit(c)) {
          yield number();
        }
        throw unexpected("a value");
      }
    };
  }

  private JsonValue object() throws JsonException {
    enter();
    Map<String, JsonValue> members = new LinkedHashMap<>();
    skipWhitespace();
    if (peek() != '}') {
      do {
        skipWhitespace();
        int keyAt = at;
        if (peek() != '"') {
          throw unexpected("a key in quotes");
        }
        String key = string();
        skipWhitespace();
        expect(':', "':' after the key");
        skipWhitespace();
        if (members.putIfAbsent(key, value()) != null) {
          throw new JsonException(
              "key \"" + JsonWriter.abbreviate(key) + "\" appears twice, again at byte " + keyAt);
        }
        skipWhitespace();
      } while (accept(','));
    }
    expect('}', "',' or '}'");
    depth--;
    return new JsonObject(Collections.unmodifiableMap(members));
  }

  private JsonValue array() throws JsonException {
    enter();
    List<JsonValue> items = new ArrayList<>();
    skipWhitespace();
    if (peek() != ']') {
      do {
        skipWhitespace();
        items.add(value());
        skipWhitespace();
      } while (accept(','));
    }
    expect(']', "',' or ']'");
    depth--;
    return new JsonArray(Collections.unmodifiableList(items));
  }

  private void enter() throws JsonException {
    if (++depth > MAX_DEPTH) {
      throw new JsonException(
          "nested deeper than " + MAX_DEPTH + " arrays and objects at byte " + at);
    }
    at++;
  }

  private JsonValue literal(String word, JsonValue value) throws JsonException {
    for (int i = 0; i < word.length(); i++, at++) {
      if (peek() != word.charAt(i)) {
        throw unexpected("one of " + LITERALS);
      }
    }
    return value;
  }

  private JsonValue number() throws JsonException {
    int start = at;
    accept('-');
    if (!accept('0')) {
      digits();
    }
    if (accept('.')) {
      digits();
    }
    if (accept('e') || accept('E')) {
      if (!accept('+')) {
        accept('-');
      }
      digits();
    }
    return new JsonNumber(new String(text, start, at - start, StandardCharsets.US_ASCII));
  }

  private void digits() throws JsonException {
    if (!isDigit(peek())) {
      throw unexpected("a digit");
    }
    while (isDigit(peek())) {
      at++;
    }
  }

  private String string() throws JsonException {
    int start = ++at;
    boolean ascii = true;
    @Nullable StringBuilder unescaped = null;
    while (true) {
      int c = peek();
      if (c == '"' || c == '\\') {
        String run = decode(start, at, ascii);
        at++;
        if (c == '"' && unescaped == null) {
          return run;
        }
        unescaped = (unescaped == null ? new StringBuilder() : unescaped).append(run);
        if (c == '"') {
          return unescaped.toString();
        }
        escape(unescaped);
        start = at;
        ascii = true;
      } else if (c < ' ') {
        throw unexpected("the closing quote of a string");
      } else {
        ascii &= c < 0x80;
        at++;
      }
    }
  }

  private String decode(int start, int end, boolean ascii) throws JsonException {
    if (ascii) {
      return new String(text, start, end - start, StandardCharsets.ISO_8859_1);
    }
    try {
      // A decoder of one's own reports bad bytes; the String constructor would replace them.
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(text, start, end - start))
          .toString();
    } catch (CharacterCodingException e) {
      JsonException bad =
          new JsonException("the string from byte " + start + " to " + end + " is not UTF-8");
      bad.initCause(e);
      throw bad;
    }
  }

  private void escape(StringBuilder out) throws JsonException {
    int c = peek();
    at++;
    switch (c) {
      case '"', '\\', '/' -> out.append((char) c);
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'n' -> out.append('\n');
      case 'r' -> out.append('\r');
      case 't' -> out.append('\t');
      case 'u' -> unicode(out);
      default -> {
        at--;
        throw unexpected("an escape: one of \" \\ / b f n r t u");
      }
    }
  }

  private void unicode(StringBuilder out) throws JsonException {
    int escapeAt = at - 2;
    char first = hex4();
    out.append(first);
    if (!Character.isSurrogate(first)) {
      return;
    }
    if (Character.isHighSurrogate(first) && accept('\\') && accept('u')) {
      char second = hex4();
      if (Character.isLowSurrogate(second)) {
        out.append(second);
        return;
      }
    }
    throw new JsonException("half a surrogate pair at byte " + escapeAt);
  }

  private char hex4() throws JsonException {
    int value = 0;
    for (int i = 0; i < 4; i++, at++) {
      int digit = hexDigit(peek());
      if (digit < 0) {
        throw unexpected("four hexadecimal digits");
      }
      value = value << 4 | digit;
    }
    return (char) value;
  }

  /** Not Character.digit, which also takes the digits of other scripts. */
  private static int hexDigit(int c) {
    if (isDigit(c)) {
      return c - '0';
    }
    int letter = c | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private void skipWhitespace() {
    while (at < text.length) {
      byte c = text[at];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
        return;
      }
      at++;
    }
  }

  /** {@return the next byte, or -1 at the end} */
  private int peek() {
    return at < text.length ? text[at] & 0xFF : -1;
  }

  private boolean accept(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(char c, String what) throws JsonException {
    if (!accept(c)) {
      throw unexpected(what);
    }
  }

  private JsonException unexpected(String expected) {
    int c = peek();
    String found =
        c < 0
            ? "the end of the text"
            : c > ' ' && c < 0x7F ? "'" + (char) c + "'" : "byte 0x%02x".formatted(c);
    return new JsonException(found + " at byte " + at + ": expected " + expected);
  }
}
