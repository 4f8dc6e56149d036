package dev.slicenorm.tensor;

import java.util.Arrays;

/**
 * Where the elements of a view lie: shape, strides and offset, all in elements. Immutable.
 *
 * <p>The element {@code [i, j, …]} lies at {@code offset + i·stride(0) + j·stride(1) + …}. Strides
 * may be negative (a reversed axis) or 0 (an expanded one). Every operation here is index
 * arithmetic only, and overflow of a {@code long} is an {@link ArithmeticException}, never a wrong
 * address.
 *
 * <p>Rows with a gap between them, say:
 *
 * {@snippet file="dev/slicenorm/snippets/TensorSnippetsTest.java" region="strided"}
 */
public final class Layout {

  private final long[] shape;
  private final long[] strides;
  private final long offset;
  private final long count;
  private final long lowest;
  private final long highest;
  private final boolean contiguous;

  private Layout(long[] shape, long[] strides, long offset) {
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.count = count(shape);
    long low = offset;
    long high = offset;
    try {
      for (int axis = 0; count > 0 && axis < shape.length; axis++) {
        long reach = Math.multiplyExact(shape[axis] - 1, strides[axis]);
        low = Math.addExact(low, Math.min(reach, 0));
        high = Math.addExact(high, Math.max(reach, 0));
      }
      this.lowest = low;
      this.highest = count > 0 ? high : Math.subtractExact(low, 1);
    } catch (ArithmeticException _) {
      throw new ArithmeticException(
          "shape %s, strides %s, offset %d: expected positions within the range of a long"
              .formatted(Arrays.toString(shape), Arrays.toString(strides), offset));
    }
    this.contiguous = count == 0 || isRowMajor(shape, strides);
  }

  /**
   * {@return the row-major layout of a shape, from offset 0}
   *
   * @param shape sizes, 0 or more each; none for a single element
   * @throws IllegalArgumentException if a size is negative
   * @throws ArithmeticException if the elements can't be counted in a {@code long}
   */
  public static Layout contiguous(long... shape) {
    checkSizes(shape);
    return new Layout(shape.clone(), rowMajorStrides(shape), 0);
  }

  /**
   * {@return a layout of any strides}
   *
   * @param shape sizes, 0 or more each
   * @param strides elements from one index to the next, for each axis
   * @param offset the position of the element {@code [0, 0, …]}, in elements
   * @throws IllegalArgumentException if a size is negative or the ranks differ
   * @throws ArithmeticException if positions can't be expressed in a {@code long}
   */
  public static Layout strided(long[] shape, long[] strides, long offset) {
    checkSizes(shape);
    if (shape.length != strides.length) {
      throw new IllegalArgumentException(
          "strides "
              + Arrays.toString(strides)
              + " have rank "
              + strides.length
              + ", expected rank "
              + shape.length
              + " of shape "
              + Arrays.toString(shape));
    }
    return new Layout(shape.clone(), strides.clone(), offset);
  }

  /** {@return the number of axes} */
  public int rank() {
    return shape.length;
  }

  /** {@return the sizes, a copy} */
  public long[] shape() {
    return shape.clone();
  }

  /** {@return the strides in elements, a copy} */
  public long[] strides() {
    return strides.clone();
  }

  /**
   * {@return the size of an axis}
   *
   * @param axis an axis, negative counts from the last
   */
  public long size(int axis) {
    return shape[axis(axis)];
  }

  /**
   * {@return the stride of an axis, in elements}
   *
   * @param axis an axis, negative counts from the last
   */
  public long stride(int axis) {
    return strides[axis(axis)];
  }

  /** {@return the position of the element {@code [0, 0, …]}, in elements} */
  public long offset() {
    return offset;
  }

  /** {@return the number of elements} */
  public long count() {
    return count;
  }

  /** {@return the lowest position of any element; above {@link #highest} if there are none} */
  public long lowest() {
    return lowest;
  }

  /** {@return the highest position of any element; below {@link #lowest} if there are none} */
  public long highest() {
    return highest;
  }

  /**
   * {@return the axis counted from the first}
   *
   * @param axis an axis, negative counts from the last
   * @throws IndexOutOfBoundsException if there is no such axis
   */
  public int axis(int axis) {
    return axis(axis, shape.length);
  }

