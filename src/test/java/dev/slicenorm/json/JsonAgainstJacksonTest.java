package dev.slicenorm.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.slicenorm.json.JsonValue.JsonArray;
import dev.slicenorm.json.JsonValue.JsonBoolean;
import dev.slicenorm.json.JsonValue.JsonNull;
import dev.slicenorm.json.JsonValue.JsonNumber;
import dev.slicenorm.json.JsonValue.JsonObject;
import dev.slicenorm.json.JsonValue.JsonString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our reader and Jackson's strict one accept the same texts and see the same values in them, over a
 * million damaged ones ({@code -Dslicenorm.mutations=} sets how many).
 */
class JsonAgainstJacksonTest {

  /**
   * Fewer in the build's second run, on the class path without the Vector API: nothing here
   * differs.
   */
  private static final int MUTATIONS =
      Integer.getInteger(
          "slicenorm.mutations",
          ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() ? 1_000_000 : 50_000);

  private static final JsonFactory JACKSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // Nearly every key is new; remembering them all would take half of the time.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(JsonReader.MAX_DEPTH).build())
          .build();

  private static final String[] SEEDS = {
    "{\"__metadata__\":{\"format\":\"pt\"},\"a.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],"
        + "\"data_offsets\":[0,24]},\"b\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[24,26]}}",
    "{\"\\u00e9\\ud83d\\ude00é😀\":[true,false,null,-0.5e+10,1E-3,0,{}],\"a\":[[],[[]],\"\\n\\/\\\\\"]}"
        + "  ",
    "[-1.25, 10, 0.0, \"\", \"ab\", {\"a\":1,\"b\":{\"a\":2}}]"
  };

  /** What a mutation puts in: the bytes that mean something, and some that do not. */
  private static final byte[] ALPHABET =
      "{}[]\",:\\ \n\t0123456789-+.eEtrufalsn/bxd8\u0000\u001f\u007f\u00e9"
          .getBytes(StandardCharsets.UTF_8);

