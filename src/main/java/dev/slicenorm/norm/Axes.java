package dev.slicenorm.norm;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * Which axes of a tensor are reduced together into one norm.
 *
 * <p>Frameworks disagree on what a bare {@code dim} means: Jittor and NumPy reduce along it,
 * PyTorch's weight norm keeps it and reduces the others. So the direction is always said here. Axes
 * are 0-based; negative ones count from the last.
 *
 * {@snippet file="dev/slicenorm/snippets/NormSnippetsTest.java" region="axes"}
 */
public final class Axes {

  private enum Mode {
    ALONG,
    EXCEPT,
    WHOLE
  }

  private static final Axes WHOLE = new Axes(Mode.WHOLE, new int[0]);

  private final Mode mode;
  private final int[] axes;

  private Axes(Mode mode, int[] axes) {
    this.mode = mode;
    this.axes = axes;
  }

  /**
   * {@return the reduction of these axes: what {@code dim} means in Jittor and NumPy}
   *
   * @param axes at least one axis, each at most once
   */
  public static Axes along(int... axes) {
    return some(Mode.ALONG, axes);
  }

  /**
   * {@return the reduction of all axes but these: what {@code dim} means in PyTorch's weight norm}
   *
   * @param axes at least one axis, each at most once
   */
  public static Axes except(int... axes) {
    return some(Mode.EXCEPT, axes);
  }

  /** {@return the reduction of every axis: {@code dim=None} in PyTorch's weight norm} */
  public static Axes whole() {
    return WHOLE;
  }

  private static Axes some(Mode mode, int[] axes) {
    if (axes.length == 0) {
      throw new IllegalArgumentException(
          "no axes given: expected at least one, or Axes.whole() to reduce every axis");
    }
    return new Axes(mode, axes.clone());
  }

  /**
   * {@return for each axis of a tensor, whether it is reduced}
   *
   * @param rank the rank of the tensor
   * @throws IndexOutOfBoundsException if a named axis is not one of the tensor's
   * @throws IllegalArgumentException if an axis is named twice
   */
  public boolean[] reduced(int rank) {
    boolean[] named = new boolean[rank];
    for (int axis : axes) {
      if (axis < -rank || axis >= rank) {
        throw new IndexOutOfBoundsException(
            this
                + " for a tensor of rank "
                + rank
                + ": axis "
                + axis
                + " does not exist"
                + (rank == 0 ? "" : ", expected " + -rank + " to " + (rank - 1)));
      }
      int at = axis < 0 ? axis + rank : axis;
      if (named[at]) {
        throw new IllegalArgumentException(
            this + " for a tensor of rank " + rank + ": axis " + at + " is named twice");
      }
      named[at] = true;
    }
    if (mode != Mode.ALONG) {
      for (int axis = 0; axis < rank; axis++) {
        named[axis] = !named[axis];
      }
    }
    return named;
  }

  /**
   * {@return the shape of the norms of a tensor: reduced axes have size 1}
   *
   * @param shape the shape of the tensor
   */
  public long[] keptShape(long... shape) {
    boolean[] reduced = reduced(shape.length);
    long[] kept = shape.clone();
    for (int axis = 0; axis < kept.length; axis++) {
      kept[axis] = reduced[axis] ? 1 : kept[axis];
    }
    return kept;
  }

  /**
   * {@return the index of a slice's norm, which is also where the slice starts: 0 on reduced axes}
   *
   * @param slice the slice, counted from 0 in row-major order
   * @param shape the shape of the tensor
   * @throws IndexOutOfBoundsException if there is no such slice
   */
  public long[] sliceIndex(long slice, long... shape) {
    long[] index = keptShape(shape);
    long slices = LongStream.of(index).reduce(1, Math::multiplyExact);
    if (slice < 0 || slice >= slices) {
      throw new IndexOutOfBoundsException(
          "slice %d of shape %s, %s: expected one of the %d slices, counted from 0"
              .formatted(slice, Arrays.toString(shape), this, slices));
    }
    long rest = slice;
    for (int axis = index.length - 1; axis >= 0; axis--) {
      long size = index[axis];
      index[axis] = rest % size;
      rest /= size;
    }
    return index;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Axes that && mode == that.mode && Arrays.equals(axes, that.axes);
  }

  @Override
  public int hashCode() {
    return mode.hashCode() * 31 + Arrays.hashCode(axes);
  }

  /** {@return the words that name this value, such as {@code along [1, 2]}} */
  @Override
  public String toString() {
    return switch (mode) {
      case ALONG -> "along " + Arrays.toString(axes);
      case EXCEPT -> "except " + Arrays.toString(axes);
      case WHOLE -> "whole";
    };
  }
}
