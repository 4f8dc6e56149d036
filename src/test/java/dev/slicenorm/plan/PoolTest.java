package dev.slicenorm.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PoolTest {

  private static final class Thing extends Pool.Loan {
    private int users;
  }

  private final AtomicInteger made = new AtomicInteger();
  private final Pool<Thing> pool =
      new Pool<>(() -> {
        made.incrementAndGet();
        return new Thing();
      });

  @Test
  void lendsWhatCameBack() {
    Thing first = pool.lend();
    Thing second = pool.lend();
    assertThat(second).isNotSameAs(first);
    first.giveBack();
    assertThat(pool.lend()).isSameAs(first);
    second.giveBack();
    first.giveBack();
    pool.lend();
    pool.lend();
    assertThat(made).hasValue(2);
  }

  @Test
  void neverLendsTwiceAndForgetsThoseThatStayOut() {
    Set<Thing> out = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int i = 0; i < 100; i++) {
      assertThat(out.add(pool.lend())).isTrue();
    }
    // The last sixteen are known; of the others nobody will hear again.
    Thing last = pool.lend();
    last.giveBack();
    assertThat(pool.lend()).isSameAs(last);
    out.forEach(Pool.Loan::giveBack);
    last.giveBack();
    for (int i = 0; i < 16; i++) {
      pool.lend();
    }
    assertThat(made).hasValue(101);
  }

  @Test
  void threadsDontShare() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Callable<Integer>> work = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        work.add(() -> {
          int most = 0;
          for (int turn = 0; turn < 50_000; turn++) {
            Thing thing = pool.lend();
            most = Math.max(most, ++thing.users);
            thing.users--;
            thing.giveBack();
          }
          return most;
        });
      }
      for (Future<Integer> most : threads.invokeAll(work)) {
        assertThat(most.get()).isEqualTo(1);
      }
    }
    assertThat(made.get()).isBetween(1, 16);
  }
}
