package dev.slicenorm.cli;

/** What the program tells the shell. */
final class ExitCode {

  /** Done. */
  static final int OK = 0;

  /** {@code diff}: the two differ. */
  static final int DIFFERENT = 1;

  /** Wrong usage, or wrong input: a file that is missing, malformed or in the way. */
  static final int USAGE = 2;

  /**
   * The machine failed: a full disk, no permission, no memory, a file that can't be read to its
   * end.
   */
  static final int MACHINE = 3;

  /** A defect in slicenorm. */
  static final int DEFECT = 70;

  private ExitCode() {}
}
