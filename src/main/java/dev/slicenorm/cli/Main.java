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
    } catch (NoClassDefFoundError e) {
      if (!String.valueOf(e.getMessage()).startsWith("picocli/")) {
        e.printStackTrace();
        return ExitCode.DEFECT;
      }
      return say(
          "picocli is not on the class path: add info.picocli:picocli:4.7.7, or use the launcher"
              + " bin/slicenorm",
          ExitCode.USAGE);
    } catch (OutOfMemoryError e) {
      return say(
          "out of memory (" + e.getMessage() + "): give the JVM more with SLICENORM_OPTS=-Xmx4g",
          ExitCode.MACHINE);
    } catch (InternalError e) {
      // What the JVM makes of a page of a mapped file that can't be read.
      return say(
          "a mapped file can't be read any more, it was shortened or its disk failed ("
              + e.getMessage()
              + ")",
          ExitCode.MACHINE);
    }
  }

  private static int say(String message, int exitCode) {
    System.err.println("slicenorm: " + message);
    return exitCode;
  }
}
