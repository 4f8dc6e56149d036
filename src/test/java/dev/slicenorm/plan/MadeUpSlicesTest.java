package dev.slicenorm.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is rehearsed goes the way of what was called, and through kernels as the call does. */
class MadeUpSlicesTest {

  @ParameterizedTest(name = "{0}")
  @MethodSource("calls")
  void goTheSameWay(String name, Tensor x, int axis, boolean replaced) {
    Tensor result = replaced ? x : Tensor.zeros(x.dtype(), x.shape());
    long[] kept = x.shape();
    kept[axis] = 1;
    Tensor perSlice = Tensor.zeros(x.dtype(), kept);
    boolean[] reduced = new boolean[x.rank()];
    reduced[axis] = true;
    SlicePlan plan =
        SlicePlan.of(
            reduced, new Layout[] {x.layout(), result.layout()}, new Layout[] {perSlice.layout()});
    if (x.dtype() == DType.F64) {
      requireSameWay(plan, Precision.DOUBLE, x, result, perSlice);
    } else {
      requireSameWay(plan, Precision.SINGLE, x, result, perSlice);
    }
  }

  private static <A> void requireSameWay(
      SlicePlan plan, Precision<A> precision, Tensor x, Tensor result, Tensor perSlice) {
    Walk<A> walk = Walks.begin(plan, precision).with(x).with(result).with(perSlice);
    boolean isWritable = result.dtype() == DType.F32 || result.dtype() == DType.F64;
    WarmUp expected = WarmUps.of(walk, Work.SCALING);
    int[] calls = {0};
    Rehearsal rehearsal =
        MadeUpSlices.like(walk)
            .rehearsal(made -> {
              calls[0]++;
              assertThat(WarmUps.of(made, Work.SCALING)).isSameAs(expected);
              assertThat(made.plan().fullOperands()).isEqualTo(2);
              assertThat(made.plan().length()).isEqualTo(longest(plan));
              if (plan.isRows() && Math.abs(plan.innerStep(0)) <= 3) {
                assertThat(made.plan().innerStep(0)).isEqualTo(plan.innerStep(0));
              }
              if (isWritable) {
                Arrays.fill(made.factor, 0, made.count(), 1);
                made.scale(1);
              }
            });
    walk.release();
    rehearsal.byVectors().run();
    assertThat(calls[0]).isPositive();
    rehearsal.plainly().run();
    assertThat(rehearsal.name()).contains(x.dtype().name());
  }

  private static long longest(SlicePlan plan) {
    return Math.min(plan.length(), plan.isRows() ? 1 << 14 : 1 << 12);
  }

  private static Stream<Arguments> calls() {
    Stream.Builder<Arguments> calls = Stream.builder();
    for (DType dtype : DType.values()) {
      for (int length : new int[] {1, 7, 20, 64, 100, 200, 300, 5000, 20_000}) {
        for (int slices : new int[] {1, 5, 70}) {
          String name = dtype + " of " + slices + " by " + length;
          calls.add(Arguments.of("rows, " + name, Tensor.zeros(dtype, slices, length), 1, false));
          calls.add(
              Arguments.of("in place, " + name, Tensor.zeros(dtype, slices, length), 1, true));
          if (slices > 1) {
            calls.add(
                Arguments.of("columns, " + name, Tensor.zeros(dtype, length, slices), 0, false));
          }
        }
      }
    }
    Tensor wide = Tensor.zeros(DType.F32, 50, 600);
    calls.add(Arguments.of("every second", wide.slice(1, 0, 600, 2), 1, false));
    calls.add(Arguments.of("every third", wide.slice(1, 0, 600, 3), 1, false));
    calls.add(Arguments.of("backwards", wide.flip(1), 1, false));
    calls.add(
        Arguments.of("transposed", Tensor.zeros(DType.F32, 300, 50).transpose(0, 1), 1, false));
    calls.add(Arguments.of("every fifth", wide.slice(1, 0, 600, 5), 1, false));
    for (DType dtype : DType.values()) {
      Tensor bytes =
          Tensor.of(dtype, MemorySegment.ofArray(new byte[40 * 70 * dtype.byteSize()]), 40, 70);
      calls.add(Arguments.of("bytes of " + dtype, bytes, 1, false));
      calls.add(Arguments.of("columns of bytes of " + dtype, bytes, 0, false));
    }
    return calls.build();
  }
}
