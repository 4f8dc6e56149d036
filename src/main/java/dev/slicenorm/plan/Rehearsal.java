package dev.slicenorm.plan;

/**
 * A task that is done again and again, by vectors and by plain loops, until vectors keep up.
 *
 * @param name what it is
 * @param byVectors does it by vectors
 * @param plainly does it by plain loops
 */
record Rehearsal(String name, Runnable byVectors, Runnable plainly) {

  /** Vectors are objects that take more than this many times as long as plain loops. */
  private static final int SLOW = 2;

  /** Times in a row that vectors have to keep up. */
  private static final int CONVINCING = 3;

  /** Nanoseconds after which vectors that are still slow are given up. */
  static final long PATIENCE = 60_000_000_000L;

  /**
   * {@return whether vectors keep up sooner or later}
   *
   * @param patience nanoseconds after which vectors that are still slow are given up
   */
  boolean succeeds(long patience) {
    long start = System.nanoTime();
    long plain = Long.MAX_VALUE;
    int inARow = 0;
    while (inARow < CONVINCING) {
      plain = Math.min(plain, time(plainly));
      inARow = time(byVectors) / SLOW <= plain ? inARow + 1 : 0;
      if (inARow == 0 && System.nanoTime() - start > patience) {
        return false;
      }
    }
    return true;
  }

  private static long time(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return System.nanoTime() - start;
  }
}
