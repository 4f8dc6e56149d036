package dev.slicenorm.plan;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * A few objects to be lent out and taken back, so that calls don't allocate their working memory.
 *
 * <p>Not tied to threads: nothing is left behind in an application's thread pool, and virtual
 * threads don't each grow one. When more are out than are kept, the rest are garbage.
 *
 * @param <T> what is lent
 */
final class Pool<T> {

  private static final int KEPT = 16;

  private final AtomicReferenceArray<T> idle = new AtomicReferenceArray<>(KEPT);

  T lend(Supplier<T> fresh) {
    for (int slot = 0; slot < KEPT; slot++) {
      if (idle.getPlain(slot) != null) {
        T taken = idle.getAndSet(slot, null);
        if (taken != null) {
          return taken;
        }
      }
    }
    return fresh.get();
  }

  void giveBack(T object) {
    for (int slot = 0; slot < KEPT; slot++) {
      if (idle.getPlain(slot) == null && idle.compareAndSet(slot, null, object)) {
        return;
      }
    }
  }
}
