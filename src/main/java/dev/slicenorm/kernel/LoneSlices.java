package dev.slicenorm.kernel;

/**
 * Euclidean norms of a few short slices of an array, which need no walk.
 *
 * <p>Each kind is a class of its own: one call through a table takes the place of a choice and two
 * calls (2 rows of 3 on Zen 3, among other shapes: 23 -> 13 ns; by C1 24 -> 19).
 */
public abstract class LoneSlices {

  /** Holds nothing. */
  protected LoneSlices() {}

  /**
   * Writes the norms.
   *
   * @param x the elements
   * @param at where the first slice begins
   * @param norms receives the norms; another array
   * @param first where that of the first slice goes to
   */
  public abstract void writeNorms(float[] x, int at, float[] norms, int first);
}
