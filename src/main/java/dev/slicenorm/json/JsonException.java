package dev.slicenorm.json;

/** A text is not JSON, or not the JSON that was expected. */
public final class JsonException extends Exception {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what was found, where, and what would be right
   */
  public JsonException(String message) {
    super(message);
  }
}
