package dev.slicenorm.jmh;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Times all libraries on one item in one JVM, window by window in turn: whatever else the machine
 * does in the meantime hits all alike, so their ratio holds where single times do not.
 *
 * <p>{@link Compare} starts it, once per item: a JVM that has seen only one shape compiles for it,
 * as JMH's forks do.
 */
@Command(name = "measure", hidden = true, description = "Times one item; prints library, tab, ns.")
final class Measure implements Callable<Integer> {

  @Parameters(index = "0")
  private WorkItem item;

  @Option(names = "--threads")
  private int threads = 1;

  @Option(names = "--rounds")
  private int rounds = 5;

  @Option(names = "--window")
  private double window = 0.2;

  @Option(names = "--warm-up")
  private double warmUp = 1;

  @Option(names = "--processes-only")
  private boolean processesOnly;

  /** {@return the words for this command} */
  static List<String> words(WorkItem item, int threads, int rounds, double window, double warmUp) {
    return List.of(
        "measure",
        item.name(),
        "--threads=" + threads,
        "--rounds=" + rounds,
        "--window=" + window,
        "--warm-up=" + warmUp);
  }

  @Override
  public Integer call() throws IOException {
    Map<String, Task> tasks = prepare();
    Map<String, double[]> times = new LinkedHashMap<>();
    tasks.forEach((name, task) -> task.nanosPerCall((long) (warmUp * 1e9)));
    Task ours = tasks.get(Slicenorm.NAME);
    if (ours != null) {
      Timing.awaitVectors();
      ours.nanosPerCall((long) (warmUp * 1e9));
    }
    for (int round = 0; round < rounds; round++) {
      for (Map.Entry<String, Task> task : tasks.entrySet()) {
        times.computeIfAbsent(task.getKey(), name -> new double[rounds])[round] =
            task.getValue().nanosPerCall((long) (window * 1e9));
      }
    }
    tasks.values().forEach(Task::close);
    times.forEach((name, rounded) -> System.out.println(name + "\t" + median(rounded)));
    return 0;
  }

  private Map<String, Task> prepare() throws IOException {
    Inputs inputs = Inputs.of(item, 42);
    Map<String, Task> tasks = new LinkedHashMap<>();
    for (Library library : Libraries.supporting(item)) {
      if (processesOnly && library.inProcess()) {
        continue;
      }
      try {
        tasks.put(library.name(), SliceBenchmark.checked(library, inputs, threads));
      } catch (IllegalStateException e) {
        if (library instanceof Slicenorm) {
          throw e;
        }
        System.err.println(e.getMessage());
      }
    }
    return tasks;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
