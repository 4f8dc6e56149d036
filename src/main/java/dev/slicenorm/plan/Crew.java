package dev.slicenorm.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Shares numbered pieces of work among the caller and helpers from the common pool.
 *
 * <p>The caller starts at once, and a helper takes pieces when it has woken up, which takes 15 to
 * 50 µs. One that did not wake up in time is not waited for. So helpers cost little where they
 * don't pay.
 */
final class Crew {

  /** Waking up after a wait takes longer than the last piece of a helper usually does. */
  private static final int SPINS = 20_000;

  /** Set to 0, this property leaves the common pool without threads; it still counts as 1. */
  private static final boolean HAS_HELPERS =
      Integer.getInteger("java.util.concurrent.ForkJoinPool.common.parallelism", 1) != 0;

  private final long pieces;
  private final AtomicLong next = new AtomicLong();

  /** One thread's share. */
  interface Worker {

    /** Does one piece. */
    void at(long piece);

    /** Called once, when no piece is left, or one failed. */
    default void end() {}
  }

  private Crew(long pieces) {
    this.pieces = pieces;
  }

  /**
   * Does all pieces, each once, in any order, and returns when the last is done.
   *
   * @param pieces how many
   * @param threads how many threads may work, the caller's included
   * @param own the caller's, which is not told of the end
   * @param others makes a worker for another thread, on that thread
   */
  static void share(long pieces, int threads, Worker own, Supplier<? extends Worker> others) {
    Crew crew = new Crew(pieces);
    List<Helper> helpers = new ArrayList<>();
    for (int i = 1; HAS_HELPERS && i < Math.min(threads, pieces); i++) {
      Helper helper = crew.new Helper(others);
      ForkJoinPool.commonPool().execute(helper);
      helpers.add(helper);
    }
    try {
      crew.work(own);
    } finally {
      // Also after a failure: nobody may be at work on the caller's memory when this returns.
      crew.next.set(pieces);
      // The last one first: it lies on top of the others if none was taken.
      helpers.reversed().forEach(Helper::await);
    }
    helpers.forEach(Helper::rethrow);
  }

  private void work(Worker worker) {
    for (long piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
      worker.at(piece);
    }
  }

  /** A task that can be called off as long as it has not started. */
  private final class Helper extends ForkJoinTask<Void> {

    private static final long serialVersionUID = 1L;

    private static final int WAITING = 0;
    private static final int STARTED = 1;
    private static final int CALLED_OFF = 2;

    private final transient Supplier<? extends Worker> workers;
    private final AtomicInteger state = new AtomicInteger(WAITING);

    Helper(Supplier<? extends Worker> workers) {
      this.workers = workers;
    }

    @Override
    protected boolean exec() {
      if (state.compareAndSet(WAITING, STARTED)) {
        Worker worker = workers.get();
        try {
          work(worker);
        } finally {
          worker.end();
        }
      }
      return true;
    }

    @Override
    public Void getRawResult() {
      return null;
    }

    @Override
    protected void setRawResult(Void value) {}

    void await() {
      if (state.compareAndSet(WAITING, CALLED_OFF)) {
        // Where all threads of the pool are busy they would pile up.
        tryUnfork();
        return;
      }
      for (int i = 0; i < SPINS && !isDone(); i++) {
        Thread.onSpinWait();
      }
      quietlyJoin();
    }

    void rethrow() {
      if (state.get() == STARTED) {
        join();
      }
    }
  }
}
