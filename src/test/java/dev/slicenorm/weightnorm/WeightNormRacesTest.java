package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Sgd;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is put under weight norm and taken out again while other threads do the same, or more. */
@Timeout(120)
class WeightNormRacesTest {

  private static void toggle(Module module) {
    if (WeightNormHook.isApplied(module, "weight")) {
      WeightNormHook.remove(module, "weight");
    } else {
      WeightNormHook.apply(module, "weight", Axes.except(0));
    }
  }

  /** The loser of a race is told; whatever happens, the modules stay whole. */
  private static void toggleInTurns(Module first, Module second) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> one = threads.submit(() -> toggleOften(first));
      Future<?> other = threads.submit(() -> toggleOften(second));
      one.get();
      other.get();
    }
  }

  private static void toggleOften(Module module) {
    for (int i = 0; i < 20_000; i++) {
      try {
        toggle(module);
      } catch (IllegalStateException | IllegalArgumentException lost) {
        assertThat(lost).hasMessageContaining("weight");
      }
    }
  }

  @Test
  void twoThreadsThatApplyAndRemoveLeaveAModuleWhole() throws Exception {
    Linear layer = new Linear(7, 5);
    toggleInTurns(layer, layer);
    assertThat(layer.state()).containsKey("bias");
    toggle(layer);
    assertThat(layer.copy().weight("weight").toDoubleArray())
        .isEqualTo(layer.weight("weight").toDoubleArray());
  }

  @Test
  void tiedWeightsStayTied() throws Exception {
    Linear layer = new Linear(3, 3);
    Linear twin = new Linear(3, 3);
    twin.tie("weight", layer.parameter("weight"));
    toggleInTurns(layer, twin);
    assertThat(layer.state()).containsKey("bias");
    assertThat(twin.state().keySet()).isEqualTo(layer.state().keySet());
    assertThat(WeightNormHook.isApplied(twin, "weight"))
        .isEqualTo(WeightNormHook.isApplied(layer, "weight"));
    layer.update("weight", weight -> weight.fill(3));
    assertThat(twin.weight("weight").toDoubleArray())
        .isEqualTo(layer.weight("weight").toDoubleArray());
  }

  @Test
  void tiesThatComeMeanwhileHoldNoReplacedParameter() throws Exception {
    for (int round = 0; round < 300; round++) {
      Linear layer = new Linear(3, 3);
      Linear twin = new Linear(3, 3);
      try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
        Future<?> applied = threads.submit(() -> toggle(layer));
        Future<?> tied =
            threads.submit(() -> {
              try {
                twin.tie("weight", layer.parameter("weight"));
              } catch (IllegalStateException | IllegalArgumentException lost) {
                assertThat(lost).hasMessageContaining("weight");
              }
            });
        applied.get();
        tied.get();
      }
      assertThat(twin.state()).containsKey("bias");
    }
  }

  @Test
  void statesLoadInAnyFormWhileWeightNormComesAndGoes() throws Exception {
    Linear layer = new Linear(3, 2);
    WeightNormHook.apply(layer, "weight", Axes.except(0));
    Map<String, Tensor> state = StateForm.MAGNITUDE_DIRECTION.save(layer);
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<?> other =
          threads.submit(() -> {
            while (!done.get()) {
              toggle(layer);
            }
          });
      try {
        for (int i = 0; i < 3000; i++) {
          StateForm.load(layer, state);
          assertThat(StateForm.loadLeniently(layer, state).missing()).isEmpty();
        }
      } finally {
        done.set(true);
      }
      other.get();
    }
  }

  /** A step waits for a read that looks at the optimizer, and neither for the other. */
  @Test
  void optimizersAnswerWithinARead() throws Exception {
    Linear layer = new Linear(2, 2);
    Sgd sgd = new Sgd(layer.allParameters().values(), 0.1);
    layer.forward(Tensor.zeros(DType.F32, 1, 2));
    layer.backward(Tensor.of(new float[] {1, 1}, 1, 2));
    CountDownLatch reading = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<Integer> saver =
          threads.submit(() ->
              layer.readAll(() -> {
                reading.countDown();
                sleep();
                sgd.clipGradients(1);
                return sgd.parameters().size();
              }));
      reading.await();
      Future<?> trainer = threads.submit(sgd::step);
      assertThat(saver.get(20, TimeUnit.SECONDS)).isEqualTo(2);
      trainer.get(20, TimeUnit.SECONDS);
    }
    assertThatThrownBy(() ->
            layer.readAll(() -> {
              sgd.step();
              return 0;
            }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is being read by this thread");
  }

  private static void sleep() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
