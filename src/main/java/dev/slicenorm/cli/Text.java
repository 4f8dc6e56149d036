package dev.slicenorm.cli;

import java.util.List;

/** Names from files, made safe to print: they may hold control characters, or be endless. */
final class Text {

  private Text() {}

  /** {@return a text without control and format characters} */
  static String printable(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain = !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT;
      shown.append(plain ? String.valueOf(c) : "\\u%04x".formatted((int) c));
    }
    return shown.toString();
  }

  /** {@return a text of at most some characters, shortened at its beginning} */
  static String printable(String text, int length) {
    String shown = printable(text);
    return shown.length() <= length ? shown : "…" + shown.substring(shown.length() - length + 1);
  }

  /** {@return the first of some texts, and how many more there are} */
  static String some(List<String> texts, int most) {
    String shown = String.join(", ", texts.stream().limit(most).map(Text::printable).toList());
    return texts.size() <= most ? shown : shown + " and " + (texts.size() - most) + " more";
  }
}
