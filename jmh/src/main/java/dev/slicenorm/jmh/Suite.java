package dev.slicenorm.jmh;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Everything, through JMH, into {@code results/jmh.json} beside the jar and charts beside that.
 *
 * <pre>{@code
 * ./mvnw -f jmh verify -DskipTests -Ppeers -Djmh=suite
 * ./mvnw -f jmh verify -DskipTests -Ppeers -Djmh="suite --threads=1,2"
 * }</pre>
 */
@Command(
    name = "suite",
    description = "Runs all benchmarks, writes JMH's JSON and draws the charts.",
    mixinStandardHelpOptions = true)
final class Suite implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(names = "--items", description = "Pattern of the items' names; all by default.")
  private Pattern items = Pattern.compile("");

  @Option(names = "--threads", split = ",", description = "Numbers of threads; 1 by default.")
  private int[] threads = {1};

  @Option(names = "--warm-up", description = "Warm-up iterations; 3 by default.")
  private int warmUp = 3;

  @Option(names = "--iterations", description = "Measured iterations; 5 by default.")
  private int iterations = 5;

  @Option(names = "--seconds", description = "Seconds of an iteration; 1 by default.")
  private double seconds = 1;

  @Option(names = "--out", description = "Folder; results beside the jar by default.")
  private Path out;

  @Override
  public Integer call() throws IOException, InterruptedException, RunnerException {
    Path folder = Compare.folder(out);
    Path json = folder.resolve("jmh.json");
    Collection<RunResult> timed = new ArrayList<>();
    for (int count : threads) {
      for (Library library : Libraries.all()) {
        if (library.inProcess()) {
          timed.addAll(run(library, count));
        }
      }
    }
    try (PrintStream stream = new PrintStream(Files.newOutputStream(json))) {
      ResultFormatFactory.getInstance(ResultFormatType.JSON, stream).writeOut(timed);
    }
    besideJmh().appendTo(json);
    Charts.draw(json, folder);
    System.out.println("wrote " + folder);
    return 0;
  }

  private List<WorkItem> chosen() {
    return Compare.matching(items, spec);
  }

  private Collection<RunResult> run(Library library, int count) throws RunnerException {
    String[] names =
        chosen().stream().filter(library::supports).map(WorkItem::name).toArray(String[]::new);
    if (names.length == 0) {
      return List.of();
    }
    TimeValue time = TimeValue.milliseconds((long) (seconds * 1000));
    return new Runner(
            new OptionsBuilder()
                .include(Pattern.quote(SliceBenchmark.class.getName()) + "\\.")
                .param("item", names)
                .param("library", library.name())
                .param("threads", Integer.toString(count))
                .warmupIterations(warmUp)
                .measurementIterations(iterations)
                .warmupTime(time)
                .measurementTime(time)
                .shouldFailOnError(library instanceof Slicenorm)
                .build())
        .run();
  }

  /** What JMH can't time: peers in processes of their own, limits, accuracy. */
  private Results besideJmh() throws IOException, InterruptedException {
    Results results = new Results();
    for (int count : threads) {
      for (WorkItem item : chosen()) {
        results.addLimit(item, item.operation().traffic(), count);
        if (Charts.WORKING_SETS.contains(item)) {
          results.addLimit(item, Bandwidth.Kind.NORM, count);
        }
        if (Libraries.supporting(item).stream().anyMatch(library -> !library.inProcess())) {
          List<String> words =
              new ArrayList<>(Measure.words(item, count, iterations, seconds, seconds));
          words.add("--processes-only");
          Compare.add(item, count, words, results);
        }
      }
    }
    Accuracy.measure(results, Accuracy.TRIALS);
    return results;
  }
}
