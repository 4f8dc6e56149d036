package dev.slicenorm.cli;

/** A histogram in one line of text. */
final class Sparkline {

  /** The number of characters. */
  static final int WIDTH = 12;

  private static final String BARS = "▁▂▃▄▅▆▇█";

  private Sparkline() {}

  /** {@return a bar for each count, a space for 0; nothing at all if there are no counts but 0} */
  static String of(long[] counts) {
    long most = 0;
    for (long count : counts) {
      most = Math.max(most, count);
    }
    StringBuilder line = new StringBuilder();
    for (long count : counts) {
      double share = most == 0 ? 0 : (double) count / most;
      int height = (int) Math.min(BARS.length() - 1, share * BARS.length());
      line.append(count == 0 ? ' ' : BARS.charAt(height));
    }
    return line.toString().stripTrailing();
  }
}
