package dev.slicenorm.plan;

import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;

/**
 * The pairwise tree over blocks, for many neighbouring slices at once: a stack of complete groups,
 * the largest at the bottom, of which equals are merged at once.
 */
final class Tree {

  private Sums levels = new Sums(0);
  private Term term = Term.SQUARES;
  private boolean keepsErrors;
  private int width;
  private int top;
  private long leaves;

  /** Starts anew, for {@code width} slices and at most {@code mostLeaves} blocks. */
  void start(Term newTerm, boolean errors, int newWidth, long mostLeaves) {
    term = newTerm;
    keepsErrors = errors;
    width = newWidth;
    top = 0;
    leaves = 0;
    int depth = Long.SIZE - Long.numberOfLeadingZeros(mostLeaves) + 1;
    if (levels.hi.length < depth * width) {
      levels = new Sums(depth * width);
    }
  }

  /** {@return where the next leaf is to be put} */
  int leaf() {
    return top * width;
  }

  /** {@return what holds the leaves} */
  Sums levels() {
    return levels;
  }

  /** Puts and takes a leaf: some sums of {@code from}. */
  void push(Sums from, int at) {
    System.arraycopy(from.hi, at, levels.hi, leaf(), width);
    System.arraycopy(from.lo, at, levels.lo, leaf(), width);
    push();
  }

  /**
   * Puts and takes many leaves of one slice. Groups that are complete among them are merged where
   * they lie: leaf by leaf takes 9 ns each (64K floats on Zen 5: 2.12 µs, against 1.95).
   *
   * @param from overwritten
   * @param count how many of its first sums; those that were taken before are a multiple of the
   *     largest power of two that is not more
   */
  void pushAll(Sums from, int count) {
    if (keepsErrors || term != Term.SQUARES) {
      for (int i = 0; i < count; i++) {
        push(from, i);
      }
      return;
    }
    for (int at = 0; at < count; ) {
      int size = Integer.highestOneBit(count - at);
      from.addNeighbours(at, size);
      levels.hi[top] = from.hi[at];
      push(size);
      at += size;
    }
  }

  /** Takes the leaf that was put. */
  void push() {
    push(1);
  }

  /** Takes what was put, the sums of a complete group of so many leaves. */
  private void push(int size) {
    top++;
    for (long group = leaves / size; (group & 1) == 1; group >>= 1) {
      merge();
    }
    leaves += size;
  }

  /** Merges what is left, from the last group to the first, and copies the sums out. */
  void finish(Sums target, int at) {
    if (leaves == 0) {
      target.clear(term, keepsErrors, at, width);
      return;
    }
    while (top > 1) {
      merge();
    }
    System.arraycopy(levels.hi, 0, target.hi, at, width);
    System.arraycopy(levels.lo, 0, target.lo, at, width);
  }

  private void merge() {
    top--;
    merge(levels, term, keepsErrors, (top - 1) * width, top * width, width);
  }

  static void merge(Sums sums, Term term, boolean keepsErrors, int to, int from, int count) {
    if (keepsErrors && (term == Term.SQUARES || term == Term.ABSOLUTES)) {
      sums.addPairs(to, from, count);
    } else {
      sums.combine(term, to, from, count);
    }
  }
}
