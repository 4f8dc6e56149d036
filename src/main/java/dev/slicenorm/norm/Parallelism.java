package dev.slicenorm.norm;

/**
 * How many threads may share one call, the caller's own included. The result has the same bits for
 * any number.
 *
 * <p>Helpers come from the common {@link java.util.concurrent.ForkJoinPool}; slicenorm starts no
 * thread of its own.
 *
 * {@snippet file="dev/slicenorm/snippets/NormSnippetsTest.java" region="parallelism"}
 *
 * @param threads at least 1
 * @param leastElements calls on fewer elements stay on the caller's thread
 */
public record Parallelism(int threads, long leastElements) {

  /**
   * Elements from which a second thread pays: waking a parked worker costs 15 to 50 µs, in which
   * one thread reads 1M to 2M floats.
   */
  private static final long WORTH_WAKING = 1L << 19;

  /** The caller's thread only: the default. */
  public static final Parallelism SEQUENTIAL = new Parallelism(1, Long.MAX_VALUE);

  /** Checks the values. */
  public Parallelism {
    if (threads < 1) {
      throw new IllegalArgumentException("threads " + threads + ": expected at least 1");
    }
    if (leastElements < 0) {
      throw new IllegalArgumentException("leastElements " + leastElements + ": expected 0 or more");
    }
  }

  /** {@return all processors, on tensors large enough for them to pay} */
  public static Parallelism automatic() {
    return new Parallelism(Runtime.getRuntime().availableProcessors(), WORTH_WAKING);
  }

  /**
   * {@return so many threads, whatever the size}
   *
   * @param threads at least 1
   */
  public static Parallelism threads(int threads) {
    return new Parallelism(threads, 0);
  }

  /**
   * {@return the threads for a call}
   *
   * @param elements the elements that it reads
   */
  public int threadsFor(long elements) {
    return elements < leastElements ? 1 : threads;
  }
}
