package dev.slicenorm.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Javadoc shows Java only from regions of the tests in this package, and each region is shown. What
 * is wrong is reported by file and line.
 *
 * <p>The module's own example is a copy of a region, compared word for word: javadoc of JDK 25
 * crashes on a snippet of a file in the comment of a module.
 */
class SnippetsTest {

  private static final Path MAIN = Path.of("src/main/java");
  private static final Path MODULE = MAIN.resolve("module-info.java");
  private static final Path TESTS = Path.of("src/test/java");
  private static final Path SNIPPETS = TESTS.resolve("dev/slicenorm/snippets");

  private static final Pattern SNIPPET = Pattern.compile("\\{@snippet\\b");
  private static final Pattern EXTERNAL =
      Pattern.compile("\\{@snippet file=\"([\\w./]+)\" region=\"([\\w-]+)\"}");
  private static final Pattern COPY =
      Pattern.compile("\\{@snippet id=\"([\\w-]+)\" :\n(.*?)^ \\* }$", multiline());
  private static final String COPIED_FROM = "dev/slicenorm/snippets/SlicenormSnippetsTest.java";

  private static final Pattern MARK =
      Pattern.compile("^ *// @(start region=\"([\\w-]+)\"|end)\n", Pattern.MULTILINE);
  private static final Pattern EXPORTED =
      Pattern.compile("^ *exports ([\\w.]+);", Pattern.MULTILINE);
  private static final Pattern PREFORMATTED = Pattern.compile("<pre\\b.*?</pre>", Pattern.DOTALL);
  private static final Pattern STATEMENT = Pattern.compile("; *(//.*)?$", Pattern.MULTILINE);

  /** What a test shows, and where it begins. */
  private record Region(String place, String text) {}

  private final List<String> wrong = new ArrayList<>();

  private static int multiline() {
    return Pattern.MULTILINE | Pattern.DOTALL;
  }

  @Test
  void everySnippetIsARegionAndEveryRegionIsShown() throws IOException {
    Map<String, Region> regions = regions();
    assertThat(regions).isNotEmpty();
    Set<String> shown = new HashSet<>();
    for (Path file : javaFiles(MAIN)) {
      String source = Files.readString(file);
      for (MatchResult snippet : SNIPPET.matcher(source).results().toList()) {
        String place = at(file, source, snippet.start());
        boolean copy = file.equals(MODULE);
        Matcher parts = (copy ? COPY : EXTERNAL).matcher(source);
        if (!parts.region(snippet.start(), source.length()).lookingAt()) {
          wrong.add(
              place
                  + (copy
                      ? "expected {@snippet id=\"…\" : with the text of that region"
                      : "expected {@snippet file=\"…\" region=\"…\"}: no other is compiled"));
          continue;
        }
        String name =
            copy ? name(COPIED_FROM, parts.group(1)) : name(parts.group(1), parts.group(2));
        Region region = regions.get(name);
        shown.add(name);
        if (region == null) {
          wrong.add(place + "there is no " + name + " in " + TESTS);
        } else if (copy && !unindented(withoutStars(parts.group(2))).equals(region.text)) {
          wrong.add(place + "the snippet differs from the " + name);
        }
      }
    }
    regions.forEach((name, region) -> {
      if (!shown.contains(name)) {
        wrong.add(region.place + "no javadoc shows the " + name);
      }
    });
    assertThat(wrong).isEmpty();
  }

  @Test
  void nothingExportedHasAnExampleThatIsNotCompiled() throws IOException {
    for (Path file : exportedFiles()) {
      String source = Files.readString(file);
      for (MatchResult block : PREFORMATTED.matcher(source).results().toList()) {
        if (STATEMENT.matcher(block.group()).find()) {
          wrong.add(at(file, source, block.start()) + "Java in <pre>: expected a {@snippet …}");
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private Map<String, Region> regions() throws IOException {
    Map<String, Region> regions = new LinkedHashMap<>();
    for (Path file : javaFiles(SNIPPETS)) {
      String source = Files.readString(file);
      String path = TESTS.relativize(file).toString().replace(File.separatorChar, '/');
      List<MatchResult> marks = MARK.matcher(source).results().toList();
      for (int i = 0; i < marks.size(); i++) {
        MatchResult mark = marks.get(i);
        String place = at(file, source, mark.start(1));
        boolean starts = mark.group(2) != null;
        boolean mayStart = i % 2 == 0;
        if (starts != mayStart || (starts && i + 1 == marks.size())) {
          wrong.add(place + "expected an @end behind each @start");
          break;
        }
        if (starts) {
          String text = source.substring(mark.end(), marks.get(i + 1).start());
          if (regions.put(name(path, mark.group(2)), new Region(place, unindented(text))) != null) {
            wrong.add(place + "a second region \"" + mark.group(2) + "\"");
          }
        }
      }
    }
    return regions;
  }

  private static String name(String file, String region) {
    return "region \"" + region + "\" of " + file;
  }

  /** The last line end must go first: the empty line behind it would count as not indented. */
  private static String unindented(String text) {
    return text.stripTrailing().stripIndent();
  }

  private static String withoutStars(String comment) {
    return comment.replaceAll("(?m)^ \\* ?", "");
  }

  private static List<Path> exportedFiles() throws IOException {
    List<Path> files = new ArrayList<>(List.of(MODULE));
    for (MatchResult exported : EXPORTED.matcher(Files.readString(MODULE)).results().toList()) {
      Path folder = MAIN.resolve(exported.group(1).replace('.', '/'));
      for (Path file : javaFiles(folder)) {
        if (folder.equals(file.getParent())) {
          files.add(file);
        }
      }
    }
    assertThat(files).hasSizeGreaterThan(1);
    return files;
  }

  private static List<Path> javaFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }

  private static String at(Path file, String source, int position) {
    long line = 1 + source.substring(0, position).chars().filter(c -> c == '\n').count();
    return file + ":" + line + ": ";
  }
}
