package dev.slicenorm.norm;

import dev.slicenorm.plan.LoneRows;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Embeddings scaled to length 1, in one line, for those who hold them in arrays or buffers.
 *
 * {@snippet file="dev/slicenorm/snippets/NormSnippetsTest.java" region="embeddings"}
 *
 * <p>Every method returns the lengths that the vectors had. Sums are in {@code double}, so nothing
 * overflows or vanishes on the way; each element, and each length, is rounded once and within
 * 0.5001 ULP of the true value. A vector that has length 1 already changes by an ULP per element at
 * most. The rest is as {@link SliceNorms#normalize(Tensor)} says:
 *
 * <ul>
 *   <li>a zero vector stays zero, and its length is 0;
 *   <li>a vector with a NaN becomes NaN, and so is its length;
 *   <li>of a vector with an infinity, the finite elements become 0 and the infinite ones NaN, and
 *       its length is infinite;
 *   <li>a vector that is longer than {@link Float#MAX_VALUE} becomes a unit vector like any other;
 *       only the length that is returned is infinite.
 * </ul>
 *
 * <p>For another policy for zero vectors, other element types, strides or more threads, use {@link
 * SliceNorms} with {@link Axes#along Axes.along(-1)}; these methods are that and no more.
 */
public final class Embeddings {

  private static final SliceNorms ROWS = SliceNorms.l2(Axes.along(-1));

  private Embeddings() {}

  /**
   * Scales a vector to length 1, in place.
   *
   * @param vector the vector
   * @return the length before
   */
  public static float normalize(float[] vector) {
    return normalize(vector, vector);
  }

  /**
   * Scales a vector to length 1.
   *
   * @param vector the vector
   * @param unit receives the result, of the same length; may be the vector itself
   * @return the length before
   * @throws IllegalArgumentException if the lengths differ
   */
  public static float normalize(float[] vector, float[] unit) {
    Objects.requireNonNull(vector, "vector");
    Objects.requireNonNull(unit, "unit");
    requireLength("unit", unit.length, vector.length);
    if (vector.length <= LoneRows.MOST) {
      return LoneRows.normalize(vector, unit);
    }
    float[] length = new float[1];
    ROWS.normalize(
        Tensor.of(vector, vector.length), Tensor.of(unit, unit.length), Tensor.of(length, 1));
    return length[0];
  }

  /**
   * Scales each vector to length 1, in place.
   *
   * @param vectors the vectors; they may differ in the number of elements, and none may be there
   *     twice
   * @return the lengths before
   */
  public static float[] normalize(float[][] vectors) {
    return normalize(vectors, vectors);
  }

  /**
   * Scales each vector to length 1.
   *
   * @param vectors the vectors; they may differ in the number of elements
   * @param units receive the results, each as long as its vector; may be the vectors themselves,
   *     but no array may be there twice, or be another vector as well
   * @return the lengths before
   * @throws IllegalArgumentException if the numbers of vectors or of elements differ; nothing is
   *     written then
   */
  public static float[] normalize(float[][] vectors, float[][] units) {
    Objects.requireNonNull(vectors, "vectors");
    Objects.requireNonNull(units, "units");
    requireLength("units", units.length, vectors.length);
    int longest = 0;
    for (int i = 0; i < vectors.length; i++) {
      if (vectors[i] == null || units[i] == null) {
        throw new NullPointerException(
            (vectors[i] == null ? "vectors[" : "units[") + i + "] is null: expected a vector");
      }
      if (units[i].length != vectors[i].length) {
        requireLength("units[" + i + "]", units[i].length, vectors[i].length);
      }
      longest = Math.max(longest, vectors[i].length);
    }
    float[] lengths = new float[vectors.length];
    if (longest <= LoneRows.MOST) {
      LoneRows.normalize(vectors, units, lengths);
      return lengths;
    }
    for (int i = 0; i < vectors.length; i++) {
      lengths[i] = normalize(vectors[i], units[i]);
    }
    return lengths;
  }

  /**
   * Scales each vector of a flat batch to length 1, in place.
   *
   * @param batch the vectors, one after the other
   * @param dimension the number of elements of each, at least 1
   * @return the lengths before
   * @throws IllegalArgumentException if the batch is no whole number of vectors
   */
  public static float[] normalize(float[] batch, int dimension) {
    return normalize(batch, dimension, batch);
  }

  /**
   * Scales each vector of a flat batch to length 1.
   *
   * @param batch the vectors, one after the other
   * @param dimension the number of elements of each, at least 1
   * @param units receives the results, as long as the batch; may be the batch itself
   * @return the lengths before
   * @throws IllegalArgumentException if the batch is no whole number of vectors, or the lengths
   *     differ
   */
  public static float[] normalize(float[] batch, int dimension, float[] units) {
    Objects.requireNonNull(batch, "batch");
    Objects.requireNonNull(units, "units");
    requireLength("units", units.length, batch.length);
    int count = count(batch.length, dimension, "floats");
    if (LoneRows.fit(batch, dimension, units)) {
      float[] lengths = new float[count];
      LoneRows.normalize(batch, dimension, units, lengths);
      return lengths;
    }
    return normalize(Tensor.of(batch, count, dimension), Tensor.of(units, count, dimension), count);
  }

  /**
   * Scales each vector of a buffer to length 1, in place.
   *
   * {@snippet file="dev/slicenorm/snippets/NormSnippetsTest.java" region="buffer"}
   *
   * @param batch the vectors, one after the other, from position to limit, which stay as they are;
   *     heap, direct or mapped; little-endian
   * @param dimension the number of elements of each, at least 1
   * @return the lengths before
   * @throws IllegalArgumentException if the bytes are no whole number of vectors, or big-endian
   * @throws IllegalStateException if the buffer is read-only
   */
  public static float[] normalize(ByteBuffer batch, int dimension) {
    return normalize(batch, dimension, batch);
  }

  /**
   * Scales each vector of a buffer to length 1.
   *
   * @param batch the vectors, one after the other, from position to limit, which stay as they are;
   *     heap, direct or mapped; little-endian
   * @param dimension the number of elements of each, at least 1
   * @param units receives the results, with as many bytes from position to limit; little-endian;
   *     may be the batch itself, but must not overlap it otherwise
   * @return the lengths before
   * @throws IllegalArgumentException if the bytes are no whole number of vectors, or big-endian, or
   *     if the two differ in size or overlap in part
   * @throws IllegalStateException if {@code units} is read-only
   */
  public static float[] normalize(ByteBuffer batch, int dimension, ByteBuffer units) {
    Objects.requireNonNull(batch, "batch");
    Objects.requireNonNull(units, "units");
    if (units.remaining() != batch.remaining()) {
      throw new IllegalArgumentException(
          "units has %d bytes from position to limit, expected %d as the batch has"
              .formatted(units.remaining(), batch.remaining()));
    }
    if (batch.remaining() % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "batch of " + batch.remaining() + " bytes: expected a multiple of 4, whole floats");
    }
    int count = count(batch.remaining() / Float.BYTES, dimension, "floats in the buffer");
    return normalize(
        Tensor.of(DType.F32, batch, count, dimension),
        Tensor.of(DType.F32, units, count, dimension),
        count);
  }

  private static float[] normalize(Tensor batch, Tensor units, int count) {
    float[] lengths = new float[count];
    ROWS.normalize(batch, units, Tensor.of(lengths, count, 1));
    return lengths;
  }

  private static int count(int elements, int dimension, String what) {
    if (dimension < 1) {
      throw new IllegalArgumentException("dimension " + dimension + ": expected at least 1");
    }
    if (elements % dimension != 0) {
      throw new IllegalArgumentException(
          elements + " " + what + ": expected a multiple of the dimension " + dimension);
    }
    return elements / dimension;
  }

  private static void requireLength(String name, int length, int expected) {
    if (length != expected) {
      throw new IllegalArgumentException(
          name + " has length " + length + ", expected " + expected + " as the input has");
    }
  }
}
