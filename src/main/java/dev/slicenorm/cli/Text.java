package dev.slicenorm.cli;

/** Names from files, made safe to print: they may hold control characters, or be endless. */
final class Text {

  private Text() {}

  /** {@return a text in which only what can be seen stands for itself} */
  static String printable(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          if (isVisible(c)) {
            shown.appendCodePoint(c);
          } else {
            shown.append((c > 0xffff ? "\\U%08x" : "\\u%04x").formatted(c));
          }
        });
    return shown.toString();
  }

  /** Format characters turn the direction of what follows, or hide in it. */
  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  /** {@return a text of at most some characters, shortened at its beginning} */
  static String printable(String text, int length) {
    String shown = printable(text);
    if (shown.length() <= length) {
      return shown;
    }
    int from = shown.length() - length + 1;
    boolean half = Character.isLowSurrogate(shown.charAt(from));
    return "…" + shown.substring(half ? from + 1 : from);
  }
}
