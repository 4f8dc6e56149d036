package dev.slicenorm.plan;

import dev.slicenorm.tensor.Memory;
import dev.slicenorm.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.function.Consumer;

/** Sends a task over all chunks of a plan, on the caller's thread or shared out to several. */
public final class Walks {

  /** Stands for any thread but the caller's; it is never started. */
  private static final Thread ANY_OTHER = Thread.ofPlatform().unstarted(() -> {});

  private Walks() {}

  /**
   * Runs a task on every chunk of a plan. Every slice belongs to exactly one chunk, and is computed
   * alike wherever the borders lie.
   *
   * @param plan the plan
   * @param precision what is computed in
   * @param most how many threads may work, the caller's included; memory that is confined to the
   *     caller allows only one
   * @param task is given a walk at each chunk; where there are several threads, at once
   * @param operands the full tensors, then those with one element per slice, as given to the plan
   */
  public static <A> void run(
      SlicePlan plan,
      Precision<A> precision,
      int most,
      Consumer<Walk<A>> task,
      Tensor... operands) {
    int threads = most > 1 && areShared(operands) ? most : 1;
    long size = Walk.chunkSize(plan);
    long perRun = size == 0 ? 0 : (plan.runSize() + size - 1) / size;
    long chunks = plan.runs() * perRun;
    if (threads > 1 && chunks < threads && plan.slices() >= threads) {
      size = Math.max(1, plan.runSize() / ((threads + plan.runs() - 1) / plan.runs()));
      perRun = (plan.runSize() + size - 1) / size;
      chunks = plan.runs() * perRun;
    }
    int parts = (int) Math.min(threads, chunks);
    if (parts <= 1) {
      walk(plan, precision, size, 0, chunks, task, operands);
      return;
    }
    List<ForkJoinTask<?>> others = new ArrayList<>();
    for (int part = 1; part < parts; part++) {
      long from = chunks * part / parts;
      long to = chunks * (part + 1) / parts;
      long chunkSize = size;
      Callable<Void> work =
          () -> {
            walk(plan, precision, chunkSize, from, to, task, operands);
            return null;
          };
      others.add(ForkJoinPool.commonPool().submit(work));
    }
    RuntimeException failure = null;
    try {
      walk(plan, precision, size, 0, chunks / parts, task, operands);
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

  private static boolean areShared(Tensor[] operands) {
    for (Tensor operand : operands) {
      if (operand.memory() instanceof Memory.Bytes(MemorySegment segment)
          && !segment.isAccessibleBy(ANY_OTHER)) {
        return false;
      }
    }
    return true;
  }

  private static <A> void walk(
      SlicePlan plan,
      Precision<A> precision,
      long size,
      long fromChunk,
      long toChunk,
      Consumer<Walk<A>> task,
      Tensor... operands) {
    Walk<A> walk = precision.lend();
    walk.start(plan);
    for (Tensor operand : operands) {
      walk.add(operand);
    }
    long perRun = (plan.runSize() + size - 1) / size;
    for (long chunk = fromChunk; chunk < toChunk; chunk++) {
      long first = chunk % perRun * size;
      walk.moveTo(chunk / perRun, first, (int) Math.min(size, plan.runSize() - first));
      task.accept(walk);
    }
    // Not in a finally block: a walk that failed half-way may be in any state, and is left to the
    // GC.
    walk.release();
    precision.giveBack(walk);
  }
}
