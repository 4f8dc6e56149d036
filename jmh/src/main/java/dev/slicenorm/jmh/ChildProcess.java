package dev.slicenorm.jmh;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Runs a JVM of its own for one measurement and gives back what it prints. */
final class ChildProcess {

  private ChildProcess() {}

  /**
   * {@return the lines that it prints; its errors are passed on}
   *
   * <p>Each JVM says that the Vector API incubates, Lucene that it found it: not between two rows.
   *
   * @param builder what to start
   * @param what what it does, for the message if it fails
   */
  static List<String> lines(ProcessBuilder builder, String what)
      throws IOException, InterruptedException {
    Process process = builder.start();
    Thread errors =
        Thread.ofVirtual()
            .start(() ->
                process
                    .errorReader()
                    .lines()
                    .filter(line -> !line.toLowerCase(Locale.ROOT).contains("incubator"))
                    .forEach(System.err::println));
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader = process.inputReader()) {
      reader.lines().forEach(lines::add);
    }
    errors.join();
    if (process.waitFor() != 0) {
      throw new IllegalStateException(what + " failed; the reason stands above");
    }
    return lines;
  }
}
