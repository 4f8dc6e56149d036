package dev.slicenorm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.norm.SliceNorms;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;

/** Another JVM of the same JDK. */
public final class Child {

  private Child() {}

  /**
   * What it left behind.
   *
   * @param exitCode its exit code
   * @param out its standard output
   * @param err its standard error
   */
  public record Result(int exitCode, String out, String err) {}

  /**
   * {@return what a JVM printed, at most three minutes later}
   *
   * @param folder where it runs, and where its output goes meanwhile
   * @param arguments options, class or source file, and its arguments
   */
  public static Result java(Path folder, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(java(), "-Xmx512m"));
    Collections.addAll(command, arguments);
    return run(folder, new ProcessBuilder(command));
  }

  /** {@return the command of this JDK's JVM} */
  public static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /**
   * {@return what a process printed, at most three minutes later}
   *
   * @param folder where it runs, and where its output goes meanwhile
   * @param builder its command and its environment
   */
  public static Result run(Path folder, ProcessBuilder builder) throws IOException {
    Path out = Files.createTempFile(folder, "child", ".out");
    Path err = Files.createTempFile(folder, "child", ".err");
    builder.directory(folder.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
    // Options from outside would print a line, or change what is tested.
    builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
    Process process = builder.start();
    try {
      boolean ended = process.waitFor(3, TimeUnit.MINUTES);
      assertThat(ended).as("%s ended", builder.command()).isTrue();
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** {@return the folder of the library's classes} */
  public static String classes() {
    return root(SliceNorms.class);
  }

  /** {@return the folder of the tests' classes} */
  public static String testClasses() {
    return root(Child.class);
  }

  /** {@return the class path of the command line} */
  public static String commandClassPath() {
    String picocli =
        CommandLine.class.getProtectionDomain().getCodeSource().getLocation().toString();
    return classes() + File.pathSeparator + Path.of(URI.create(picocli));
  }

  /**
   * Asked of the class file, because the code source of a test class that is patched into the
   * module is the module.
   */
  private static String root(Class<?> type) {
    String file = type.getName().replace('.', '/') + ".class";
    String url = Objects.requireNonNull(type.getResource("/" + file), file).toString();
    return Path.of(URI.create(url.substring(0, url.length() - file.length()))).toString();
  }
}
