package dev.slicenorm.jmh;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One call of one library on one work item. The names are those of {@link WorkItem} and of the
 * tables.
 *
 * <pre>{@code
 * ./mvnw -f jmh verify -DskipTests -Djmh="SliceBenchmark -p item=NORM_64K,NORM_1M"
 * ./mvnw -f jmh verify -DskipTests -Ppeers -Djmh="SliceBenchmark -p item=NORM_64K -p library=Slicenorm,libtorch"
 * ./mvnw -f jmh verify -DskipTests -Djmh="SliceBenchmark -p item=FORWARD_4096_KEPT_LAST -p threads=2 -prof gc"
 * }</pre>
 *
 * <p>Vectors are compiled before the first warm-up iteration, and what calls them in the course of
 * the warm-up.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      Fairness.VECTORS,
      Fairness.NATIVE,
      Fairness.UNSAFE,
      Fairness.NO_LIMIT,
      Fairness.LARGE_PAGES,
      Fairness.TOUCHED,
      Fairness.LEAST_HEAP,
      Fairness.MOST_HEAP
    })
public class SliceBenchmark {

  @Param WorkItem item;

  @Param(Slicenorm.NAME)
  String library;

  @Param("1")
  int threads;

  private Task task;
  private int turn;

  /** Prepares the library and refuses to time it if it disagrees. */
  @Setup
  public void prepare() throws IOException {
    task = checked(Libraries.named(library), Inputs.of(item, 42), threads);
    task.call(turn++);
    task.call(turn++);
    Timing.awaitVectors();
  }

  static Task checked(Library library, Inputs inputs, int threads) throws IOException {
    if (!library.supports(inputs.item())) {
      throw new IllegalArgumentException(library.name() + " has no way to do " + inputs.item());
    }
    Task task = library.prepare(inputs, threads);
    try {
      Agreement.require(library, task, inputs, expected(library, inputs));
      return task;
    } catch (IllegalStateException e) {
      task.close();
      throw e;
    }
  }

  private static double[] expected(Library library, Inputs inputs) {
    if (library instanceof Slicenorm) {
      return Agreement.expected(inputs);
    }
    try (Task ours = new Slicenorm().prepare(inputs, 1)) {
      ours.call(0);
      return Agreement.widened(ours.results());
    }
  }

  /** Frees native memory. */
  @TearDown
  public void close() {
    task.close();
  }

  /** {@return something that depends on the result} */
  @Benchmark
  public double call() {
    return task.call(turn++);
  }
}
