package dev.slicenorm.kernel;

/**
 * Norms other than Euclidean ones of F32 slices that lie evenly in an array, in plain Java: what
 * {@link ShortSlices} is for those. The loops are such that C2 does not count, as there.
 */
public final class ShortTerms extends LoneSlices {

  private final Term term;
  private final int length;
  private final int step;
  private final int apart;
  private final int normsApart;
  private final int normsEnd;

  /**
   * Prepares for slices.
   *
   * @param term any but the squares
   * @param count how many slices there are, 1 or more
   * @param length the elements of each, 1 or more
   * @param step from one element to the next: 1 if there are more than {@link ShortSlices#MOST}
   * @param apart from one slice to the next
   * @param normsApart from one norm to the next; not 0, where there is a next
   */
  public ShortTerms(Term term, int count, int length, int step, int apart, int normsApart) {
    this.term = term;
    this.length = length;
    this.step = step;
    this.apart = apart;
    this.normsApart = normsApart;
    this.normsEnd = count * normsApart;
  }

  /** Each term has a loop of its own: to choose for each slice takes as long as a short one. */
  @Override
  public void writeNorms(float[] x, int at, float[] norms, int first) {
    switch (term) {
      case SQUARES -> throw new AssertionError("ShortSlices sums them");
      case ABSOLUTES -> writeSums(x, at, norms, first);
      case NONZEROS -> writeCounts(x, at, norms, first);
      case MAXIMA -> writeLargest(x, at, norms, first);
      case MINIMA -> writeSmallest(x, at, norms, first);
    }
  }

  private void writeSums(float[] x, int at, float[] norms, int first) {
    int i = at;
    int to = first;
    do {
      norms[to] =
          (float)
              (length > ShortSlices.MOST
                  ? PlainAbsolutes.sum(x, i, length)
                  : PlainAbsolutes.upTo8(x, i, step, length));
      i += apart;
      to += normsApart;
    } while (to != first + normsEnd);
  }

  private void writeCounts(float[] x, int at, float[] norms, int first) {
    int i = at;
    int to = first;
    do {
      norms[to] =
          (float)
              (length > ShortSlices.MOST
                  ? PlainTerms.countNonZeros(x, i, length)
                  : PlainTerms.countUpTo8(x, i, step, length));
      i += apart;
      to += normsApart;
    } while (to != first + normsEnd);
  }

  private void writeLargest(float[] x, int at, float[] norms, int first) {
    int i = at;
    int to = first;
    do {
      norms[to] =
          (float)
              (length > ShortSlices.MOST
                  ? PlainTerms.largest(x, i, length)
                  : PlainTerms.largestOfUpTo8(x, i, step, length));
      i += apart;
      to += normsApart;
    } while (to != first + normsEnd);
  }

  private void writeSmallest(float[] x, int at, float[] norms, int first) {
    int i = at;
    int to = first;
    do {
      norms[to] =
          (float)
              (length > ShortSlices.MOST
                  ? PlainTerms.smallest(x, i, length)
                  : PlainTerms.smallestOfUpTo8(x, i, step, length));
      i += apart;
      to += normsApart;
    } while (to != first + normsEnd);
  }
}
