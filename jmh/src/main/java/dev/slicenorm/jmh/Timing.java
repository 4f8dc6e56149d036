package dev.slicenorm.jmh;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Times calls without JMH, so that libraries can be timed in turn inside one process. */
final class Timing {

  private static final Duration MOST_WAIT = Duration.ofMinutes(2);

  /** Written once per window: the sum of results must be seen by somebody. */
  static volatile double sink;

  private Timing() {}

  /**
   * Waits until the library works with vectors on what was called twice or more. What calls it is
   * compiled anew then, and has to be warmed up once more.
   */
  static void awaitVectors() {
    try {
      if (!dev.slicenorm.Slicenorm.awaitVectors(MOST_WAIT)) {
        throw new IllegalStateException("vectors were not compiled within " + MOST_WAIT);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * {@return the time of a call: the median over batches, which last a tenth of the window, or one
   * call each where that takes longer}
   *
   * <p>A mean would be unfair to libraries that return fresh memory: now and then the system takes
   * 0.1 s to hand out 64 MB.
   *
   * @param task what to call
   * @param windowNanos the least time to go on for
   */
  static double nanosPerCall(Task task, long windowNanos) {
    List<Double> batches = new ArrayList<>();
    long batch = 1;
    int turn = 0;
    double sum = 0;
    long start = System.nanoTime();
    long before = start;
    long now;
    do {
      for (long i = 0; i < batch; i++) {
        sum += task.call(turn++);
      }
      now = System.nanoTime();
      // Reading the clock takes 20 ns: long batches hide that.
      if (now - before < windowNanos / 20) {
        batches.clear();
        batch *= 2;
      } else {
        batches.add((double) (now - before) / batch);
      }
      before = now;
    } while (now - start < windowNanos || batches.isEmpty());
    sink = sum;
    batches.sort(null);
    return batches.get(batches.size() / 2);
  }
}
