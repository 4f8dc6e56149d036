package dev.slicenorm.nn;

/** The key of a hook is taken. The module is unchanged. */
public final class DuplicateHookException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  /** The path of the module. */
  private final String module;

  /** The key that is taken. */
  private final String key;

  DuplicateHookException(Module module, String key, Hook inPlace, String cure) {
    super(
        "hook '"
            + key
            + "'"
            + inPlace.parameter().map(name -> " on parameter '" + name + "'").orElse("")
            + " of "
            + module.describe()
            + " is taken by "
            + inPlace
            + ": "
            + cure);
    this.module = module.path();
    this.key = key;
  }

  /** {@return the path of the module, empty for a root} */
  public String module() {
    return module;
  }

  /** {@return the key that is taken} */
  public String key() {
    return key;
  }
}
