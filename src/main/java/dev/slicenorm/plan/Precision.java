package dev.slicenorm.plan;

import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Memory;
import org.jspecify.annotations.Nullable;

/**
 * What elements are held in while they are computed with: {@code float[]} rows summed in {@code
 * double}, or {@code double[]} rows summed as pairs. It packs any memory into such rows and unpacks
 * results with one rounding.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
public sealed interface Precision<A> permits FloatPrecision, DoublePrecision {

  /** {@return the primitives} */
  SliceKernel<A> kernel();

  /** {@return the same, with plain loops for primitives} */
  Precision<A> plain();

  /** {@return room for so many elements} */
  A allocate(int size);

  /** {@return how many elements fit} */
  int size(A row);

  /** {@return a walk that is the caller's until it is given back} */
  Walk<A> lend();

  /** {@return the array that a memory is, if the kernels can work on it in place} */
  @Nullable A inPlace(Memory memory);

  /** Copies elements at an even step from memory to a row, widened exactly. */
  void load(Memory memory, DType dtype, long at, long step, A row, int to, int count);

  /**
   * Sums the squares of elements at an even step, of one block at most, where they lie, if there is
   * a way that beats packing them first.
   *
   * @return whether there is; otherwise nothing of use was done
   */
  boolean squareInPlace(
      Memory memory, DType dtype, long at, long step, int count, Sums sums, int out);

  /** Copies elements of a row to memory at an even step, each rounded once. */
  void store(A row, int from, Memory memory, DType dtype, long at, long step, int count);

  /** Multiplies elements by a power of two. */
  void rescale(A row, int at, int count, double powerOfTwo);

  /** F32 rows: for reading F32, F16 and BF16, and for writing F32. */
  Precision<float[]> SINGLE = new FloatPrecision(false);

  /** F64 rows: for reading and writing anything. */
  Precision<double[]> DOUBLE = new DoublePrecision(false);

  /** F32 rows, by plain loops. */
  Precision<float[]> PLAIN_SINGLE = new FloatPrecision(true);

  /** F64 rows, by plain loops. */
  Precision<double[]> PLAIN_DOUBLE = new DoublePrecision(true);
}
