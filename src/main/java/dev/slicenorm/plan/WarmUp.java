package dev.slicenorm.plan;

import dev.slicenorm.kernel.Kernels;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The first calls of one way through a kernel. Until C2 has compiled a loop over vectors, each of
 * them is an object, and the loop takes 20 to 1000 times as long as the plain one that gives the
 * same bits. So plain loops do the work, while a thread of its own {@linkplain Rehearsal rehearses}
 * with vectors; when these keep up, all is for them.
 *
 * <p>A way that is gone once is not rehearsed: such a program is over before it would pay.
 */
final class WarmUp {

  private enum State {
    UNUSED,
    USED,
    REHEARSED
  }

  /**
   * Nanoseconds from the second call to the rehearsal, in which C2 compiles the plain loops: behind
   * vectors they would wait for it (first 100 gradients of 1024x1024 by columns on Zen 5: 435 ms
   * so, 816 at once; forward 330 and 621).
   */
  private static final long PAUSE = 300_000_000L;

  private final AtomicReference<State> state = new AtomicReference<>(State.UNUSED);
  private volatile boolean over;

  /** Begins, or is over, where the chosen kernel needs none. */
  WarmUp() {
    this(Kernels.warmUp());
  }

  /** Begins, or is over. */
  WarmUp(boolean begins) {
    over = !begins;
  }

  /** {@return whether vectors keep up with plain loops} */
  boolean isOver() {
    return over;
  }

  /**
   * Takes note of a call for which this is not over, and begins to rehearse at the second.
   *
   * @param rehearsal gives what is to be rehearsed
   */
  void use(Supplier<Rehearsal> rehearsal) {
    if (state.compareAndSet(State.USED, State.REHEARSED)) {
      Rehearsal made = rehearsal.get();
      long start = System.nanoTime() + PAUSE;
      WarmUpThread.run(() -> {
        parkUntil(start);
        rehearse(made);
      });
    } else {
      state.compareAndSet(State.UNUSED, State.USED);
    }
  }

  private static void parkUntil(long start) {
    for (long left = start - System.nanoTime(); left > 0; left = start - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** A failure is logged: nobody waits for this, and the work goes on. */
  private void rehearse(Rehearsal rehearsal) {
    Logger logger = System.getLogger("dev.slicenorm");
    try {
      over = rehearsal.succeeds(Rehearsal.PATIENCE);
      if (!over) {
        logger.log(Level.INFO, "vectors stay slower than plain loops: {0}", rehearsal.name());
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      logger.log(Level.WARNING, "vectors failed, plain loops go on: " + rehearsal.name(), e);
    }
  }
}
