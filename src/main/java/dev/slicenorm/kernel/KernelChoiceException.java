package dev.slicenorm.kernel;

/** What the system property {@link Kernels#PROPERTY} asks for can't be met. */
public final class KernelChoiceException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  KernelChoiceException(String message) {
    super(message);
  }
}
