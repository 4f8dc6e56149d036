package dev.slicenorm.plan;

import dev.slicenorm.kernel.PlainRows;
import dev.slicenorm.kernel.ShortSlices;
import dev.slicenorm.loop.LoopNest;

/**
 * Norms of a few short F32 slices in arrays, one after the other and without a walk, which takes
 * longer to begin than they take (Zen 4: 2 rows of 3 72 ns with one and 13 without, 16 rows of 8
 * 107 and 78, 4 blocks of 3 rows of 8 139 and 90).
 */
final class FewSlices {

  /** Elements of all slices together, at most. */
  private static final int MOST = 128;

  private final int[] from;
  private final int[] to;
  private final int length;
  private final int step;

  private FewSlices(int[] from, int[] to, int length, int step) {
    this.from = from;
    this.to = to;
    this.length = length;
    this.step = step;
  }

  /**
   * {@return whether these are few and short slices}
   *
   * @param kept the axes that are kept
   * @param reduced the axes that are reduced
   */
  static boolean fit(LoopNest kept, LoopNest reduced) {
    long length = reduced.count();
    return reduced.rank() <= 1
        && length > 0
        && length <= LoneRows.PLAIN
        && kept.count() <= MOST / length
        && (reduced.rank() == 0 || reduced.stride(0, 0) == 1 || length <= ShortSlices.MOST);
  }

  /**
   * {@return slices that {@linkplain #fit fit}}
   *
   * @param kept the axes that are kept, of the elements and of the norms
   * @param reduced the axis that is reduced, of the elements
   */
  static FewSlices of(LoopNest kept, LoopNest reduced) {
    int slices = (int) kept.count();
    int[] from = new int[slices];
    int[] to = new int[slices];
    for (int slice = 0; slice < slices; slice++) {
      from[slice] = (int) kept.position(0, slice);
      to[slice] = (int) kept.position(1, slice);
    }
    int step = reduced.rank() == 0 ? 1 : (int) reduced.stride(0, 0);
    return new FewSlices(from, to, (int) reduced.count(), step);
  }

  /** Writes the norms of slices in {@code x}, the first of which starts at an element. */
  void writeNorms(float[] x, int at, float[] norms, int first) {
    if (length <= ShortSlices.MOST) {
      ShortSlices.norms(x, at, from, step, length, norms, first, to);
      return;
    }
    for (int slice = 0; slice < from.length; slice++) {
      double square = PlainRows.square(x, at + from[slice], length);
      norms[first + to[slice]] = (float) Math.sqrt(square);
    }
  }
}
