package dev.slicenorm.jmh;

/** Times calls without JMH, so that libraries can be timed in turn inside one process. */
final class Timing {

  /** Written once per window: the sum of results must be seen by somebody. */
  static volatile double sink;

  private Timing() {}

  /**
   * {@return the mean time of a call over a window, at least one call}
   *
   * @param task what to call
   * @param windowNanos the least time to go on for
   */
  static double nanosPerCall(Task task, long windowNanos) {
    long calls = 0;
    long batch = 1;
    int turn = 0;
    double sum = 0;
    long start = System.nanoTime();
    long elapsed;
    do {
      for (long i = 0; i < batch; i++) {
        sum += task.call(turn++);
      }
      calls += batch;
      elapsed = System.nanoTime() - start;
      // Reading the clock takes 20 ns: batches of a tenth of the window hide that.
      if (elapsed < windowNanos / 10) {
        batch *= 2;
      }
    } while (elapsed < windowNanos);
    sink = sum;
    return (double) elapsed / calls;
  }
}
