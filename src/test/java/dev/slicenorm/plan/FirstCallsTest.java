package dev.slicenorm.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.kernel.FusedMultiplyAdd;
import dev.slicenorm.testing.Child;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which loops do the work in a JVM that has just started. */
@Tag("child")
class FirstCallsTest {

  private static final String MODULE = "--add-modules=jdk.incubator.vector";

  @TempDir private Path folder;

  @Test
  void areByPlainLoopsUntilVectorsAreCompiled() throws IOException {
    List<String> lines = firstCalls(MODULE);
    if (FusedMultiplyAdd.HARDWARE) {
      assertThat(lines)
          .startsWith(
              "simd",
              "plain loops and plain loops at first",
              "the same bits again",
              "compiled",
              "vectors and vectors now")
          .hasSizeGreaterThan(40);
    }
    assertThat(lines.subList(5, lines.size())).allMatch(line -> line.endsWith(": same bits"));
  }

  @Test
  void areByVectorsWhereThoseWereAskedFor() throws IOException {
    List<String> lines = firstCalls(MODULE, "-Ddev.slicenorm.kernel=simd");
    assertThat(lines)
        .startsWith(
            "simd",
            "vectors and vectors at first",
            "the same bits again",
            "compiled",
            "vectors and vectors now");
    assertThat(lines.subList(5, lines.size())).allMatch(line -> line.endsWith(": same bits"));
  }

  @Test
  void haveNothingToWaitForWithoutVectors() throws IOException {
    List<String> lines = firstCalls("-Ddev.slicenorm.kernel=scalar");
    assertThat(lines)
        .startsWith(
            "scalar",
            "vectors and vectors at first",
            "the same bits again",
            "compiled",
            "vectors and vectors now");
  }

  private List<String> firstCalls(String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.add("-cp");
    arguments.add(Child.classes() + File.pathSeparator + Child.testClasses());
    arguments.add(FirstCalls.class.getName());
    Child.Result result = Child.java(folder, arguments.toArray(String[]::new));
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out().lines().toList();
  }
}
