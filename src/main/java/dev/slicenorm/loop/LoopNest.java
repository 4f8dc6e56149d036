package dev.slicenorm.loop;

import java.util.Arrays;

/**
 * The axes that several operands of one shape are walked along, made as few as possible: axes of
 * size 1 are dropped, and neighbours are merged wherever every operand steps through both as
 * through one.
 *
 * <p>The order of the axes is kept, so walking a nest in row-major order visits the elements in
 * their logical order. That is what makes a sum independent of the memory layout.
 */
public final class LoopNest {

  private final long[] sizes;
  private final long[][] strides;

  private LoopNest(long[] sizes, long[][] strides) {
    this.sizes = sizes;
    this.strides = strides;
  }

  /**
   * {@return the nest of some axes}
   *
   * @param sizes the size of each axis
   * @param strides for each operand, the stride of each axis
   */
  public static LoopNest of(long[] sizes, long[]... strides) {
    int operands = strides.length;
    long[] mergedSizes = new long[sizes.length];
    long[][] merged = new long[operands][sizes.length];
    int rank = 0;
    for (int axis = 0; axis < sizes.length; axis++) {
      if (sizes[axis] == 1) {
        continue;
      }
      if (rank > 0 && continues(merged, rank - 1, sizes[axis], strides, axis)) {
        mergedSizes[rank - 1] = product(mergedSizes[rank - 1], sizes[axis]);
      } else {
        mergedSizes[rank++] = sizes[axis];
      }
      for (int operand = 0; operand < operands; operand++) {
        merged[operand][rank - 1] = strides[operand][axis];
      }
    }
    for (int operand = 0; operand < operands; operand++) {
      merged[operand] = Arrays.copyOf(merged[operand], rank);
    }
    return new LoopNest(Arrays.copyOf(mergedSizes, rank), merged);
  }

  /** Sizes whose product leaves a long are those of a tensor that has no element. */
  private static long product(long a, long b) {
    return Math.multiplyHigh(a, b) == 0 && a * b >= 0 ? a * b : Long.MAX_VALUE;
  }

  private static boolean continues(
      long[][] outer, int outerAxis, long size, long[][] strides, int axis) {
    for (int operand = 0; operand < strides.length; operand++) {
      if (outer[operand][outerAxis] != strides[operand][axis] * size) {
        return false;
      }
    }
    return true;
  }

  /** {@return the number of axes left} */
  public int rank() {
    return sizes.length;
  }

  /** {@return the size of an axis} */
  public long size(int axis) {
    return sizes[axis];
  }

  /** {@return the stride of an axis for an operand} */
  public long stride(int operand, int axis) {
    return strides[operand][axis];
  }

  /** {@return the number of steps through the whole nest} */
  public long count() {
    long count = 1;
    for (long size : sizes) {
      count = product(count, size);
    }
    return count;
  }

  /** {@return this nest without one axis, which the caller walks by itself} */
  public LoopNest without(int axis) {
    long[] rest = drop(sizes, axis);
    long[][] restStrides = new long[strides.length][];
    for (int operand = 0; operand < strides.length; operand++) {
      restStrides[operand] = drop(strides[operand], axis);
    }
    return new LoopNest(rest, restStrides);
  }

  private static long[] drop(long[] values, int axis) {
    long[] rest = new long[values.length - 1];
    System.arraycopy(values, 0, rest, 0, axis);
    System.arraycopy(values, axis + 1, rest, axis, rest.length - axis);
    return rest;
  }

  /**
   * {@return how far an operand has moved after some steps in row-major order}
   *
   * @param operand the operand
   * @param step steps from the start, below {@link #count}
   */
  public long position(int operand, long step) {
    long position = 0;
    long rest = step;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      long size = sizes[axis];
      position += rest % size * strides[operand][axis];
      rest /= size;
    }
    return position;
  }
}
