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
        throw e;
      }
      System.err.println(
          "slicenorm: picocli is not on the class path: add info.picocli:picocli:4.7.7, or use the"
              + " launcher bin/slicenorm");
      return ExitCode.USAGE;
    }
  }
}
