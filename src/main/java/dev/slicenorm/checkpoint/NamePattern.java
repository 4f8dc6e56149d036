package dev.slicenorm.checkpoint;

import java.util.List;
import java.util.function.Predicate;

/**
 * Tensor names as a shell would match them: {@code *} for any characters, dots included, {@code ?}
 * for one. Anything else stands for itself.
 *
 * {@snippet file="dev/slicenorm/snippets/CheckpointSnippetsTest.java" region="pattern"}
 */
public final class NamePattern {

  private NamePattern() {}

  /**
   * {@return the names that match one of the first, or any if there are none, and none of the
   * second}
   *
   * @param include patterns
   * @param exclude patterns
   */
  public static Predicate<String> selecting(List<String> include, List<String> exclude) {
    List<String> included = List.copyOf(include);
    List<String> excluded = List.copyOf(exclude);
    return name ->
        (included.isEmpty() || included.stream().anyMatch(pattern -> matches(pattern, name)))
            && excluded.stream().noneMatch(pattern -> matches(pattern, name));
  }

  /**
   * {@return whether a name matches a pattern; the time is at most the product of their lengths}
   *
   * @param pattern the pattern
   * @param name the name
   */
  public static boolean matches(String pattern, String name) {
    return matches(pattern.codePoints().toArray(), name.codePoints().toArray());
  }

  private static boolean matches(int[] pattern, int[] name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int resume = 0;
    while (n < name.length) {
      if (p < pattern.length && pattern[p] == '*') {
        star = p++;
        resume = n;
      } else if (p < pattern.length && (pattern[p] == '?' || pattern[p] == name[n])) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length && pattern[p] == '*') {
      p++;
    }
    return p == pattern.length;
  }
}
