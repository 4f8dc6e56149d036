package dev.slicenorm.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.testing.Indices;
import dev.slicenorm.testing.RandomTensors;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every view operation against {@link LayoutModel}, in chains from seeded random layouts. */
class LayoutTest {

  static IntStream seeds() {
    return IntStream.range(0, 60);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void chainsOfViewsShowWhatTheModelShows(int seed) {
    RandomTensors random = new RandomTensors(seed);
    for (int i = 0; i < 40; i++) {
      Layout layout = random.layout(random.shape(120), false);
      LayoutModel model = LayoutModel.of(layout);
      StringBuilder chain = new StringBuilder(layout.toString());
      check(layout, model, chain);
      for (int step = 0; step < 4 && layout.rank() < 6; step++) {
        Step next = step(random.random(), layout, model);
        chain.append(" -> ").append(next.name);
        layout = next.layout;
        model = next.model;
        check(layout, model, chain);
      }
    }
  }

  private static void check(Layout layout, LayoutModel model, StringBuilder chain) {
    String name = chain.toString();
    assertThat(layout.shape()).as(name).isEqualTo(model.shape());
    assertThat(layout.count()).as(name).isEqualTo(model.positions().length);
    int[] next = {0};
    Indices.forEach(
        model.shape(),
        index ->
            assertThat(layout.position(index))
                .as("%s at %s", name, Arrays.toString(index))
                .isEqualTo(model.positions()[next[0]++]));
    if (layout.count() > 0) {
      assertThat(layout.lowest())
          .as(name)
          .isEqualTo(LongStream.of(model.positions()).min().orElseThrow());
      assertThat(layout.highest())
          .as(name)
          .isEqualTo(LongStream.of(model.positions()).max().orElseThrow());
    } else {
      assertThat(layout.highest()).as(name).isLessThan(layout.lowest());
    }
    assertThat(layout.isContiguous()).as(name).isEqualTo(model.isContiguous());
    assertThat(layout.overlapsItself()).as(name).isEqualTo(model.overlapsItself());
  }

  private record Step(String name, Layout layout, LayoutModel model) {}

  private static Step step(SplittableRandom random, Layout layout, LayoutModel model) {
    int rank = layout.rank();
    if (rank == 0 || random.nextInt(7) == 0) {
      int axis = random.nextInt(rank + 1);
      return new Step(
          "unsqueeze " + axis,
          layout.unsqueeze(random.nextBoolean() ? axis : axis - rank - 1),
          model.unsqueeze(axis));
    }
    int axis = random.nextInt(rank);
    int named = random.nextBoolean() ? axis : axis - rank;
    long size = layout.size(named);
    switch (random.nextInt(6)) {
      case 0 -> {
        int[] axes = shuffled(random, rank);
        return new Step(
            "permute " + Arrays.toString(axes), layout.permute(axes), model.permute(axes));
      }
      case 1 -> {
        int other = random.nextInt(rank);
        int[] axes = IntStream.range(0, rank).toArray();
        axes[axis] = other;
        axes[other] = axis;
        return new Step(
            "transpose " + axis + " " + other, layout.transpose(named, other), model.permute(axes));
      }
      case 2 -> {
        int[] axes = IntStream.range(0, rank).map(i -> rank - 1 - i).toArray();
        return new Step("transpose", layout.transpose(), model.permute(axes));
      }
      case 3 -> {
        if (size == 0) {
          return new Step("same", layout, model);
        }
        long at = random.nextLong(size);
        return new Step(
            "select " + axis + " " + at, layout.select(named, at), model.select(axis, at));
      }
      case 4 -> {
        return slice(random, layout, model, axis, named);
      }
      default -> {
        long[] shape = layout.shape();
        for (int i = 0; i < rank; i++) {
          shape[i] = shape[i] == 1 ? 1 + random.nextInt(3) : shape[i];
        }
        long[] longer =
            random.nextBoolean() ? LayoutModel.insert(shape, 0, 1 + random.nextInt(3)) : shape;
        return new Step(
            "expand " + Arrays.toString(longer), layout.expand(longer), model.expand(longer));
      }
    }
  }

  private static Step slice(
      SplittableRandom random, Layout layout, LayoutModel model, int axis, int named) {
    long size = layout.size(axis);
    if (random.nextInt(4) == 0) {
      return new Step("flip " + axis, layout.flip(named), model.slice(axis, size - 1, -1, -1));
    }
    long step = 1L + random.nextInt(4);
    if (random.nextBoolean() || size == 0) {
      long start = random.nextLong(size + 1);
      long stop = start + random.nextLong(size - start + 1);
      return new Step(
          "slice %d from %d to %d by %d".formatted(axis, start, stop, step),
          layout.slice(named, start, stop, step),
          model.slice(axis, start, stop, step));
    }
    long start = random.nextLong(size);
    long stop = random.nextLong(start + 2) - 1;
    return new Step(
        "slice %d from %d to %d by %d".formatted(axis, start, stop, -step),
        layout.slice(named, start, stop, -step),
        model.slice(axis, start, stop, -step));
  }

  private static int[] shuffled(SplittableRandom random, int rank) {
    int[] axes = IntStream.range(0, rank).toArray();
    for (int i = rank - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = axes[i];
      axes[i] = axes[j];
      axes[j] = swapped;
    }
    return axes;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void reshapeIsAViewExactlyWhereOneExists(int seed) {
    RandomTensors random = new RandomTensors(1000 + seed);
    for (int i = 0; i < 60; i++) {
      Layout layout = random.layout(random.shape(96), false);
      LayoutModel model = LayoutModel.of(layout);
      long[] target = regrouped(random.random(), layout.shape());
      String name = layout + " reshaped to " + Arrays.toString(target);
      if (model.canBeViewedAs(target)) {
        check(layout.reshape(target), model.reshape(target), new StringBuilder(name));
        if (layout.count() > 0 && target.length > 0) {
          long[] open = target.clone();
          open[random.random().nextInt(open.length)] = -1;
          assertThat(layout.reshape(open)).as(name).isEqualTo(layout.reshape(target));
        }
      } else {
        assertThatThrownBy(() -> layout.reshape(target))
            .as(name)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("can't be viewed as " + Arrays.toString(target))
            .hasMessageContaining("contiguous()");
      }
    }
  }

  /**
   * {@return another shape of as many elements: the prime factors dealt out anew, in order or not}
   */
  private static long[] regrouped(SplittableRandom random, long[] shape) {
    long count = Indices.count(shape);
    if (count == 0) {
      long[] target = new long[1 + random.nextInt(3)];
      Arrays.setAll(target, axis -> axis == 0 ? 0 : random.nextInt(3));
      return target;
    }
    long[] target = new long[random.nextInt(4) + (count > 1 ? 1 : 0)];
    Arrays.fill(target, 1);
    boolean ordered = random.nextBoolean();
    int at = 0;
    for (long size : shape) {
      for (long prime = 2; size > 1; prime++) {
        for (; size % prime == 0; size /= prime) {
          at =
              ordered
                  ? Math.min(target.length - 1, at + random.nextInt(2))
                  : random.nextInt(target.length);
          target[at] *= prime;
        }
      }
    }
    return target;
  }

  @Test
  void squeezeDropsExactlyTheAxesOfSizeOne() {
    Layout layout = Layout.strided(new long[] {1, 3, 1, 0, 1}, new long[] {7, 2, 5, 1, 9}, 4);
    assertThat(layout.squeeze()).isEqualTo(Layout.strided(new long[] {3, 0}, new long[] {2, 1}, 4));
    assertThat(layout.squeeze(-1).shape()).containsExactly(1, 3, 1, 0);
    assertThat(layout.squeeze(0).shape()).containsExactly(3, 1, 0, 1);
  }

  @Test
  void positionsReachBeyondTheRangeOfAnInt() {
    Layout matrix = Layout.contiguous(1L << 20, 1L << 21);
    assertThat(matrix.count()).isEqualTo(1L << 41);
    assertThat(matrix.highest()).isEqualTo((1L << 41) - 1);
    assertThat(matrix.isContiguous()).isTrue();
    assertThat(matrix.overlapsItself()).isFalse();
    assertThat(matrix.position((1L << 20) - 1, 5)).isEqualTo((((1L << 20) - 1) << 21) + 5);
    assertThat(matrix.transpose().position(5, (1L << 20) - 1))
        .isEqualTo((((1L << 20) - 1) << 21) + 5);
    assertThat(matrix.reshape(-1).count()).isEqualTo(1L << 41);
    assertThat(matrix.reshape(1L << 30, -1).position(1L << 29, 3)).isEqualTo((1L << 40) + 3);
    assertThat(matrix.flip(0).position(0, 0)).isEqualTo(((1L << 20) - 1) << 21);
    assertThat(matrix.slice(1, (1L << 21) - 1, -1, -(1L << 19)).shape())
        .containsExactly(1L << 20, 4);
    assertThat(Layout.contiguous(1).expand(1L << 40).highest()).isZero();
  }

  @Test
  void overflowIsAnErrorAndNeverAWrongPosition() {
    long big = 1L << 33;
    assertThatThrownBy(() -> Layout.contiguous(big, big))
        .isInstanceOf(ArithmeticException.class)
        .hasMessage("shape [" + big + ", " + big + "]: expected fewer than 2^63 elements");
    assertThatThrownBy(() -> Layout.strided(new long[] {3}, new long[] {Long.MAX_VALUE}, 0))
        .isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> Layout.strided(new long[] {2, 2}, new long[] {1L << 62, 1L << 62}, 0))
        .isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> Layout.strided(new long[] {2}, new long[] {1}, Long.MAX_VALUE))
        .isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> Layout.contiguous(2).expand(big, big, 2))
        .isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(
            () -> Layout.strided(new long[] {5}, new long[] {1L << 60}, 0).reshape(big, big))
        .isInstanceOf(ArithmeticException.class);
    assertThat(Layout.contiguous(big, 0, 7).count()).isZero();
  }

  @Test
  void anEmptyLayoutHasNoPositions() {
    Layout empty = Layout.strided(new long[] {3, 0}, new long[] {-5, 7}, 2);
    assertThat(empty.count()).isZero();
    assertThat(empty.isContiguous()).isTrue();
    assertThat(empty.overlapsItself()).isFalse();
    assertThat(empty.expand(2, 3, 0).count()).isZero();
    assertThat(empty.flip(0, 1).count()).isZero();
    assertThatThrownBy(() -> empty.position(0, 0))
        .hasMessage("index 0 on axis 1: expected 0 to -1 for shape [3, 0]");
  }

  @ParameterizedTest
  @ValueSource(ints = {-4, 3, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void aMissingAxisIsNamed(int axis) {
    assertThatThrownBy(() -> Layout.contiguous(2, 3, 4).size(axis))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("axis " + axis + ": expected -3 to 2 for rank 3");
  }

  @Test
  void errorsNameTheValueAndWhatWouldBeRight() {
    Layout layout = Layout.contiguous(2, 3);
    assertThatThrownBy(() -> Layout.contiguous(2, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("shape [2, -1]: expected sizes of 0 or more");
    assertThatThrownBy(() -> Layout.strided(new long[] {2, 3}, new long[] {1}, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("strides [1] have rank 1, expected rank 2 of shape [2, 3]");
    assertThatThrownBy(() -> Layout.contiguous().size(0))
        .hasMessage("axis 0 of a rank 0 tensor, which has no axes");
    assertThatThrownBy(() -> layout.position(1))
        .hasMessage("index [1] has rank 1, expected rank 2 of shape [2, 3]");
    assertThatThrownBy(() -> layout.position(1, 3))
        .hasMessage("index 3 on axis 1: expected 0 to 2 for shape [2, 3]");
    assertThatThrownBy(() -> layout.permute(0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("axes [0, 0]: expected each of 2 axes once");
    assertThatThrownBy(() -> layout.permute(0)).hasMessageContaining("each of 2 axes once");
    assertThatThrownBy(() -> layout.select(0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("index 2 on axis 0: expected 0 to 1 for shape [2, 3]");
    assertThatThrownBy(() -> layout.slice(1, 0, 3, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("step 0: expected a positive or a negative step");
    assertThatThrownBy(() -> layout.slice(1, 0, 4, 1))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage(
            "slice from 0 to 4 by 1: expected 0 <= start <= stop <= size for axis 1 of size 3");
    assertThatThrownBy(() -> layout.slice(1, 3, -1, -1))
        .hasMessage(
            "slice from 3 to -1 by -1: expected size > start >= stop >= -1 for axis 1 of size 3");
    assertThatThrownBy(() -> layout.flip(1, -1)).hasMessage("axes [1, -1]: axis 1 appears twice");
    assertThatThrownBy(() -> layout.expand(2, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "cannot expand shape [2, 3] to [2, 4]: expected the same trailing sizes, or 1 where"
                + " they grow");
    assertThatThrownBy(() -> layout.expand(3))
        .hasMessageContaining("cannot expand shape [2, 3] to");
    assertThatThrownBy(() -> layout.expand())
        .hasMessage("cannot expand shape [2, 3] to the lower rank of []");
    assertThatThrownBy(() -> layout.reshape(4, 2))
        .hasMessage("cannot reshape [2, 3] (6 elements) to [4, 2]");
    assertThatThrownBy(() -> layout.reshape(-1, 4)).hasMessageContaining("to [-1, 4]");
    assertThatThrownBy(() -> layout.reshape(-1, -1))
        .hasMessage("shape [-1, -1]: expected sizes of 0 or more, and -1 at most once");
    assertThatThrownBy(() -> Layout.contiguous(0, 3).reshape(-1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    long most = Long.MAX_VALUE;
    assertThat(Layout.contiguous(0).reshape(most, 2, 0).shape()).containsExactly(most, 2, 0);
    assertThatThrownBy(() -> layout.reshape(most, 2))
        .hasMessage("shape [9223372036854775807, 2]: expected at most 2^63 - 1 elements");
    assertThatThrownBy(() -> layout.squeeze(1))
        .hasMessage("axis 1 has size 3: only size 1 can be squeezed");
  }

  @Test
  void equalLayoutsAreEqual() {
    Layout layout = Layout.contiguous(2, 3);
    assertThat(layout)
        .isEqualTo(Layout.strided(new long[] {2, 3}, new long[] {3, 1}, 0))
        .hasSameHashCodeAs(Layout.strided(new long[] {2, 3}, new long[] {3, 1}, 0))
        .isNotEqualTo(Layout.strided(new long[] {2, 3}, new long[] {3, 1}, 1))
        .isNotEqualTo(layout.transpose())
        .hasToString("shape [2, 3], strides [3, 1], offset 0");
  }

  @Test
  void arraysThatComeInOrGoOutAreCopies() {
    long[] shape = {2, 3};
    long[] strides = {3, 1};
    Layout layout = Layout.strided(shape, strides, 0);
    shape[0] = 9;
    strides[0] = 9;
    layout.shape()[0] = 9;
    layout.strides()[0] = 9;
    assertThat(layout).isEqualTo(Layout.contiguous(2, 3));
  }

  @Test
  void sizesBesideAZeroMayBeAsLargeAsTheyLike() {
    Layout layout = Layout.contiguous(1L << 33, 0, 1L << 33);
    assertThat(layout.count()).isZero();
    assertThat(layout.shape()).containsExactly(1L << 33, 0, 1L << 33);
    assertThat(Layout.contiguous(1L << 33, 1L << 33, 0).count()).isZero();
    assertThat(Layout.contiguous(0, 1L << 33, 1L << 33).count()).isZero();
  }
}
