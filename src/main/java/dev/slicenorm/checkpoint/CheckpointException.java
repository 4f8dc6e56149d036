package dev.slicenorm.checkpoint;

import java.io.IOException;

/**
 * A file, or what was asked of it, is not as it should be. The message names the file, the thing in
 * it, the value it had and what would be right. Failures of the machine (a full disk, a file that
 * is not there) are other {@link IOException}s.
 */
public final class CheckpointException extends IOException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one line
   */
  public CheckpointException(String message) {
    super(message);
  }

  /**
   * Creates the exception.
   *
   * @param message one line
   * @param cause what lies behind it
   */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
