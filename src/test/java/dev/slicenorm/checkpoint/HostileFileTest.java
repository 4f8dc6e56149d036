package dev.slicenorm.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that lie: each is refused with a message that says what is wrong, and nothing else happens.
 */
class HostileFileTest {

  private static final String HUGE = "9223372036854775807";

  @TempDir Path folder;

  static Stream<Arguments> headers() {
    return Stream.of(
        header("", 0, "header has length 0: expected at least 2 bytes, {}"),
        header(" {}", 0, "header begins with ' ': expected '{'"),
        header("[]", 0, "header begins with '[': expected '{'"),
        header("\u001b{}", 0, "header begins with byte 0x1b: expected '{'"),
        header("\u00e9{}", 0, "header begins with byte 0xc3: expected '{'"),
        header("{", 0, "the end of the text at byte 1"),
        header("{}", 1, "tensors take 0 bytes, but 1 follow"),
        header("{}x", 0, "'x' at byte 2: expected the end of the text"),
        header("{\"a\":1}", 0, "\"a\" is the number 1: expected an object"),
        header("{\"a\":{}}", 0, "has no dtype string"),
        header(entry("X32", "[1]", "[0,4]"), 4, "unknown dtype \"X32\": expected one of [BOOL, F4"),
        header(entry("f32", "[1]", "[0,4]"), 4, "unknown dtype"),
        header(entry("F32", "[1]", "[0,3]"), 3, "which are 3 bytes: expected 4 for F32[1]"),
        header(entry("F32", "[1]", "[0,8]"), 8, "which are 8 bytes: expected 4 for F32[1]"),
        header(entry("F32", "[1]", "[4,8]"), 8, "a hole lies before it: expected 0"),
        header(entry("F32", "[1]", "[0,4]"), 5, "longer than it says"),
        header(entry("F32", "[1]", "[0,4]"), 3, "cut short"),
        header(entry("F32", "[1]", "[4,0]"), 4, "expected [begin, end]"),
        header(entry("F32", "[1]", "[0]"), 4, "expected [begin, end]"),
        header(entry("F32", "[1]", "[0,4,8]"), 4, "expected [begin, end]"),
        header(entry("F32", "[-1]", "[0,4]"), 4, "the number -1 in its shape"),
        header(entry("F32", "[1.0]", "[0,4]"), 4, "the number 1.0 in its shape"),
        header(entry("F32", "[1e0]", "[0,4]"), 4, "the number 1e0 in its shape"),
        header(entry("F32", "[-0]", "[0,4]"), 4, "the number -0 in its shape"),
        header(entry("F32", "[\"1\"]", "[0,4]"), 4, "a string in its shape"),
        header(entry("F32", "[1]", "[0,4.0]"), 4, "the number 4.0 in its data_offsets"),
        header(entry("F32", "[01]", "[0,4]"), 4, "expected ',' or ']'"),
        header(entry("F32", "[9223372036854775808]", "[0,4]"), 4, "expected integers from 0 to"),
        header(entry("F32", "[" + HUGE + "]", "[0,4]"), 4, "can't be expressed"),
        header(entry("F32", "[4294967296,4294967296]", "[0,4]"), 4, "can't be expressed"),
        header(entry("F32", "[2305843009213693952]", "[0,0]"), 0, "can't be expressed"),
        header(entry("U8", "[0," + HUGE + "," + HUGE + "]", "[0,0]"), 0, "can't be expressed"),
        header(entry("U8", "[" + HUGE + "]", "[0," + HUGE + "]"), 4, "can't be expressed"),
        header(entry("U8", "[1]", "[" + HUGE + ",9223372036854775808]"), 4, "expected integers"),
        header(entry("U8", "[1]", "[18446744073709551615,0]"), 4, "expected integers"),
        header(entry("F4", "[3]", "[0,2]"), 2, "12 bits are not whole bytes"),
        header(entry("F6_E2M3", "[2]", "[0,2]"), 2, "12 bits are not whole bytes"),
        header("{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "has no data_offsets array"),
        header(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":1}}",
            0,
            "has the field \"x\""),
        header(two("[0,4]", "[0,4]"), 4, "another tensor lies"),
        header(two("[0,4]", "[2,6]"), 6, "another tensor lies"),
        header(two("[0,4]", "[5,9]"), 9, "a hole lies before it"),
        header(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
                + "\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
            0,
            "key \"a\" appears twice"),
        header(
            "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
            0,
            "key \"dtype\" appears twice"),
        header("{\"__metadata__\":[]}", 0, "__metadata__ is an array"),
        header("{\"__metadata__\":{\"a\":1}}", 0, "expected a string"),
        header("{\"a\u0000\":{}}", 0, "byte 0x00"),
        header("{\"\\ud800\":{}}", 0, "half a surrogate pair"),
        header("{\"a\":" + "[".repeat(100_000), 0, "nested deeper than 64"),
        header("{\"a\":".repeat(100_000), 0, "nested deeper than 64"),
        header("{\"\u001b[2J\u202e\":1}", 0, "byte 0x1b"),
        header("{\"\\u001b[2J\\u202e\":1}", 0, "tensor \"\\u001b[2J\\u202e\" is the number 1"));
  }

  private static Arguments header(String text, int dataSize, String message) {
    return Arguments.of(text, dataSize, message);
  }

  private static String entry(String dtype, String shape, String offsets) {
    return "{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
        .formatted(dtype, shape, offsets);
  }

  private static String two(String first, String second) {
    String format = "\"%s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":%s}";
    return "{" + format.formatted("a", first) + "," + format.formatted("b", second) + "}";
  }

