package dev.slicenorm.checkpoint;

/**
 * Is told how far a file has been written, at least once per tensor and once per window of a large
 * one.
 */
@FunctionalInterface
public interface Progress {

  /** Tells nobody. */
  Progress NONE = (bytes, total, tensor) -> {};

  /**
   * Takes note.
   *
   * @param bytes the tensor bytes written so far
   * @param total the tensor bytes in all
   * @param tensor the tensor being written
   */
  void at(long bytes, long total, String tensor);
}
