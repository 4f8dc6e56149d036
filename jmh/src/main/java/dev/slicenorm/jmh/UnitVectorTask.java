package dev.slicenorm.jmh;

import dev.slicenorm.norm.Embeddings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Vectors that are made unit length over and over. They are restored before each pass, since one
 * library leaves alone what is unit length already; that is nobody's time.
 */
abstract class UnitVectorTask {

  private final float[][] source;

  UnitVectorTask(float[][] source) {
    this.source = source;
  }

  /** Copies the data to where they are normalized. */
  abstract void restore();

  /** Normalizes all vectors. */
  abstract void pass();

  /** {@return one vector as the last pass left it} */
  abstract float[] unit(int vector);

  /** {@return a task over arrays that hold a vector each} */
  static UnitVectorTask of(Normalizer normalizer, float[][] source) {
    float[][] vectors = Arrays.stream(source).map(float[]::clone).toArray(float[][]::new);
    return new UnitVectorTask(source) {
      @Override
      void restore() {
        for (int i = 0; i < source.length; i++) {
          System.arraycopy(source[i], 0, vectors[i], 0, source[i].length);
        }
      }

      @Override
      void pass() {
        normalizer.normalize(vectors);
      }

      @Override
      float[] unit(int vector) {
        return vectors[vector];
      }
    };
  }

  /** {@return a task of ours over one array that holds all vectors} */
  static UnitVectorTask flat(float[][] source) {
    int dimension = source[0].length;
    float[] batch = new float[source.length * dimension];
    return new UnitVectorTask(source) {
      @Override
      void restore() {
        for (int i = 0; i < source.length; i++) {
          System.arraycopy(source[i], 0, batch, i * dimension, dimension);
        }
      }

      @Override
      void pass() {
        Embeddings.normalize(batch, dimension);
      }

      @Override
      float[] unit(int vector) {
        return Arrays.copyOfRange(batch, vector * dimension, (vector + 1) * dimension);
      }
    };
  }

  /**
   * {@return the largest error of an element, in ULP, after one pass}
   *
   * @param exact the exact results for the first vectors
   */
  double largestError(List<ExactUnit> exact) {
    restore();
    pass();
    double largest = 0;
    for (int i = 0; i < exact.size(); i++) {
      largest = Math.max(largest, exact.get(i).largestError(unit(i)));
    }
    return largest;
  }

  /**
   * {@return the time of one vector: the median over passes}
   *
   * @param windowNanos the least time to go on for, restoring included
   */
  double nanosPerVector(long windowNanos) {
    List<Long> passes = new ArrayList<>();
    long end = System.nanoTime() + windowNanos;
    while (passes.isEmpty() || System.nanoTime() < end) {
      restore();
      long start = System.nanoTime();
      pass();
      passes.add(System.nanoTime() - start);
      Timing.sink = unit(0)[0];
    }
    passes.sort(null);
    return (double) passes.get(passes.size() / 2) / source.length;
  }
}
