package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.testing.Child;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script: it ends as the program does, or with 3 where no JVM starts. */
@Tag("child")
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {

  @TempDir private static Path parent;
  private static Path home = Path.of("");
  @TempDir private Path folder;
  private Path a = Path.of("");
  private Path b = Path.of("");

  /** As the build lays it out. */
  @BeforeAll
  static void install() throws IOException {
    home = parent.resolve("home of it");
    installLauncher(home);
    for (String part : Child.commandClassPath().split(File.pathSeparator, -1)) {
      Path from = Path.of(part);
      if (Files.isDirectory(from)) {
        pack(from, home.resolve("lib/slicenorm.jar"));
      } else {
        Files.copy(from, home.resolve("lib").resolve(from.getFileName()));
      }
    }
  }

  private static void pack(Path classes, Path jar) {
    ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
    assertThat(
            tool.run(System.out, System.err, "-cf", jar.toString(), "-C", classes.toString(), "."))
        .isZero();
  }

  private static void installLauncher(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("lib"));
    Files.copy(
        Path.of("src/main/launcher/slicenorm"),
        Files.createDirectories(folder.resolve("bin")).resolve("slicenorm"),
        StandardCopyOption.COPY_ATTRIBUTES);
  }

  @BeforeEach
  void writeFiles() throws IOException {
    a = TestFiles.write(folder.resolve("a b"), "x", TestFiles.random(1, DType.F32, 3));
    b = TestFiles.write(folder.resolve("*"), "x", TestFiles.random(2, DType.F32, 3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-Xmx64m -Dsome=*"})
  void itEndsAsTheProgramDoes(String options) throws IOException {
    assertThat(run(options, "diff", a, a).exitCode()).isEqualTo(ExitCode.OK);
    Child.Result different = run(options, "diff", a, b);
    assertThat(different.exitCode()).isEqualTo(ExitCode.DIFFERENT);
    assertThat(different.out()).contains("1 tensor differ");
    assertThat(run(options, "diff", a).exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run(options, "fold", a, "--dry-run").exitCode()).isEqualTo(ExitCode.OK);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Xmx900t", "-Xmx4q", "-Xmx64m -XX:+NoSuchOption"})
  void aJvmThatDoesNotStartIsNoDifference(String options) throws IOException {
    for (String command : List.of("diff", "inspect")) {
      Child.Result result = run(options, command, a, a);
      assertThat(result.exitCode()).as(command).isEqualTo(ExitCode.MACHINE);
      assertThat(result.err())
          .contains("Error")
          .endsWith("java doesn't start, with SLICENORM_OPTS=" + options + "\n");
      assertThat(result.out()).isEmpty();
    }
  }

  @Test
  void aProgramThatIsNotThereIsNoDifference() throws IOException {
    Path empty = folder.resolve("without classes");
    installLauncher(empty);
    Child.Result result = Child.run(folder, builder(empty, "", "diff", a, a));
    assertThat(result.exitCode()).isEqualTo(ExitCode.MACHINE);
    assertThat(result.err()).contains("dev.slicenorm.cli.Main").endsWith("java doesn't start\n");
  }

  /** Vectors pay where a program runs on, which is what doctor is asked about. */
  @Test
  void onlyDoctorLoadsVectors() throws IOException {
    Path log = folder.resolve("classes");
    String options = "-Xlog:class+load:file=" + log;
    String vectors = " jdk.incubator.vector.DoubleVector ";
    Child.Result result = unfold(options);
    assertThat(result.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(result.err()).isEmpty();
    assertThat(log).content().contains("dev.slicenorm.kernel.Kernels ").doesNotContain(vectors);
    assertThat(run(options, "doctor").exitCode()).isEqualTo(ExitCode.OK);
    assertThat(log).content().contains(vectors);
  }

  @Test
  void optionsOverrideTheKernelThatTheScriptChooses() throws IOException {
    assertThat(unfold("-Ddev.slicenorm.kernel=fast").err())
        .contains("dev.slicenorm.kernel=fast: expected auto, scalar or simd");
  }

  private Child.Result unfold(String options) throws IOException {
    Path plain =
        TestFiles.write(folder.resolve("c"), "x.weight", TestFiles.random(1, DType.F32, 2, 3));
    return run(options, "unfold", plain, "--axis", "0", "-o", folder.resolve("d"));
  }

  /** The program takes the place of the script, so there is nobody to pass a signal on. */
  @Test
  void signalsReachTheProgram() throws Exception {
    Process process = builder(home, "-Xmx64m", "doctor").start();
    try {
      for (int i = 0; i < 3000 && !isJava(process); i++) {
        Thread.sleep(10);
      }
      assertThat(isJava(process)).isTrue();
      process.destroy();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).isEqualTo(128 + 15);
    } finally {
      process.destroyForcibly();
    }
  }

  /** A pipe: its name leads to something that has none. */
  @Test
  void aPipeIsNoFileToWrite() throws IOException {
    ProcessBuilder builder = builder(home, "", "fold", a, "-o", "/dev/stdout");
    builder.command().addAll(0, List.of("sh", "-c", "\"$@\" | cat", "sh"));
    assertThat(Child.run(folder, builder).err())
        .contains("slicenorm: /dev/stdout is no regular file: expected a regular file");
  }

  private static boolean isJava(Process process) {
    return process.info().command().orElse("").endsWith("/java");
  }

  private Child.Result run(String options, Object... args) throws IOException {
    return Child.run(folder, builder(home, options, args));
  }

  private ProcessBuilder builder(Path folder, String options, Object... args) {
    List<String> words = new ArrayList<>(List.of(folder.resolve("bin/slicenorm").toString()));
    for (Object arg : args) {
      words.add(arg.toString());
    }
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SLICENORM_OPTS", options);
    return builder;
  }
}