  private static int axis(int axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw new IndexOutOfBoundsException(
          rank == 0
              ? "axis " + axis + " of a rank 0 tensor, which has no axes"
              : "axis " + axis + ": expected " + -rank + " to " + (rank - 1) + " for rank " + rank);
    }
    return axis < 0 ? axis + rank : axis;
  }

  /**
   * {@return the position of an element, in elements}
   *
   * @param index one index for each axis, from 0
   * @throws IndexOutOfBoundsException if the rank differs or an index is outside its axis
   */
  public long position(long... index) {
    if (index.length != shape.length) {
      throw new IndexOutOfBoundsException(
          "index "
              + Arrays.toString(index)
              + " has rank "
              + index.length
              + ", expected rank "
              + shape.length
              + " of shape "
              + Arrays.toString(shape));
    }
    long position = offset;
    for (int axis = 0; axis < index.length; axis++) {
      checkIndex(index[axis], axis);
      position += index[axis] * strides[axis];
    }
    return position;
  }

  /** {@return this layout with its axes reversed} */
  public Layout transpose() {
    int[] axes = new int[shape.length];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = axes.length - 1 - i;
    }
    return permute(axes);
  }

  /**
   * {@return this layout with two axes exchanged}
   *
   * @param first an axis, negative counts from the last
   * @param second an axis, negative counts from the last
   */
  public Layout transpose(int first, int second) {
    int[] axes = new int[shape.length];
    Arrays.setAll(axes, i -> i);
    axes[axis(first)] = axis(second);
    axes[axis(second)] = axis(first);
    return permute(axes);
  }

  /**
   * {@return this layout with its axes in another order}
   *
   * @param axes for each axis of the result, the axis of this layout it is
   * @throws IllegalArgumentException if they are not each axis once
   */
  public Layout permute(int... axes) {
    boolean[] used = new boolean[shape.length];
    boolean valid = axes.length == shape.length;
    long[] newShape = new long[axes.length];
    long[] newStrides = new long[axes.length];
    for (int i = 0; valid && i < axes.length; i++) {
      int axis = axis(axes[i]);
      valid = !used[axis];
      used[axis] = true;
      newShape[i] = shape[axis];
      newStrides[i] = strides[axis];
    }
    if (!valid) {
      throw new IllegalArgumentException(
          "axes " + Arrays.toString(axes) + ": expected each of " + shape.length + " axes once");
    }
    return new Layout(newShape, newStrides, offset);
  }

  /**
   * {@return the layout at one index of an axis, without that axis}
   *
   * @param axis an axis, negative counts from the last
   * @param index the index, from 0
   */
  public Layout select(int axis, long index) {
    int at = axis(axis);
    checkIndex(index, at);
    return new Layout(
        without(shape, at), without(strides, at), Math.addExact(offset, index * strides[at]));
  }

  /**
   * {@return every {@code step}-th index of an axis, from {@code start} until {@code stop} is
   * reached}
   *
   * @param axis an axis, negative counts from the last
   * @param start the first index, from 0
   * @param stop the index to stop before; for a negative step at least -1, which goes down to index
   *     0
   * @param step indices from one to the next; negative walks backwards, 0 is refused
   * @throws IndexOutOfBoundsException if the range leaves the axis
   */
  public Layout slice(int axis, long start, long stop, long step) {
    int at = axis(axis);
    long size = shape[at];
    if (step == 0) {
      throw new IllegalArgumentException("step 0: expected a positive or a negative step");
    }
    boolean inside =
        step > 0
            ? start >= 0 && start <= stop && stop <= size
            : stop >= -1 && stop <= start && start < Math.max(size, 1);
    if (!inside) {
      throw new IndexOutOfBoundsException(
          "slice from %d to %d by %d: expected %s for axis %d of size %d"
              .formatted(
                  start,
                  stop,
                  step,
                  step > 0 ? "0 <= start <= stop <= size" : "size > start >= stop >= -1",
                  at,
                  size));
    }
    long span = Math.abs(stop - start);
    long stride = step == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(step);
    long length = size == 0 ? 0 : span / stride + (span % stride == 0 ? 0 : 1);
    long[] newShape = shape.clone();
    long[] newStrides = strides.clone();
    newShape[at] = length;
    newStrides[at] = length > 1 ? Math.multiplyExact(strides[at], step) : strides[at];
    long shift = length == 0 ? 0 : Math.multiplyExact(start, strides[at]);
    return new Layout(newShape, newStrides, Math.addExact(offset, shift));
  }

  /**
   * {@return this layout with some axes walked backwards}
   *
   * @param axes axes, negative counts from the last; each at most once
   */
  public Layout flip(int... axes) {
    Layout flipped = this;
    boolean[] seen = new boolean[shape.length];
    for (int axis : axes) {
      int at = axis(axis);
      if (seen[at]) {
        throw new IllegalArgumentException(
            "axes " + Arrays.toString(axes) + ": axis " + at + " appears twice");
      }
      seen[at] = true;
      flipped = flipped.slice(at, Math.max(shape[at] - 1, 0), shape[at] == 0 ? 0 : -1, -1);
    }
    return flipped;
  }

  /**
   * {@return this layout repeated along new leading axes and along axes of size 1, with stride 0}
   *
   * @param newShape the sizes of the result
   * @throws IllegalArgumentException if an axis of another size than 1 would change
   */
  public Layout expand(long... newShape) {
    checkSizes(newShape);
    int lead = newShape.length - shape.length;
    long[] newStrides = new long[newShape.length];
    for (int axis = 0; axis < newShape.length; axis++) {
      long size = axis < lead ? 1 : shape[axis - lead];
      if (lead < 0 || (size != newShape[axis] && size != 1)) {
        throw new IllegalArgumentException(
            "cannot expand shape "
                + Arrays.toString(shape)
                + " to "
                + Arrays.toString(newShape)
                + ": expected the same trailing sizes, or 1 where they grow");
      }
      newStrides[axis] = axis < lead || size != newShape[axis] ? 0 : strides[axis - lead];
    }
    if (lead < 0) {
      throw new IllegalArgumentException(
          "cannot expand shape "
              + Arrays.toString(shape)
              + " to the lower rank of "
              + Arrays.toString(newShape));
    }
    return new Layout(newShape.clone(), newStrides, offset);
  }

  /**
   * {@return the same elements in the same row-major order under another shape}
   *
   * @param newShape the sizes of the result; one of them may be -1 and is then computed
   * @throws IllegalArgumentException if the number of elements differs, or if no strides express it
   */
  public Layout reshape(long... newShape) {
    long[] target = inferSize(newShape);
    long[] newStrides = Reshape.strides(shape, strides, target);
    if (newStrides == null) {
      throw new IllegalArgumentException(
          "shape "
              + Arrays.toString(shape)
              + " with strides "
              + Arrays.toString(strides)
              + " can't be viewed as "
              + Arrays.toString(target)
              + " without a copy: call contiguous() first");
    }
    return new Layout(target, newStrides, offset);
  }

  /** {@return this layout without its axes of size 1} */
  public Layout squeeze() {
    Layout squeezed = this;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      if (shape[axis] == 1) {
        squeezed = squeezed.select(axis, 0);
      }
    }
    return squeezed;
  }

  /**
   * {@return this layout without one axis of size 1}
   *
   * @param axis an axis, negative counts from the last
   * @throws IllegalArgumentException if its size is not 1
   */
  public Layout squeeze(int axis) {
    int at = axis(axis);
    if (shape[at] != 1) {
      throw new IllegalArgumentException(
          "axis " + at + " has size " + shape[at] + ": only size 1 can be squeezed");
    }
    return select(at, 0);
  }

  /**
   * {@return this layout with an axis of size 1 inserted}
   *
   * @param axis where it is in the result; negative counts from the last axis of the result
   */
  public Layout unsqueeze(int axis) {
    int at = axis(axis, shape.length + 1);
    long[] newShape = new long[shape.length + 1];
    long[] newStrides = new long[shape.length + 1];
    for (int i = 0; i < newShape.length; i++) {
      newShape[i] = i == at ? 1 : shape[i < at ? i : i - 1];
      newStrides[i] = i == at ? 1 : strides[i < at ? i : i - 1];
    }
    return new Layout(newShape, newStrides, offset);
  }

  /** {@return whether the elements lie one after another in row-major order} */
  public boolean isContiguous() {
    return contiguous;
  }

  private static boolean isRowMajor(long[] shape, long[] strides) {
    long expected = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      if (shape[axis] != 1 && strides[axis] != expected) {
        return false;
      }
      expected *= shape[axis];
    }
    return true;
  }

  /** {@return whether two different indices lead to one position, as in an expanded layout} */
  public boolean overlapsItself() {
    return Overlap.withItself(this);
  }

  /**
   * {@return whether another layout has the same shape and strides, wherever it starts}
   *
   * @param other another layout
   */
  @SuppressWarnings("ReferenceEquality") // A shortcut: most ask about the layout they gave.
  public boolean equalsButForOffset(Layout other) {
    return this == other || hasShapeAndStrides(other);
  }

  /** By a loop: to compare a few elements by {@link Arrays#equals} is a call of 2 ns. */
  private boolean hasShapeAndStrides(Layout other) {
    if (shape.length != other.shape.length) {
      return false;
    }
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] != other.shape[axis] || strides[axis] != other.strides[axis]) {
        return false;
      }
    }
    return true;
  }

  /** {@return whether the same steps lead to the same places; an axis of size 1 has no steps} */
  boolean goesTheSameWayAs(Layout other) {
    if (!Arrays.equals(shape, other.shape)) {
      return false;
    }
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] != 1 && strides[axis] != other.strides[axis]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Layout that && offset == that.offset && equalsButForOffset(that);
  }

  @Override
  public int hashCode() {
    return (Arrays.hashCode(shape) * 31 + Arrays.hashCode(strides)) * 31 + Long.hashCode(offset);
  }

  @Override
  public String toString() {
    return "shape "
        + Arrays.toString(shape)
        + ", strides "
        + Arrays.toString(strides)
        + ", offset "
        + offset;
  }

  private void checkIndex(long index, int axis) {
    if (index < 0 || index >= shape[axis]) {
      throw new IndexOutOfBoundsException(
          "index "
              + index
              + " on axis "
              + axis
              + ": expected 0 to "
              + (shape[axis] - 1)
              + " for shape "
              + Arrays.toString(shape));
    }
  }

  private long[] inferSize(long[] newShape) {
    long[] target = newShape.clone();
    int open = -1;
    long known = 1;
    for (int axis = 0; axis < target.length; axis++) {
      if (target[axis] == -1 && open < 0) {
        open = axis;
      } else if (target[axis] < 0) {
        throw new IllegalArgumentException(
            "shape "
                + Arrays.toString(newShape)
                + ": expected sizes of 0 or more, and -1 at most once");
      } else {
        known = times(known, target[axis], newShape);
      }
    }
    if (open >= 0 && known > 0 && count % known == 0) {
      target[open] = count / known;
      known = count;
    }
    if (known != count || (open >= 0 && target[open] < 0)) {
      throw new IllegalArgumentException(
          "cannot reshape "
              + Arrays.toString(shape)
              + " ("
              + count
              + " elements) to "
              + Arrays.toString(newShape));
    }
    return target;
  }

  /** A later size may be 0: then there are no elements, however large the others are. */
  private static long times(long known, long size, long[] shape) {
    if (Arrays.stream(shape).anyMatch(other -> other == 0)) {
      return 0;
    } else if (Math.multiplyHigh(known, size) != 0 || known * size < 0) {
      throw new ArithmeticException(
          "shape " + Arrays.toString(shape) + ": expected at most 2^63 - 1 elements");
    }
    return known * size;
  }

  private static void checkSizes(long[] shape) {
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(shape) + ": expected sizes of 0 or more");
      }
    }
  }

  private static long count(long[] shape) {
    for (long size : shape) {
      if (size == 0) {
        return 0;
      }
    }
    long count = 1;
    for (long size : shape) {
      if (Math.multiplyHigh(count, size) != 0 || count * size < 0) {
        throw new ArithmeticException(
            "shape " + Arrays.toString(shape) + ": expected fewer than 2^63 elements");
      }
      count *= size;
    }
    return count;
  }

  private static long[] rowMajorStrides(long[] shape) {
    long[] strides = new long[shape.length];
    boolean empty = count(shape) == 0;
    long stride = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      long size = Math.max(shape[axis], 1);
      // Without elements no stride is ever taken, so it need not be expressible.
      stride = empty ? stride * size : Math.multiplyExact(stride, size);
    }
    return strides;
  }

  private static long[] without(long[] values, int axis) {
    long[] rest = new long[values.length - 1];
    System.arraycopy(values, 0, rest, 0, axis);
    System.arraycopy(values, axis + 1, rest, axis, rest.length - axis);
    return rest;
  }
}