  @Test
  void acceptsAndRejectsTheSameAndSeesTheSameValues() {
    Random random = new Random(6);
    byte[][] seeds = new byte[SEEDS.length][];
    for (int i = 0; i < seeds.length; i++) {
      seeds[i] = SEEDS[i].getBytes(StandardCharsets.UTF_8);
    }
    int accepted = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] text = mutate(seeds[i % seeds.length], random);
      accepted += compare(text) ? 1 : 0;
    }
    // Both sides of the line must have been visited.
    assertThat(accepted).isBetween(MUTATIONS / 100, MUTATIONS / 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{}",
        "1 2",
        "01",
        "-",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "+1",
        "NaN",
        "Infinity",
        "nul",
        "nullx",
        "true1",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\t\"",
        "[1,]",
        "[,1]",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "// c\n1",
        "1 /* c */",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":2}}",
        "123456789012345678901234567890",
        "1e999999",
        "-0",
        "\u00a01",
        "\ufeff1",
        "'a'",
        "[1 2]"
      })
  void agreesOn(String text) {
    compare(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void deepNestingIsRefusedAtTheSameDepth() throws JsonException {
    for (int depth : new int[] {63, 64, 65, 1000, 1_000_000}) {
      compare(("[".repeat(depth) + "]".repeat(depth)).getBytes(StandardCharsets.UTF_8));
      byte[] objects =
          ("{\"a\":".repeat(depth) + "1" + "}".repeat(depth)).getBytes(StandardCharsets.UTF_8);
      compare(objects);
      if (depth > JsonReader.MAX_DEPTH) {
        assertThatThrownBy(() -> JsonReader.parse(objects)).hasMessageContaining("nested deeper");
      }
    }
  }

  @Test
  void halfASurrogatePairIsRefusedWhereJacksonTakesIt() {
    for (String text :
        new String[] {"\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\n\"", "\"\\ud800x\""}) {
      assertThatThrownBy(() -> JsonReader.parse(text.getBytes(StandardCharsets.UTF_8)))
          .isInstanceOf(JsonException.class);
    }
  }

  @Test
  void whatIsWrittenIsReadBack() throws JsonException {
    for (String seed : SEEDS) {
      JsonValue value = JsonReader.parse(seed.getBytes(StandardCharsets.UTF_8));
      byte[] compact = JsonWriter.compact(value).getBytes(StandardCharsets.UTF_8);
      byte[] indented = JsonWriter.indented(value).getBytes(StandardCharsets.UTF_8);
      assertThat(JsonReader.parse(compact)).isEqualTo(value);
      assertThat(JsonReader.parse(indented)).isEqualTo(value);
      compare(indented);
    }
  }

  private static byte[] mutate(byte[] seed, Random random) {
    byte[] text = seed.clone();
    int mutations = 1 + random.nextInt(3);
    for (int i = 0; i < mutations && text.length > 0; i++) {
      int at = random.nextInt(text.length);
      byte put = ALPHABET[random.nextInt(ALPHABET.length)];
      switch (random.nextInt(6)) {
        case 0 -> text[at] = put;
        case 1 -> text[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> text = splice(text, at, at + 1, new byte[0]);
        case 3 -> text = splice(text, at, at, new byte[] {put});
        case 4 -> text = Arrays.copyOf(text, at);
        default -> {
          int from = random.nextInt(text.length);
          int to = Math.min(text.length, from + 1 + random.nextInt(12));
          text = splice(text, at, at, Arrays.copyOfRange(text, from, to));
        }
      }
    }
    return text;
  }

  private static byte[] splice(byte[] text, int from, int to, byte[] middle) {
    byte[] result = new byte[text.length - (to - from) + middle.length];
    System.arraycopy(text, 0, result, 0, from);
    System.arraycopy(middle, 0, result, from, middle.length);
    System.arraycopy(text, to, result, from + middle.length, text.length - to);
    return result;
  }

  /**
   * {@return whether both accept the text; fails if only one does, or if they see different values}
   */
  private static boolean compare(byte[] text) {
    String ours;
    try {
      StringBuilder seen = new StringBuilder();
      describe(JsonReader.parse(text), seen);
      ours = seen.toString();
    } catch (JsonException e) {
      ours = "refused: " + e.getMessage();
    }
    String theirs = jackson(text);
    boolean refused = ours.startsWith("refused");
    if (theirs.isEmpty() ? !refused : !theirs.equals(ours)) {
      throw new AssertionError(
          "%s: ours is %s, Jackson's is %s"
              .formatted(new String(text, StandardCharsets.UTF_8), ours, theirs));
    }
    return !refused;
  }

  /** {@return what Jackson sees, or nothing if it refuses the text} */
  private static String jackson(byte[] text) {
    String decoded;
    try {
      // Decoded first: Jackson would guess UTF-16 and UTF-32 from zero bytes.
      decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
    } catch (CharacterCodingException e) {
      return "";
    }
    StringBuilder seen = new StringBuilder();
    try (JsonParser parser = JACKSON.createParser(decoded)) {
      if (parser.nextToken() == null) {
        return "";
      }
      value(parser, seen);
      if (parser.nextToken() != null) {
        return "";
      }
    } catch (IOException e) {
      return "";
    }
    String result = seen.toString();
    return StandardCharsets.UTF_8.newEncoder().canEncode(result) ? result : "";
  }

  private static void value(JsonParser parser, StringBuilder seen) throws IOException {
    switch (parser.currentToken()) {
      case START_OBJECT -> {
        seen.append('{');
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          seen.append(parser.currentName()).append('=');
          parser.nextToken();
          value(parser, seen);
        }
        seen.append('}');
      }
      case START_ARRAY -> {
        seen.append('[');
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          value(parser, seen);
        }
        seen.append(']');
      }
      case VALUE_STRING -> seen.append("s:").append(parser.getText()).append(';');
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
          seen.append("n:").append(parser.getText()).append(';');
      default -> seen.append(parser.getText()).append(';');
    }
  }

  private static void describe(JsonValue value, StringBuilder seen) {
    switch (value) {
      case JsonObject object -> {
        seen.append('{');
        object
            .members()
            .forEach((key, member) -> {
              seen.append(key).append('=');
              describe(member, seen);
            });
        seen.append('}');
      }
      case JsonArray array -> {
        seen.append('[');
        array.items().forEach(item -> describe(item, seen));
        seen.append(']');
      }
      case JsonString string -> seen.append("s:").append(string.value()).append(';');
      case JsonNumber number -> seen.append("n:").append(number.text()).append(';');
      case JsonBoolean truth -> seen.append(truth.value()).append(';');
      case JsonNull _ -> seen.append("null;");
    }
  }
}
