package dev.slicenorm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.testing.Child;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The README's Java runs as it stands there, and prints what its comments say.
 *
 * <p>All of it is one source file for a JVM of its own, on the class path and without the Vector
 * API: what most readers will try first.
 */
@Tag("child")
class ReadmeTest {

  private static final Pattern JAVA = Pattern.compile("^```java\n(.*?)^```$", multiline());
  private static final Pattern PRINTED =
      Pattern.compile("System\\.out\\.println\\(.*\\); // (.*)$", Pattern.MULTILINE);

  @TempDir private Path folder;

  private static int multiline() {
    return Pattern.MULTILINE | Pattern.DOTALL;
  }

  @Test
  void javaRunsAndPrintsWhatItSays() throws IOException {
    List<String> expected = new ArrayList<>();
    StringBuilder methods = new StringBuilder();
    StringBuilder calls = new StringBuilder();
    Matcher java = JAVA.matcher(readme());
    for (int i = 1; java.find(); i++) {
      String snippet = java.group(1);
      methods.append("static void snippet%d() throws Exception {%n%s}%n".formatted(i, snippet));
      calls.append("snippet%d();%n".formatted(i));
      Matcher printed = PRINTED.matcher(snippet);
      while (printed.find()) {
        expected.add(printed.group(1));
      }
    }
    assertThat(expected).isNotEmpty();
    files();
    String source =
        """
        import java.lang.foreign.*;
        import java.nio.*;
        import java.nio.file.*;
        import java.time.*;
        import java.util.*;
        %s
        class Readme {
          static void main() throws Exception {
            %s
          }
          %s
        }
        """
            .formatted(imports(), calls, methods);
    Path file = Files.writeString(folder.resolve("Readme.java"), source);
    Child.Result run = Child.java(folder, "-cp", Child.classes(), file.toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out().lines()).containsExactlyElementsOf(expected);
  }

  @Test
  void commandsRunAsTheyStand() throws IOException {
    List<String> commands = readme().lines().filter(line -> line.startsWith("slicenorm ")).toList();
    assertThat(commands).hasSizeGreaterThan(5);
    for (String command : commands) {
      List<String> words = new ArrayList<>(List.of("-cp", Child.commandClassPath()));
      words.add("dev.slicenorm.cli.Main");
      words.addAll(List.of(command.split(" ")).subList(1, command.split(" ").length));
      Child.Result run = Child.java(folder, words.toArray(String[]::new));
      assertThat(run.exitCode()).as("%s%n%s", command, run.err()).isZero();
      assertThat(run.out()).as(command).isNotBlank();
    }
  }

  private static String readme() throws IOException {
    return Files.readString(Path.of("README.md"));
  }

  private static String imports() {
    StringBuilder imports = new StringBuilder();
    for (String exported : List.of("checkpoint", "nn", "norm", "tensor", "weightnorm")) {
      imports.append("import dev.slicenorm.").append(exported).append(".*;\n");
    }
    return imports.append("import dev.slicenorm.*;\n").toString();
  }

  /** The files that the README speaks of. */
  private void files() throws IOException {
    TestFiles.write(
        folder.resolve("model.safetensors"),
        "conv.weight_g",
        TestFiles.random(1, DType.F32, 4, 1, 1),
        "conv.weight_v",
        TestFiles.random(2, DType.F32, 4, 3, 7),
        "conv.bias",
        TestFiles.random(3, DType.F32, 4));
  }
}