  @ParameterizedTest
  @MethodSource("headers")
  void refusesTheHeader(String header, int dataSize, String message) throws IOException {
    Path file = TestFiles.write(folder.resolve("bad.safetensors"), header, dataSize);
    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message)
        .message()
        .hasSizeLessThan(1000)
        .doesNotContain("\n", "\u001b", "\u202e");
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        100_000_001,
        Long.MAX_VALUE,
        Long.MAX_VALUE - 7,
        -1,
        Long.MIN_VALUE,
        100_000_000,
        3,
        1L << 32
      })
  void refusesAHeaderLengthBeyondTheFileOrTheCap(long length) {
    byte[] file = TestFiles.file("{}", 0);
    for (int i = 0; i < 8; i++) {
      file[i] = (byte) (length >>> (8 * i));
    }
    assertThatThrownBy(() -> Safetensors.of("bad", MemorySegment.ofArray(file)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("header length");
  }

  @Test
  void refusesAFileThatIsCutAnywhere() throws IOException {
    byte[] whole = Files.readAllBytes(Golden.copy("ckpt_folded.safetensors", folder));
    Safetensors.of("whole", MemorySegment.ofArray(whole)).close();
    for (int length = 0; length < whole.length; length += length < 5000 ? 1 : 97) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> Safetensors.of("cut", MemorySegment.ofArray(cut)))
          .isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    for (int bad : new int[] {0x80, 0xC0, 0xED, 0xF5, 0xFF}) {
      byte[] file = TestFiles.file("{\"a_\":1}", 0);
      file[11] = (byte) bad;
      assertThatThrownBy(() -> Safetensors.of("bad", MemorySegment.ofArray(file)))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("is not UTF-8");
    }
  }

  @Test
  void refusesWhatIsNoFile() throws IOException {
    assertThatThrownBy(() -> Safetensors.open(folder)).isInstanceOf(CheckpointException.class);
    assertThatThrownBy(() -> Safetensors.open(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
    Path empty = Files.createFile(folder.resolve("empty"));
    assertThatThrownBy(() -> Safetensors.open(empty))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("0 bytes are no safetensors file");
  }

  @Test
  void takesWhatIsUnusualButLegal() throws IOException {
    String header =
        "{ \"\" : {\"shape\":[],\"data_offsets\":[1,5],\"dtype\":\"F32\"},\n"
            + "\"\\u00e9\\ud83d\\ude00\":{\"dtype\":\"BOOL\",\"shape\":[1,1],\"data_offsets\":[0,1]},"
            + "\"empty\":{\"dtype\":\"F64\",\"shape\":[3,0,"
            + HUGE.substring(0, 10)
            + "],\"data_offsets\":[5,5]},"
            + "\"f4\":{\"dtype\":\"F4\",\"shape\":[2,3],\"data_offsets\":[5,8]}}  ";
    byte[] odd = TestFiles.file(header, 8);
    try (Safetensors file = Safetensors.of("odd", MemorySegment.ofArray(odd))) {
      assertThat(file.entries().stream().map(TensorEntry::toString))
          .containsExactly(
              "é😀 BOOL[1, 1]", " F32[]", "empty F64[3, 0, 9223372036]", "f4 F4[2, 3]");
      assertThat(file.tensor("empty").count()).isZero();
    }
    byte[] none = TestFiles.file("{}", 0);
    try (Safetensors file = Safetensors.of("none", MemorySegment.ofArray(none))) {
      assertThat(file.entries()).isEmpty();
    }
  }

  @Test
  void everyTypeHasItsSize() throws IOException {
    for (ElementType type : ElementType.values()) {
      int bytes = type.bits();
      String header = entry(type.name(), "[8]", "[0," + bytes + "]");
      byte[] bytesOfFile = TestFiles.file(header, bytes);
      try (Safetensors file = Safetensors.of("f", MemorySegment.ofArray(bytesOfFile))) {
        byte[] got = file.bytes("a").toArray(ValueLayout.JAVA_BYTE);
        int from = 8 + header.getBytes(StandardCharsets.UTF_8).length;
        assertThat(got).isEqualTo(Arrays.copyOfRange(bytesOfFile, from, from + bytes));
        assertThat(file.bytes("a").isReadOnly()).isTrue();
        if (type.dtype().isPresent()) {
          assertThat(file.tensor("a").count()).isEqualTo(8);
        } else {
          assertThatThrownBy(() -> file.tensor("a"))
              .isInstanceOf(CheckpointException.class)
              .hasMessageContaining("has elements of type " + type);
        }
      }
    }
  }

  /**
   * {@code -Dslicenorm.mutations=} sets how many; the texts alone are tried in the reader of JSON.
   */
  @Test
  void aDamagedFileIsRefusedOrReadWithinItsBounds() throws IOException {
    byte[] small = TestFiles.file(two("[0,4]", "[4,8]"), 8);
    byte[] typed = TestFiles.file(entry("BF16", "[2,3]", "[0,12]"), 12);
    int mutations = Integer.getInteger("slicenorm.mutations", 50_000);
    Random random = new Random(3);
    int opened = 0;
    for (int i = 0; i < mutations; i++) {
      byte[] file = (i % 2 == 0 ? small : typed).clone();
      for (int j = random.nextInt(3); j >= 0; j--) {
        int at = random.nextInt(random.nextInt(4) == 0 ? 8 : file.length);
        file[at] = (byte) (random.nextBoolean() ? random.nextInt() : "0129,]}".charAt(at % 7));
      }
      if (random.nextInt(8) == 0) {
        file = Arrays.copyOf(file, random.nextInt(2 * file.length));
      }
      try (Safetensors read = Safetensors.of("damaged", MemorySegment.ofArray(file))) {
        for (TensorEntry entry : read.entries()) {
          assertThat(read.bytes(entry.name()).byteSize()).isEqualTo(entry.byteSize());
          if (entry.type().dtype().isPresent()) {
            assertThat(read.tensor(entry.name()).toDoubleArray().length).isEqualTo(entry.count());
          }
        }
        opened++;
      } catch (CheckpointException e) {
        assertThat(e.getMessage()).startsWith("damaged: ");
      }
    }
    assertThat(opened).isBetween(mutations / 1000, mutations / 2);
  }
}
