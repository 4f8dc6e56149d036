package dev.slicenorm.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class WarmUpTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void oneCallIsNotWorthARehearsal() throws InterruptedException {
    WarmUp warmUp = new WarmUp(true);
    AtomicInteger rehearsals = new AtomicInteger();
    warmUp.use(() -> rehearsal(rehearsals));
    assertThat(WarmUpThread.await(MINUTE)).isTrue();
    assertThat(rehearsals).hasValue(0);
    assertThat(warmUp.isOver()).isFalse();
  }

  @Test
  void theSecondCallBeginsItAndLaterOnesDoNot() throws InterruptedException {
    WarmUp warmUp = new WarmUp(true);
    AtomicInteger rehearsals = new AtomicInteger();
    for (int call = 0; call < 5; call++) {
      warmUp.use(() -> rehearsal(rehearsals));
    }
    assertThat(WarmUpThread.await(MINUTE)).isTrue();
    assertThat(rehearsals).hasValue(1);
    assertThat(warmUp.isOver()).isTrue();
  }

  @Test
  void threadsThatRaceBeginOne() throws Exception {
    for (int turn = 0; turn < 200; turn++) {
      WarmUp warmUp = new WarmUp(true);
      AtomicInteger rehearsals = new AtomicInteger();
      CountDownLatch start = new CountDownLatch(1);
      try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
        List<Future<?>> calls = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
          calls.add(
              threads.submit(() -> {
                start.await();
                warmUp.use(() -> rehearsal(rehearsals));
                return null;
              }));
        }
        start.countDown();
        for (Future<?> call : calls) {
          call.get();
        }
      }
      assertThat(rehearsals).hasValue(1);
    }
    assertThat(WarmUpThread.await(MINUTE)).isTrue();
  }

  @Test
  void aFailureLeavesTheWorkToPlainLoopsAndTheThreadAtWork() throws InterruptedException {
    WarmUp warmUp = new WarmUp(true);
    for (int call = 0; call < 2; call++) {
      warmUp.use(() ->
          new Rehearsal(
              "a task",
              () -> {
                throw new IllegalStateException("vectors that fail");
              },
              () -> {}));
    }
    assertThat(WarmUpThread.await(MINUTE)).isTrue();
    assertThat(warmUp.isOver()).isFalse();
    AtomicInteger rehearsals = new AtomicInteger();
    WarmUpThread.run(rehearsals::incrementAndGet);
    assertThat(WarmUpThread.await(MINUTE)).isTrue();
    assertThat(rehearsals).hasValue(1);
  }

  @Test
  void isOverAtOnceWhereVectorsAreNotWanted() {
    assertThat(new WarmUp(false).isOver()).isTrue();
  }

  @Test
  void theThreadKeepsNoApplicationFromEndingAndEndsItself() throws InterruptedException {
    AtomicReference<Thread> worker = new AtomicReference<>();
    WarmUpThread.run(() -> worker.set(Thread.currentThread()));
    assertThat(WarmUpThread.await(MINUTE)).isTrue();
    Thread thread = worker.get();
    assertThat(thread.isDaemon()).isTrue();
    assertThat(thread.getName()).isEqualTo("slicenorm-warm-up");
    thread.join(MINUTE);
    assertThat(thread.isAlive()).isFalse();
  }

  @Test
  void waitingEndsWhenTheTimeIsOver() throws InterruptedException {
    CountDownLatch busy = new CountDownLatch(1);
    WarmUpThread.run(() -> awaitQuietly(busy));
    try {
      assertThat(WarmUpThread.await(Duration.ofMillis(20))).isFalse();
    } finally {
      busy.countDown();
    }
    assertThat(WarmUpThread.await(MINUTE)).isTrue();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Rehearsal rehearsal(AtomicInteger count) {
    count.incrementAndGet();
    return new Rehearsal("a task", () -> {}, () -> {});
  }
}
