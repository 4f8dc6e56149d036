package dev.slicenorm.checkpoint;

import dev.slicenorm.json.JsonWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A key of PEFT's {@code alpha_pattern}: a regular expression for the whole path of a layer, or for
 * its end after a dot.
 *
 * <p>PEFT asks Python's {@code re.match(rf"(.*\\.)?({key})$", path)}. Java's expressions agree with
 * Python's in all but rare corners, and what Java can't read is refused. The file is not to be
 * trusted, and an expression like {@code (.*a){25}} can take forever: so looking at the path costs,
 * and there is a limit.
 */
final class LayerPattern {

  /** Far above what an honest expression looks at, and a few milliseconds of time. */
  private static final int MOST_LOOKS = 200_000;

  /** A repetition of nothing looks at no text: of all that are counted, the product is limited. */
  private static final long MOST_REPETITIONS = 1_000_000;

  private static final Pattern REPETITION = Pattern.compile("\\{(\\d+)(?:,(\\d*))?}");

  private final String where;
  private final String key;
  private final Pattern pattern;

  private LayerPattern(String where, String key, Pattern pattern) {
    this.where = where;
    this.key = key;
    this.pattern = pattern;
  }

  /**
   * {@return the pattern of a key}
   *
   * @param where what messages say it stands in
   * @param key the key
   */
  static LayerPattern of(String where, String key) throws CheckpointException {
    requireFewRepetitions(where, key);
    try {
      return new LayerPattern(where, key, Pattern.compile("(.*\\.)?(" + key + ")$"));
    } catch (PatternSyntaxException e) {
      throw new CheckpointException(
          "%s has the key %s: expected a regular expression (%s)"
              .formatted(where, JsonWriter.abbreviate(key), e.getDescription()),
          e);
    }
  }

  private static void requireFewRepetitions(String where, String key) throws CheckpointException {
    double repetitions = 1;
    Matcher counted = REPETITION.matcher(key);
    while (counted.find()) {
      String most = counted.group(2);
      String times = most == null || most.isEmpty() ? counted.group(1) : most;
      repetitions *= Math.max(1, Double.parseDouble(times));
    }
    if (repetitions > MOST_REPETITIONS) {
      throw new CheckpointException(
          "%s has the key %s, which repeats up to %.0f times: expected at most %d"
              .formatted(where, JsonWriter.abbreviate(key), repetitions, MOST_REPETITIONS));
    }
  }

  /** {@return whether a layer is meant} */
  boolean matches(String path) throws CheckpointException {
    Matcher matcher = pattern.matcher(new Looked(path, 0, path.length(), new int[1]));
    try {
      return matcher.lookingAt();
    } catch (EndlessException | StackOverflowError e) {
      throw new CheckpointException(
          "%s has the key %s, which takes too long to match with %s"
              .formatted(where, JsonWriter.abbreviate(key), JsonWriter.abbreviate(path)),
          e);
    }
  }

  /** Says that the limit is reached. */
  private static final class EndlessException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A text that counts how often it is looked at. */
  private record Looked(String text, int start, int end, int[] looks) implements CharSequence {

    @Override
    public char charAt(int index) {
      if (++looks[0] > MOST_LOOKS) {
        throw new EndlessException();
      }
      return text.charAt(start + index);
    }

    @Override
    public int length() {
      return end - start;
    }

    @Override
    public CharSequence subSequence(int from, int to) {
      return new Looked(text, start + from, start + to, looks);
    }

    @Override
    public String toString() {
      return text.substring(start, end);
    }
  }
}
