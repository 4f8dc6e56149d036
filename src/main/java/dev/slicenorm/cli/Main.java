package dev.slicenorm.cli;

/**
 * The program.
 *
 * <p>It names no type of picocli, so that it can say what is missing where picocli is absent.
 */
public final class Main {

  private Main() {}

  /**
   * Runs a command and ends the JVM with its {@link ExitCode}.
   *
   * @param args the command and its options
   */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  private static int run(String[] args) {
    try {
      return Slicenorm.run(args);
    } catch (Error e) {
      // Uncaught, it would end the JVM with 1, which says that diff found differences.
      return failed(e);
    }
  }

  private static int failed(Error e) {
    return switch (e) {
      case NoClassDefFoundError _ when String.valueOf(e.getMessage()).startsWith("picocli/") ->
          say(
              "picocli is not on the class path: add info.picocli:picocli:4.7.7, or use the"
                  + " launcher bin/slicenorm",
              ExitCode.USAGE);
      case OutOfMemoryError _ ->
          say(
              "out of memory (%s): give the JVM more with SLICENORM_OPTS=-Xmx4g"
                  .formatted(e.getMessage()),
              ExitCode.MACHINE);
      // What the JVM makes of a page of a mapped file that can't be read.
      case InternalError _ ->
          say(
              "a mapped file can't be read any more, it was shortened or its disk failed (%s)"
                  .formatted(e.getMessage()),
              ExitCode.MACHINE);
      default -> {
        e.printStackTrace();
        yield say("this is a defect, please report it: " + e, ExitCode.DEFECT);
      }
    };
  }

  private static int say(String message, int exitCode) {
    System.err.println("slicenorm: " + message);
    return exitCode;
  }
}
