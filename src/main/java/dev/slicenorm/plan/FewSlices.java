package dev.slicenorm.plan;

import dev.slicenorm.kernel.LoneSlices;
import dev.slicenorm.kernel.ShortSlices;
import dev.slicenorm.kernel.ShortTerms;
import dev.slicenorm.kernel.Term;
import dev.slicenorm.loop.LoopNest;

/**
 * Norms of a few short F32 slices in arrays, one after the other and without a walk, which takes
 * longer to begin than they take (Zen 4: 2 rows of 3 72 ns with one and 13 without, 16 rows of 8
 * 107 and 78, 4 blocks of 3 rows of 8 139 and 90).
 */
final class FewSlices {

  /** Elements of all slices together, at most. */
  private static final int MOST = 128;

  private FewSlices() {}

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
        && kept.count() > 0
        && kept.count() <= MOST / length
        && (reduced.rank() == 0 || reduced.stride(0, 0) == 1 || length <= ShortSlices.MOST);
  }

  /**
   * {@return slices that {@linkplain #fit fit}}
   *
   * @param term what is made of a slice
   * @param kept the axes that are kept, of the elements and of the norms
   * @param reduced the axis that is reduced, of the elements
   */
  static LoneSlices of(Term term, LoopNest kept, LoopNest reduced) {
    int longest = SlicePlan.longest(kept);
    boolean isOne = longest < 0;
    int step = reduced.rank() == 0 ? 1 : (int) reduced.stride(0, 0);
    int count = isOne ? 1 : (int) kept.size(longest);
    int length = (int) reduced.count();
    int apart = isOne ? 0 : (int) kept.stride(0, longest);
    int normsApart = isOne ? 0 : (int) kept.stride(1, longest);
    LoneSlices run =
        term == Term.SQUARES
            ? ShortSlices.of(count, length, step, apart, normsApart)
            : new ShortTerms(term, count, length, step, apart, normsApart);
    return isOne || kept.rank() == 1 ? run : Runs.of(run, kept.without(longest));
  }

  /** Slices that lie evenly, several times. */
  private static final class Runs extends LoneSlices {

    private final LoneSlices run;
    private final int[] from;
    private final int[] to;

    private Runs(LoneSlices run, int[] from, int[] to) {
      this.run = run;
      this.from = from;
      this.to = to;
    }

    static Runs of(LoneSlices run, LoopNest outer) {
      int[] from = new int[(int) outer.count()];
      int[] to = new int[from.length];
      for (int i = 0; i < from.length; i++) {
        from[i] = (int) outer.position(0, i);
        to[i] = (int) outer.position(1, i);
      }
      return new Runs(run, from, to);
    }

    @Override
    public void writeNorms(float[] x, int at, float[] norms, int first) {
      for (int i = 0; i < from.length; i++) {
        run.writeNorms(x, at + from[i], norms, first + to[i]);
      }
    }
  }
}
