package dev.slicenorm.jmh;

/** A way to make vectors unit length: Slicenorm, or a peer. */
public interface Normalizer {

  /** {@return the name in tables} */
  String name();

  /**
   * Scales each vector to length 1, in place, by one call of the library for each.
   *
   * <p>The loop is here and not around this, so that the library's code is inlined in it, as it is
   * with users of one library.
   *
   * @param vectors the vectors
   */
  void normalize(float[][] vectors);
}
