package dev.slicenorm.jmh;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What the memory can do, measured in the same run as the work: the limit is the faster of a sweep
 * with the Vector API and, where there is a C compiler, the same sweep in C. Each thread sweeps a
 * part of its own, over and over, so the parts lie in whatever cache holds them.
 */
public final class Bandwidth {

  private static final long WARM_UP_NANOS = 300_000_000L;
  private static final long WINDOW_NANOS = 100_000_000L;
  private static final int WINDOWS = 5;
  private static final int CACHE_LINE = 64;

  private Bandwidth() {}

  /** What the memory has to do. */
  public enum Kind {
    /** Read all. */
    READ,
    /** Read one half, write the other. */
    SCALE,
    /**
     * Read all and add the squares in double, in C only: in the level-1 cache the conversions bound
     * that at a third of what plain reading reaches, further out they cost nothing.
     */
    NORM
  }

  /**
   * One pass over memory: {@code bytes} of {@code from}, and as many of {@code to} to be written.
   */
  interface Sweep {
    /** Does the pass and returns something that depends on it. */
    float pass(MemorySegment from, MemorySegment to, long bytes);
  }

  /**
   * {@return GB/s by the language of the sweep, best of a few windows}
   *
   * @param kind what to do
   * @param bytes the working set of all threads, read and written together
   * @param threads how many
   */
  static Map<String, Double> measure(Kind kind, long bytes, int threads) {
    Map<String, Double> measured = new LinkedHashMap<>();
    sweeps(kind).forEach((name, sweep) -> measured.put(name, best(sweep, kind, bytes, threads)));
    return measured;
  }

  private static Map<String, Sweep> sweeps(Kind kind) {
    Map<String, Sweep> sweeps = new LinkedHashMap<>();
    switch (kind) {
      case READ -> sweeps.put("Java", VectorSweeps::read);
      case SCALE -> sweeps.put("Java", VectorSweeps::scale);
      case NORM -> {}
    }
    CompiledSweeps.find(kind).ifPresent(sweep -> sweeps.put("C", sweep));
    return sweeps;
  }

  private static double best(Sweep sweep, Kind kind, long bytes, int threads) {
    int operands = kind == Kind.SCALE ? 2 : 1;
    long unit = VectorSweeps.STRIDE_BYTES;
    long part = Math.max(unit, bytes / threads / operands / unit * unit);
    CyclicBarrier start = new CyclicBarrier(threads);
    try (Arena arena = Arena.ofShared();
        ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Callable<Double>> tasks = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        MemorySegment from = arena.allocate(part, CACHE_LINE);
        MemorySegment to = kind != Kind.SCALE ? from : arena.allocate(part, CACHE_LINE);
        tasks.add(() -> {
          start.await();
          return window(sweep, from, to, part, WINDOW_NANOS) * operands;
        });
      }
      MemorySegment warm = arena.allocate(part, CACHE_LINE);
      window(sweep, warm, warm, part, WARM_UP_NANOS);
      double best = 0;
      for (int i = 0; i < WINDOWS; i++) {
        double sum = 0;
        for (Future<Double> thread : pool.invokeAll(tasks)) {
          sum += thread.get();
        }
        best = Math.max(best, sum);
      }
      return best;
    } catch (Exception e) {
      throw new IllegalStateException("the sweep of " + bytes + " bytes failed", e);
    }
  }

  /** {@return bytes of one operand per nanosecond, which is GB/s} */
  private static double window(
      Sweep sweep, MemorySegment from, MemorySegment to, long bytes, long nanos) {
    long batch = Math.max(1, (1 << 20) / bytes);
    long passes = 0;
    float sum = 0;
    long start = System.nanoTime();
    long elapsed;
    do {
      for (long i = 0; i < batch; i++) {
        sum += sweep.pass(from, to, bytes);
      }
      passes += batch;
      elapsed = System.nanoTime() - start;
    } while (elapsed < nanos);
    Timing.sink = sum;
    return (double) passes * bytes / elapsed;
  }
}
