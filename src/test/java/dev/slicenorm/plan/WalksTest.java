package dev.slicenorm.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.kernel.Term;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a walk keeps hold of when its task has failed: nothing. */
@Timeout(300)
class WalksTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aFailureLetsGoOfTheOperands(int threads) throws InterruptedException {
    requireCollected(
        failOver(
            Tensor.zeros(DType.F32, 1000, 64),
            threads,
            walk -> {
              throw new IllegalStateException("a task that fails");
            }));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  @SuppressWarnings("MustBeClosedChecker") // Its task closes it, too early.
  void soDoesOneWithinASliceThatThreadsShare(int threads) throws InterruptedException {
    Arena arena = Arena.ofShared();
    int length = 1 << 22;
    Tensor x = Tensor.of(DType.F32, arena.allocate(4L * length, 4), 1, length);
    requireCollected(
        failOver(
            x,
            threads,
            walk -> {
              arena.close();
              walk.reduce(Term.SQUARES);
            }));
  }

  @Test
  void aWalkThatFailedServesAgain() {
    Tensor x = Tensor.of(new float[] {3, 4, 6, 8}, 2, 2);
    for (int turn = 0; turn < 40; turn++) {
      failOver(
          x,
          1,
          walk -> {
            walk.reduce(Term.SQUARES);
            throw new IllegalStateException("a task that fails");
          });
      float[] sums = new float[2];
      Tensor out = Tensor.of(sums, 2, 1);
      Walks.run(
          Walks.begin(plan(x, out), Precision.SINGLE).with(x).with(out),
          1,
          walk -> {
            walk.reduce(Term.SQUARES);
            walk.write(1, walk.sums.hi);
          });
      assertThat(sums).containsExactly(25, 100);
    }
  }

  /** Runs a task that fails over a tensor and another, and returns the array of the other. */
  private static WeakReference<float[]> failOver(
      Tensor x, int threads, Consumer<Walk<float[]>> task) {
    float[] sums = new float[(int) x.size(0)];
    Tensor out = Tensor.of(sums, x.size(0), 1);
    SlicePlan plan = plan(x, out);
    assertThatThrownBy(
            () -> Walks.run(Walks.begin(plan, Precision.SINGLE).with(x).with(out), threads, task))
        .isInstanceOf(IllegalStateException.class);
    return new WeakReference<>(sums);
  }

  private static SlicePlan plan(Tensor x, Tensor out) {
    return SlicePlan.of(
        new boolean[] {false, true}, new Layout[] {x.layout()}, new Layout[] {out.layout()});
  }

  private static void requireCollected(Reference<?> reference) throws InterruptedException {
    for (int turn = 0; turn < 100 && !reference.refersTo(null); turn++) {
      System.gc();
      Thread.sleep(10);
    }
    assertThat(reference.refersTo(null)).as("the pool let go of it").isTrue();
  }
}
