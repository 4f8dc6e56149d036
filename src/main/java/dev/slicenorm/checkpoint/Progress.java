package dev.slicenorm.checkpoint;

/**
 * Is told how far a file has been written, or two have been compared, at least once per tensor and
 * once per window of a large one.
 *
 * <p>Calls come one after another, but maybe from other threads than the one that writes. What they
 * throw ends the writing, and comes out of it.
 */
@FunctionalInterface
public interface Progress {

  /** Tells nobody. */
  Progress NONE = (bytes, total, tensor) -> {};

  /**
   * Takes note.
   *
   * @param bytes the tensor bytes written or compared so far
   * @param total the tensor bytes in all
   * @param tensor the tensor it has come to
   */
  void at(long bytes, long total, String tensor);
}
