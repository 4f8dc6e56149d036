package dev.slicenorm.plan;

import dev.slicenorm.kernel.Kernels;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Sends a task over all chunks of a plan, on the caller's thread or shared out to several.
 *
 * <p>A call goes {@code Walks.run(Walks.begin(plan, precision).with(x).with(y), threads, task,
 * work)}. On one thread it allocates nothing.
 */
public final class Walks {

  /** Stands for any thread but the caller's; it is never started. */
  private static final Thread ANY_OTHER = anyOther();

  private Walks() {}

  /** It keeps nothing of the thread that happened to call first: neither values nor a loader. */
  private static Thread anyOther() {
    Thread thread = Thread.ofPlatform().inheritInheritableThreadLocals(false).unstarted(() -> {});
    thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
    return thread;
  }

  /**
   * {@return a walk that waits for its operands}
   *
   * @param plan the plan
   * @param precision what is computed in
   */
  public static <A> Walk<A> begin(SlicePlan plan, Precision<A> precision) {
    Walk<A> walk = precision.lend();
    walk.start(plan);
    return walk;
  }

  /**
   * Runs a task on every chunk. Every slice belongs to exactly one chunk, and is computed alike
   * wherever the borders lie.
   *
   * @param walk a walk with all its operands; not to be used afterwards
   * @param most how many threads may work, the caller's included; memory that is confined to the
   *     caller allows only one
   * @param task is given a walk at each chunk; where there are several threads, at once. Touches
   *     nothing but what the walk leads to: as long as vectors are {@linkplain WarmUp slow}, it is
   *     also given walks over other tensors, from another thread
   * @param work what the task does
   */
  public static <A> void run(Walk<A> walk, int most, Consumer<Walk<A>> task, Work work) {
    try {
      if (WarmUps.areOver(walk, work)) {
        runAll(walk, most, task);
      } else {
        WarmUps.of(walk, work).use(() -> MadeUpSlices.like(walk).rehearsal(task));
        run(walk.plain(), most, task);
      }
    } finally {
      walk.release();
    }
  }

  /** Runs a task by the primitives of the walk. */
  static <A> void run(Walk<A> walk, int most, Consumer<Walk<A>> task) {
    try {
      runAll(walk, most, task);
    } finally {
      walk.release();
    }
  }

  /**
   * Waits until vectors are compiled for whatever was done twice or more.
   *
   * @param most how long to wait at most
   * @return whether nothing more is being compiled
   */
  public static boolean awaitVectors(Duration most) throws InterruptedException {
    return !Kernels.warmUp() || WarmUpThread.await(most);
  }

  /**
   * Writes the roots of sums of squares of operand 0 to operand 1 on the caller's thread, without
   * going to every chunk, if there is a way for it.
   *
   * @param walk a walk with both operands; not to be used afterwards if this was done
   * @return whether it was; otherwise nothing was, as while vectors are slow
   */
  public static <A> boolean writeAllRoots(Walk<A> walk) {
    if (!WarmUps.areOver(walk, Work.SQUARES)) {
      return false;
    }
    boolean isOver = true;
    try {
      isOver = walk.writeAllRoots(1);
      return isOver;
    } finally {
      if (isOver) {
        walk.release();
      }
    }
  }

  private static <A> void runAll(Walk<A> walk, int most, Consumer<Walk<A>> task) {
    SlicePlan plan = walk.plan();
    int threads = most > 1 && walk.isOpenTo(ANY_OTHER) ? most : 1;
    long size = plan.chunkSize();
    if (threads > 1 && plan.slices() >= threads) {
      // Not fewer chunks than threads, and of rows some more: a helper comes late.
      long least = plan.isRows() ? 4L * threads : threads;
      long perThread = plan.runSize() / ((least + plan.runs() - 1) / plan.runs());
      size = Math.clamp(perThread, 1, size);
    } else {
      walk.shareSlices(threads);
      threads = 1;
    }
    long perRun = size >= plan.runSize() ? 1 : (plan.runSize() + size - 1) / size;
    long chunks = size == 0 ? 0 : plan.runs() * perRun;
    if (threads > 1) {
      long step = size;
      Crew.share(
          chunks,
          threads,
          chunk -> runAt(walk, step, task, perRun, chunk),
          () -> new Sweep<>(walk.follower(), step, task, perRun));
      return;
    }
    // Without a sweep, which C1 would allocate: a call of milliseconds meets C2 late.
    for (long chunk = 0; chunk < chunks; chunk++) {
      runAt(walk, size, task, perRun, chunk);
    }
  }

  private static <A> void runAt(
      Walk<A> walk, long size, Consumer<Walk<A>> task, long perRun, long chunk) {
    long run = perRun == 1 ? chunk : chunk / perRun;
    long first = (chunk - run * perRun) * size;
    walk.moveTo(run, first, (int) Math.min(size, walk.plan().runSize() - first));
    task.accept(walk);
  }

  /** A helper's walk over chunks. */
  private record Sweep<A>(Walk<A> walk, long size, Consumer<Walk<A>> task, long perRun)
      implements Crew.Worker {

    @Override
    public void at(long chunk) {
      runAt(walk, size, task, perRun, chunk);
    }

    @Override
    public void end() {
      walk.release();
    }
  }
}
