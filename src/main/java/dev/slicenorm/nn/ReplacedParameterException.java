package dev.slicenorm.nn;

/** A parameter was read or changed while others stand in its place. */
final class ReplacedParameterException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  ReplacedParameterException(String parameter, String replacement) {
    super("parameter " + parameter + " is not in use: " + replacement);
  }
}
