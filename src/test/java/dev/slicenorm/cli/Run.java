package dev.slicenorm.cli;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** Runs a command in this JVM. */
final class Run {

  private Run() {}

  record Result(int exitCode, String out, String err) {}

  static Result slicenorm(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Slicenorm.commandLine();
    command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = String.valueOf(args[i]);
    }
    return new Result(command.execute(words), out.toString(), err.toString());
  }

  /**
   * Runs a command in a JVM of its own, started as the launcher does but with a heap of 64 MB; what
   * it prints is lost.
   */
  static Process process(Object... args) throws IOException, URISyntaxException {
    return process(ProcessBuilder.Redirect.DISCARD, args);
  }

  /** The same, with a place for what it prints. */
  static Process process(ProcessBuilder.Redirect printed, Object... args)
      throws IOException, URISyntaxException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-Xmx64m", "--add-modules", "jdk.incubator.vector", "-cp"));
    words.add(String.join(File.pathSeparator, home(Slicenorm.class), home(CommandLine.class)));
    words.add("dev.slicenorm.cli.Main");
    for (Object arg : args) {
      words.add(String.valueOf(arg));
    }
    return new ProcessBuilder(words)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .redirectOutput(printed)
        .start();
  }

  private static String home(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }
}
