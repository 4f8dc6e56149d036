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

  @Override
  public void writeNorms(float[] x, int at, float[] norms, int first) {
    int i = at;
    int to = first;
    do {
      norms[to] = (float) reduce(x, i);
      i += apart;
      to += normsApart;
    } while (to != first + normsEnd);
  }

  private double reduce(float[] x, int at) {
    return length > ShortSlices.MOST
        ? PlainTerms.reduceRow(term, x, at, length)
        : PlainTerms.reduceUpTo8(term, x, at, step, length);
  }
}
