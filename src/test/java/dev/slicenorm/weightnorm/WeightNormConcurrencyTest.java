package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Parameter;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Forward passes on many threads while g and v change. */
class WeightNormConcurrencyTest {

  private static final int THREADS = 16;
  private static final int ROUNDS = 100_000;
  private static final int ROWS = 4;
  private static final int COLUMNS = 3;

  private static final int TOGGLES = 4000;

  /** Of lengths that F64 has exactly, so that it is the same after any number of round trips. */
  private static final Tensor CONSTANT =
      Tensor.of(new double[] {3, 4, 0, 0, 3, 4, -4, 0, 3, 0, 0, 5}, ROWS, COLUMNS);

  private final Linear layer =
      WeightNormHook.weightNorm(
          new Linear(COLUMNS, ROWS, false, DType.F64, new SplittableRandom(1)),
          "weight",
          Axes.except(0));

  /**
   * In round k every row of v points along axis {@code k mod 3} with length k + 1, and every g is k
   * + 1: so every row of the weight has k + 1 at {@code k mod 3} and 0 elsewhere. Any mixture of
   * rounds shows.
   */
  private void write(int round) {
    Parameter g = layer.parameter("weight_g");
    Parameter v = layer.parameter("weight_v");
    Parameter.update(
        List.of(g, v),
        () -> {
          v.update(values -> {
            for (int row = 0; row < ROWS; row++) {
              for (int column = 0; column < COLUMNS; column++) {
                values.set(column == round % COLUMNS ? round + 1 : 0, row, column);
              }
            }
          });
          g.update(lengths -> lengths.fill(round + 1));
        });
  }

  @Test
  @Timeout(300)
  void noTornWeightWhileOneThreadUpdates() throws Exception {
    Tensor unit = Tensor.of(new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, COLUMNS, COLUMNS);
    write(0);
    AtomicInteger round = new AtomicInteger();
    Callable<Integer> reader =
        () -> {
          int last = 0;
          int passes = 0;
          while (round.get() < ROUNDS) {
            int seen = checked(layer.forward(unit).toDoubleArray());
            assertThat(seen).as("rounds only go up").isGreaterThanOrEqualTo(last);
            last = seen;
            passes++;
          }
          return passes;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1)) {
      Future<?> writer =
          threads.submit(() -> {
            while (round.get() < ROUNDS) {
              write(round.incrementAndGet());
            }
          });
      int passes = 0;
      for (Future<Integer> done : threads.invokeAll(Collections.nCopies(THREADS, reader))) {
        passes += done.get();
      }
      writer.get();
      assertThat(passes).isGreaterThan(THREADS);
    }
    assertThat(checked(layer.forward(unit).toDoubleArray())).isEqualTo(ROUNDS + 1);
  }

  /** {@return the round plus 1, from an output [column, row]} */
  private static int checked(double[] output) {
    double value = Arrays.stream(output).max().orElseThrow();
    double[] expected = new double[ROWS * COLUMNS];
    int column = ((int) value - 1) % COLUMNS;
    Arrays.fill(expected, column * ROWS, (column + 1) * ROWS, value);
    assertThat(output).containsExactly(expected);
    return (int) value;
  }

  @Test
  @Timeout(300)
  void applyAndRemoveDoNotDisturbForwardPasses() throws Exception {
    write(6);
    Tensor input = Tensor.of(new double[] {1, 2, 3}, 1, COLUMNS);
    double[] expected = layer.forward(input).toDoubleArray();
    layer.eval();
    AtomicInteger toggles = new AtomicInteger();
    Callable<Integer> reader =
        () -> {
          int passes = 0;
          while (toggles.get() < TOGGLES) {
            assertThat(layer.forward(input).toDoubleArray()).containsExactly(expected);
            passes++;
          }
          return passes;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1)) {
      Future<?> toggling = threads.submit(() -> toggle(toggles));
      for (Future<Integer> done : threads.invokeAll(Collections.nCopies(THREADS, reader))) {
        done.get();
      }
      toggling.get();
    }
  }

  @Test
  @Timeout(300)
  void assignmentsSurviveApplyAndRemove() throws Exception {
    AtomicInteger toggles = new AtomicInteger();
    Callable<Integer> writer =
        () -> {
          int assigned = 0;
          while (toggles.get() < TOGGLES) {
            layer.assign("weight", CONSTANT);
            layer.update("weight", weight -> weight.copyFrom(CONSTANT));
            assertThat(layer.weight("weight").shape()).containsExactly(ROWS, COLUMNS);
            assigned++;
          }
          return assigned;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(5)) {
      Future<?> toggling = threads.submit(() -> toggle(toggles));
      for (Future<Integer> done : threads.invokeAll(Collections.nCopies(4, writer))) {
        done.get();
      }
      toggling.get();
    }
    assertThat(layer.weight("weight").toDoubleArray()).containsExactly(CONSTANT.toDoubleArray());
  }

  @Test
  @Timeout(300)
  void aPassThatWaitedForAReplacedParameterTakesWhatReplacedIt() throws Exception {
    WeightNormHook.remove(layer, "weight");
    Parameter plain = layer.parameter("weight");
    plain.update(weight -> weight.copyFrom(CONSTANT));
    Tensor input = Tensor.of(new double[] {1, 2, 3}, 1, COLUMNS);
    double[] expected = layer.forward(input).toDoubleArray();
    FutureTask<double[]> pass = new FutureTask<>(() -> layer.forward(input).toDoubleArray());
    Thread reader = new Thread(pass);
    plain.update(weight -> {
      reader.start();
      while (reader.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      WeightNormHook.apply(layer, "weight", Axes.except(0));
    });
    assertThat(pass.get()).containsExactly(expected);
  }

  private void toggle(AtomicInteger toggles) {
    try {
      while (toggles.incrementAndGet() < TOGGLES) {
        WeightNormHook.remove(layer, "weight");
        WeightNormHook.apply(layer, "weight", Axes.except(0));
      }
    } finally {
      toggles.set(TOGGLES);
    }
  }

  @Test
  @Timeout(300)
  void threadsThatTrainTogetherAddTheirGradients() throws Exception {
    Tensor input = Tensor.of(new double[] {1, 2, 3}, 1, COLUMNS);
    Tensor gradient = Tensor.of(new double[] {1, -1, 2, 0.5}, 1, ROWS);
    layer.parameter("weight_g").update(g -> g.fill(1));
    layer.parameter("weight_v").update(v -> v.fill(1));
    layer.forward(input);
    layer.backward(gradient);
    double[] once = layer.parameter("weight_g").gradient().orElseThrow().toDoubleArray();
    layer.clearGradients();
    Callable<Integer> training =
        () -> {
          for (int i = 0; i < 64; i++) {
            layer.forward(input);
            layer.backward(gradient);
          }
          return 64;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (Future<Integer> done : threads.invokeAll(Collections.nCopies(THREADS, training))) {
        done.get();
      }
    }
    double[] sum = layer.parameter("weight_g").gradient().orElseThrow().toDoubleArray();
    for (int i = 0; i < ROWS; i++) {
      assertThat(sum[i] / (64 * THREADS * once[i])).isBetween(1 - 1e-12, 1 + 1e-12);
    }
  }
}
