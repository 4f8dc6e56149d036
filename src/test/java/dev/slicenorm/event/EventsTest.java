package dev.slicenorm.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.testing.Child;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recorder sees of the library in use, and what nobody else does. */
@Tag("child")
class EventsTest {

  private static final String JVM_WARNING =
      "WARNING: Using incubator modules: jdk.incubator.vector";

  @TempDir private Path folder;

  @Test
  void aRecordingTellsWhatTheLibraryDid() throws IOException {
    List<String> lines = run(RecordedUse.class).out().lines().toList();
    assertThat(lines)
        .filteredOn(line -> line.startsWith("dev.slicenorm.Kernel"))
        .isNotEmpty()
        .allMatch(line ->
            line.contains(
                    "| scalar | the module jdk.incubator.vector is not there; start java with")
                && line.endsWith(" | 0"));
    assertThat(plans(lines, "[shape [3, 4], strides [4, 1], offset 0]"))
        .as("one plan for three calls")
        .containsExactly(
            "dev.slicenorm.Plan with stack trace | rows | 3 | 4"
                + " | rows: 3 slices of 4 elements, 1 run of 3, in place");
    assertThat(lines)
        .filteredOn(line -> line.startsWith("dev.slicenorm.Weight"))
        .as("at the start, and after each of two changes, but not for each of four calls")
        .hasSize(3)
        .last()
        .isEqualTo("dev.slicenorm.Weight took time with stack trace | head.weight | 8");
    assertThat(lines)
        .contains(
            "dev.slicenorm.File took time | fold | plain.safetensors | 2 | 352",
            "dev.slicenorm.File took time | merge | merged.safetensors | 1 | 120",
            "dev.slicenorm.Tensor took time | conv.weight F32[4, 3, 7] | 336",
            "dev.slicenorm.Tensor took time | conv.bias F32[4] | 16",
            "dev.slicenorm.Tensor took time | a.weight F32[6, 5] | 120");
    assertThat(lines).allMatch(line -> line.startsWith("dev.slicenorm."), "has a label");
  }

  private static List<String> plans(List<String> lines, String layouts) {
    return lines.stream()
        .filter(line -> line.startsWith("dev.slicenorm.Plan") && line.endsWith(" | " + layouts))
        .map(line -> line.substring(0, line.length() - layouts.length() - 3))
        .toList();
  }

  @Test
  void theKernelIsToldThoughItWasChosenBeforeTheRecording() throws IOException {
    assertThat(run(RecordedUse.class, "early").out()).contains("dev.slicenorm.Kernel | ");
  }

  @Test
  void nothingIsPrintedButLogLines() throws IOException {
    Path logging = Files.writeString(folder.resolve("logging.properties"), ".level=OFF\n");
    Child.Result plain = child(List.of("-Djava.util.logging.config.file=" + logging));
    assertThat(plain.out()).isEmpty();
    assertThat(plain.err()).isEmpty();
  }

  /** Without these modules Java's own logger writes to standard error, unless told otherwise. */
  @Test
  void worksWithoutFlightRecorderManagementAndLogging() throws IOException {
    String quiet = "-Djdk.system.logger.level=OFF";
    Child.Result scalar = child(List.of("--limit-modules=java.base", quiet));
    assertThat(scalar.out()).isEmpty();
    assertThat(scalar.err()).isEmpty();
    Child.Result simd =
        child(
            List.of(
                "--limit-modules=java.base,jdk.incubator.vector",
                "--add-modules=jdk.incubator.vector",
                quiet));
    assertThat(simd.out()).isEmpty();
    assertThat(simd.err().lines()).containsExactly(JVM_WARNING);
  }

  private Child.Result child(List<String> options) throws IOException {
    List<String> words = new ArrayList<>(options);
    words.addAll(List.of("-cp", classPath(), LibraryInUse.class.getName()));
    return checked(
        Child.java(Files.createTempDirectory(folder, "use"), words.toArray(String[]::new)));
  }

  private Child.Result run(Class<?> program, String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of("-cp", classPath(), program.getName()));
    words.addAll(List.of(arguments));
    return checked(
        Child.java(Files.createTempDirectory(folder, "use"), words.toArray(String[]::new)));
  }

  private static Child.Result checked(Child.Result result) {
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result;
  }

  private static String classPath() {
    return Child.classes() + File.pathSeparator + Child.testClasses();
  }
}
