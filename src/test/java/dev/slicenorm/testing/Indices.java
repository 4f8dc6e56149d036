package dev.slicenorm.testing;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Walks every index of a shape in row-major order: the slow model that strides are tested against.
 */
public final class Indices {

  private Indices() {}

  /**
   * Visits every index.
   *
   * @param shape the sizes
   * @param visit receives an index that it must not keep
   */
  public static void forEach(long[] shape, Consumer<long[]> visit) {
    if (Arrays.stream(shape).anyMatch(size -> size == 0)) {
      return;
    }
    long[] index = new long[shape.length];
    int axis;
    do {
      visit.accept(index);
      axis = shape.length - 1;
      while (axis >= 0 && ++index[axis] == shape[axis]) {
        index[axis--] = 0;
      }
    } while (axis >= 0);
  }

  /** {@return the number of indices} */
  public static long count(long[] shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }

  /** {@return the row-major rank of an index among all, where some axes are held at 0} */
  public static int position(long[] index, long[] shape, boolean[] held) {
    long position = 0;
    for (int axis = 0; axis < shape.length; axis++) {
      position = held[axis] ? position : position * shape[axis] + index[axis];
    }
    return (int) position;
  }
}
