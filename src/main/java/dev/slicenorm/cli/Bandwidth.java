package dev.slicenorm.cli;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.time.Duration;

/**
 * How fast row norms are read here, by the library and by the loop that one would write instead: a
 * look at the machine within a second, no benchmark.
 *
 * <p>Both take turns, and the best round of each counts, so that a pause or a neighbour on the
 * machine hardly shows in their ratio. The data is 4 MB: more than most level 2 caches, and in
 * reach of level 3.
 *
 * @param library GB/s read by {@link SliceNorms}
 * @param plainLoop GB/s read by the loop
 */
record Bandwidth(double library, double plainLoop) {

  private static final int ROWS = 256;
  private static final int LENGTH = 4096;
  private static final double BYTES = (double) ROWS * LENGTH * Float.BYTES;
  private static final long DURATION = 1_000_000_000L;
  private static final long LONGEST = 10 * DURATION;

  static Bandwidth measure() {
    float[] values = new float[ROWS * LENGTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i % 1009 - 504) / 512f;
    }
    Tensor x = Tensor.of(values, ROWS, LENGTH);
    Tensor norms = Tensor.zeros(DType.F32, ROWS, 1);
    SliceNorms rows = SliceNorms.l2(Axes.along(-1));
    float[] plain = new float[ROWS];
    compileVectors(() -> rows.into(x, norms));
    long library = Long.MAX_VALUE;
    long loop = Long.MAX_VALUE;
    long start = System.nanoTime();
    long faster = start;
    long now = start;
    // On a busy machine C2 takes longer than usual.
    while (now - faster < DURATION || (library > loop && now - start < LONGEST)) {
      long before = System.nanoTime();
      rows.into(x, norms);
      long between = System.nanoTime();
      plainLoop(values, plain);
      now = System.nanoTime();
      faster = between - before < 0.9 * library ? now : faster;
      library = Math.min(library, between - before);
      loop = Math.min(loop, now - between);
    }
    requireEqual(norms.toFloatArray(), plain);
    return new Bandwidth(BYTES / library, BYTES / loop);
  }

  /** Vectors are for what was called twice, when they are compiled. */
  private static void compileVectors(Runnable call) {
    call.run();
    call.run();
    try {
      dev.slicenorm.Slicenorm.awaitVectors(Duration.ofNanos(LONGEST));
    } catch (InterruptedException e) {
      // Then plain loops are measured.
      Thread.currentThread().interrupt();
    }
  }

  /** Sums in double, as the library does, so that both do the same work. */
  private static void plainLoop(float[] values, float[] norms) {
    for (int row = 0; row < ROWS; row++) {
      double sum = 0;
      for (int i = row * LENGTH; i < (row + 1) * LENGTH; i++) {
        sum += (double) values[i] * values[i];
      }
      norms[row] = (float) Math.sqrt(sum);
    }
  }

  /** A kernel that is fast and wrong is not fast; and neither loop may be optimized away. */
  private static void requireEqual(float[] library, float[] plain) {
    for (int row = 0; row < ROWS; row++) {
      if (Math.abs(library[row] - plain[row]) > Math.ulp(plain[row])) {
        throw new IllegalStateException(
            "row " + row + ": norm " + library[row] + ", expected " + plain[row]);
      }
    }
  }
}
