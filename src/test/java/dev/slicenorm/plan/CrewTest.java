package dev.slicenorm.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.testing.Child;
import java.io.File;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class CrewTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64})
  void eachPieceIsDoneOnce(int threads) {
    for (int pieces = 0; pieces < 100; pieces++) {
      AtomicIntegerArray done = new AtomicIntegerArray(pieces);
      Crew.share(
          pieces,
          threads,
          piece -> done.incrementAndGet((int) piece),
          () -> piece -> done.incrementAndGet((int) piece));
      for (int piece = 0; piece < pieces; piece++) {
        assertThat(done.get(piece)).as("piece %d of %d", piece, pieces).isEqualTo(1);
      }
    }
  }

  @Test
  void helpersThatDoNotWakeUpAreNotWaitedFor() throws Exception {
    whileThePoolIsBusy(() -> {
      AtomicInteger done = new AtomicInteger();
      Crew.share(10, 2, piece -> done.incrementAndGet(), () -> piece -> done.addAndGet(100));
      assertThat(done).hasValue(10);
    });
  }

  @Test
  void aFailureOfTheCallerStopsTheHelpersAndComesOut() {
    AtomicInteger working = new AtomicInteger();
    assertThatThrownBy(() ->
            Crew.share(
                1_000_000,
                4,
                piece -> {
                  throw new IllegalStateException("piece " + piece);
                },
                () ->
                    piece -> {
                      working.incrementAndGet();
                      Thread.onSpinWait();
                      working.decrementAndGet();
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("piece ");
    assertThat(working).hasValue(0);
  }

  @Test
  void aFailureOfAHelperComesOut() {
    CountDownLatch failed = new CountDownLatch(1);
    assertThatThrownBy(() ->
            Crew.share(
                2,
                2,
                piece -> await(failed),
                () ->
                    piece -> {
                      failed.countDown();
                      throw new IllegalArgumentException("helper");
                    }))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** A pool whose threads are busy for long would fill up, and hold on to all that was shared. */
  @Test
  void helpersThatAreCalledOffLeaveThePool() throws Exception {
    whileThePoolIsBusy(() -> {
      int before = ForkJoinPool.commonPool().getQueuedSubmissionCount();
      for (int i = 0; i < 1000; i++) {
        Crew.share(10, 4, piece -> {}, () -> piece -> {});
      }
      assertThat(ForkJoinPool.commonPool().getQueuedSubmissionCount()).isEqualTo(before);
    });
  }

  /** With a pool that has no thread, a stream would wait for ever for what lies on its tasks. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void parallelStreamsEndAndTheFirstCallerIsForgotten(int poolThreads, @TempDir Path folder)
      throws Exception {
    Child.Result result =
        Child.java(
            folder,
            "-Djava.util.concurrent.ForkJoinPool.common.parallelism=" + poolThreads,
            "-cp",
            Child.classes() + File.pathSeparator + Child.testClasses(),
            FreshJvm.class.getName());
    assertThat(result.out().lines())
        .as(result.err())
        .containsExactly("5.0", "forgotten", "30 in a parallel stream", "0 left in the pool");
  }

  private static void whileThePoolIsBusy(Runnable action) throws InterruptedException {
    int workers = Math.max(1, ForkJoinPool.commonPool().getParallelism());
    CountDownLatch busy = new CountDownLatch(workers);
    CountDownLatch release = new CountDownLatch(1);
    for (int i = 0; i < workers; i++) {
      ForkJoinPool.commonPool()
          .execute(() -> {
            busy.countDown();
            await(release);
          });
    }
    busy.await();
    try {
      action.run();
    } finally {
      release.countDown();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
