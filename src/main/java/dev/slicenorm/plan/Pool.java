package dev.slicenorm.plan;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A few objects to be lent out and taken back, so that calls don't allocate their working memory.
 *
 * <p>Not tied to threads: nothing is left behind in an application's thread pool, and virtual
 * threads don't each grow one. When more are out than are kept, newer ones take the place of older
 * ones.
 *
 * @param <T> what is lent
 */
final class Pool<T extends Pool.Loan> {

  private static final int KEPT = 16;

  private volatile Loan[] kept = new Loan[0];
  private final Supplier<T> fresh;
  private int oldest;

  Pool(Supplier<T> fresh) {
    this.fresh = fresh;
  }

  /**
   * Something that is lent, and knows whether it is out. To lend and to take back changes one
   * number: to take references out of a shared array and to put them back costs G1 two memory
   * barriers, 20 ns.
   */
  abstract static class Loan {

    private static final int IDLE = 0;
    private static final int OUT = 1;

    private final AtomicInteger state = new AtomicInteger(OUT);

    private boolean take() {
      return state.getPlain() == IDLE && state.compareAndSet(IDLE, OUT);
    }

    /** Takes the object back; the caller must not use it any more. */
    final void giveBack() {
      state.setRelease(IDLE);
    }
  }

  /** {@return an object that is the caller's until it is given back} */
  @SuppressWarnings("unchecked") // What is kept was fresh once.
  T lend() {
    for (Loan object : kept) {
      if (object.take()) {
        return (T) object;
      }
    }
    T more = fresh.get();
    keep(more);
    return more;
  }

  private synchronized void keep(T object) {
    Loan[] more = Arrays.copyOf(kept, Math.min(kept.length + 1, KEPT));
    if (kept.length < KEPT) {
      more[kept.length] = object;
    } else {
      more[oldest] = object;
      oldest = (oldest + 1) % KEPT;
    }
    kept = more;
  }
}
