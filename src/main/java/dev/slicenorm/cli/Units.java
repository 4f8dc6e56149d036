package dev.slicenorm.cli;

import java.util.Locale;

/** Numbers as people read them. */
final class Units {

  private static final String[] NAMES = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  private Units() {}

  /** {@return a number of bytes in decimal units, three digits or so: {@code 69.9 kB}} */
  static String bytes(long bytes) {
    int unit = 0;
    double value = (double) bytes;
    while (value >= 999.5 && unit < NAMES.length - 1) {
      value /= 1000;
      unit++;
    }
    String format = unit == 0 || value >= 99.95 ? "%.0f %s" : "%.1f %s";
    return String.format(Locale.ROOT, format, value, NAMES[unit]);
  }

  /** {@return a count with its noun: {@code 1 pair}, {@code 18 pairs}} */
  static String count(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }

  /** {@return a norm: four significant digits} */
  static String norm(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }

  /** {@return seconds as {@code 4 s} or {@code 2 min 10 s}} */
  static String seconds(double seconds) {
    long whole = Math.round(seconds);
    return whole < 60 ? whole + " s" : whole / 60 + " min " + whole % 60 + " s";
  }
}
