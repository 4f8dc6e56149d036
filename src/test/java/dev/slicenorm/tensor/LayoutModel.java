package dev.slicenorm.tensor;

import dev.slicenorm.testing.Indices;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A view as the plain list of the positions of its elements, in row-major order. It has no strides,
 * so it can't repeat a mistake in stride arithmetic.
 */
record LayoutModel(long[] shape, long[] positions) {

  /** How an index of a result is turned into an index of its source. */
  interface Source {
    long[] of(long[] index);
  }

  static LayoutModel of(Layout layout) {
    long[] shape = layout.shape();
    long[] positions = new long[(int) Indices.count(shape)];
    int[] next = {0};
    Indices.forEach(
        shape,
        index -> {
          long position = layout.offset();
          for (int axis = 0; axis < index.length; axis++) {
            position += index[axis] * layout.stride(axis);
          }
          positions[next[0]++] = position;
        });
    return new LayoutModel(shape, positions);
  }

  private LayoutModel derive(long[] newShape, Source source) {
    long[] derived = new long[(int) Indices.count(newShape)];
    int[] next = {0};
    Indices.forEach(
        newShape,
        index ->
            derived[next[0]++] =
                positions[Indices.position(source.of(index), shape, new boolean[shape.length])]);
    return new LayoutModel(newShape, derived);
  }

  LayoutModel permute(int... axes) {
    return derive(
        IntStream.of(axes).mapToLong(axis -> shape[axis]).toArray(),
        index -> {
          long[] source = new long[index.length];
          for (int i = 0; i < axes.length; i++) {
            source[axes[i]] = index[i];
          }
          return source;
        });
  }

  LayoutModel select(int axis, long at) {
    return derive(remove(shape, axis), index -> insert(index, axis, at));
  }

  LayoutModel slice(int axis, long start, long stop, long step) {
    long length = 0;
    for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
      length++;
    }
    long[] newShape = shape.clone();
    newShape[axis] = length;
    return derive(
        newShape,
        index -> {
          long[] source = index.clone();
          source[axis] = start + index[axis] * step;
          return source;
        });
  }

  LayoutModel expand(long... newShape) {
    int lead = newShape.length - shape.length;
    return derive(
        newShape,
        index -> {
          long[] source = Arrays.copyOfRange(index, lead, index.length);
          for (int axis = 0; axis < source.length; axis++) {
            source[axis] = shape[axis] == 1 ? 0 : source[axis];
          }
          return source;
        });
  }

  LayoutModel reshape(long... newShape) {
    return new LayoutModel(newShape, positions);
  }

  LayoutModel unsqueeze(int axis) {
    return new LayoutModel(insert(shape, axis, 1), positions);
  }

  boolean isContiguous() {
    return IntStream.range(1, positions.length).allMatch(i -> positions[i] == positions[i - 1] + 1);
  }

  boolean overlapsItself() {
    return Arrays.stream(positions).distinct().count() < positions.length;
  }

  /** {@return whether some strides show these positions, in this order, under a shape} */
  boolean canBeViewedAs(long... newShape) {
    LayoutModel target = reshape(newShape);
    if (positions.length == 0) {
      return true;
    }
    long[] strides = new long[newShape.length];
    boolean[] none = new boolean[newShape.length];
    for (int axis = 0; axis < strides.length; axis++) {
      if (newShape[axis] > 1) {
        long[] step = new long[newShape.length];
        step[axis] = 1;
        strides[axis] = positions[Indices.position(step, newShape, none)] - positions[0];
      }
    }
    return Arrays.equals(
        target.positions, of(Layout.strided(newShape, strides, positions[0])).positions);
  }

  static long[] remove(long[] values, int at) {
    return IntStream.range(0, values.length)
        .filter(i -> i != at)
        .mapToLong(i -> values[i])
        .toArray();
  }

  static long[] insert(long[] values, int at, long value) {
    long[] longer = new long[values.length + 1];
    for (int i = 0; i < longer.length; i++) {
      longer[i] = i == at ? value : values[i < at ? i : i - 1];
    }
    return longer;
  }
}
