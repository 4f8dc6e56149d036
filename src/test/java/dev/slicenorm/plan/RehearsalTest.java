package dev.slicenorm.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class RehearsalTest {

  private static final long MINUTE = 60_000_000_000L;

  @Test
  void goesOnUntilVectorsKeepUp() {
    AtomicInteger times = new AtomicInteger();
    Rehearsal rehearsal =
        new Rehearsal(
            "a task",
            () -> sleep(times.incrementAndGet() <= 10 ? 50_000_000 : 0),
            () -> sleep(1_000_000));
    assertThat(rehearsal.succeeds(MINUTE)).isTrue();
    assertThat(times).hasValueGreaterThanOrEqualTo(13);
  }

  @Test
  void givesUpVectorsThatStaySlow() {
    AtomicInteger times = new AtomicInteger();
    Rehearsal rehearsal =
        new Rehearsal(
            "a task",
            () -> {
              times.incrementAndGet();
              sleep(50_000_000);
            },
            () -> sleep(1_000_000));
    assertThat(rehearsal.succeeds(200_000_000)).isFalse();
    assertThat(times).hasValueBetween(1, 5);
  }

  @Test
  void oneSlowTurnStartsTheCountAnew() {
    AtomicInteger times = new AtomicInteger();
    Rehearsal rehearsal =
        new Rehearsal(
            "a task",
            () -> sleep(times.incrementAndGet() % 3 == 0 && times.get() < 9 ? 50_000_000 : 0),
            () -> sleep(1_000_000));
    assertThat(rehearsal.succeeds(MINUTE)).isTrue();
    assertThat(times).hasValueGreaterThanOrEqualTo(9);
  }

  private static void sleep(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }
}
