package dev.slicenorm.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.function.Consumer;

/**
 * Sends a task over all chunks of a plan, on the caller's thread or shared out to several.
 *
 * <p>A call goes {@code Walks.run(Walks.begin(plan, precision).with(x).with(y), threads, task)}. On
 * one thread it allocates nothing.
 */
public final class Walks {

  /** Stands for any thread but the caller's; it is never started. */
  private static final Thread ANY_OTHER = Thread.ofPlatform().unstarted(() -> {});

  private Walks() {}

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
   * @param task is given a walk at each chunk; where there are several threads, at once
   */
  public static <A> void run(Walk<A> walk, int most, Consumer<Walk<A>> task) {
    SlicePlan plan = walk.plan();
    long size = plan.chunkSize();
    if (most > 1 && walk.isOpenTo(ANY_OTHER)) {
      share(walk, most, size, task);
    } else {
      sweep(walk, size, 0, chunks(plan, size), task);
    }
  }

  private static long chunks(SlicePlan plan, long size) {
    return size == 0 ? 0 : plan.runs() * chunksPerRun(plan, size);
  }

  private static long chunksPerRun(SlicePlan plan, long size) {
    return size >= plan.runSize() ? 1 : (plan.runSize() + size - 1) / size;
  }

  private static <A> void share(Walk<A> walk, int threads, long usual, Consumer<Walk<A>> task) {
    SlicePlan plan = walk.plan();
    boolean tooFew = chunks(plan, usual) < threads && plan.slices() >= threads;
    long size =
        tooFew ? Math.max(1, plan.runSize() / ((threads + plan.runs() - 1) / plan.runs())) : usual;
    long chunks = chunks(plan, size);
    int parts = Math.clamp(chunks, 1, threads);
    List<ForkJoinTask<?>> others = new ArrayList<>();
    for (int part = 1; part < parts; part++) {
      long from = chunks * part / parts;
      long to = chunks * (part + 1) / parts;
      Walk<A> other = walk.another();
      other.follow(walk);
      Callable<Void> work =
          () -> {
            sweep(other, size, from, to, task);
            return null;
          };
      others.add(ForkJoinPool.commonPool().submit(work));
    }
    RuntimeException failure = null;
    try {
      sweep(walk, size, 0, chunks / parts, task);
    } catch (RuntimeException e) {
      failure = e;
    }
    for (ForkJoinTask<?> other : others) {
      try {
        other.join();
      } catch (RuntimeException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static <A> void sweep(
      Walk<A> walk, long size, long fromChunk, long toChunk, Consumer<Walk<A>> task) {
    SlicePlan plan = walk.plan();
    long perRun = toChunk == 0 ? 1 : chunksPerRun(plan, size);
    long run = fromChunk == 0 ? 0 : fromChunk / perRun;
    long first = fromChunk == 0 ? 0 : fromChunk % perRun * size;
    for (long chunk = fromChunk; chunk < toChunk; chunk++) {
      walk.moveTo(run, first, (int) Math.min(size, plan.runSize() - first));
      task.accept(walk);
      first += size;
      if (first >= plan.runSize()) {
        first = 0;
        run++;
      }
    }
    // Not in a finally block: a walk that failed half-way may be in any state, and is left to the
    // GC.
    walk.release();
  }
}
