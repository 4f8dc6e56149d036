package dev.slicenorm.jmh;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Proves that a call whose output the caller gives allocates nothing, and fails where it does.
 *
 * <pre>{@code
 * ./mvnw -f jmh verify -DskipTests -Djmh=allocations
 * }</pre>
 */
@Command(
    name = "allocations",
    description = "Bytes allocated per call, by JMH's gc profiler; fails above zero.",
    mixinStandardHelpOptions = true)
final class Allocations implements Callable<Integer> {

  private static final String METRIC = "gc.alloc.rate.norm";

  /**
   * JMH itself allocates about 10 KB in an iteration, which the profiler divides by the calls: some
   * bytes on calls of 1 ms, and the least object has 16.
   */
  private static final double JMH_BYTES_PER_SECOND = 20_000;

  @Option(names = "--items", description = "Pattern of the items' names; all by default.")
  private Pattern items = Pattern.compile("");

  @Option(names = "--threads", description = "Threads; 1 by default.")
  private int threads = 1;

  @Option(names = "--seconds", description = "Seconds of warm-up and of measurement; 3.")
  private double seconds = 3;

  @Override
  public Integer call() throws RunnerException {
    TimeValue time = TimeValue.milliseconds((long) (seconds * 1000));
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(Pattern.quote(SliceBenchmark.class.getName()) + "\\.")
                    .param("item", names())
                    .param("threads", Integer.toString(threads))
                    .addProfiler(GCProfiler.class)
                    .warmupIterations(1)
                    .measurementIterations(1)
                    .warmupTime(time)
                    .measurementTime(time)
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    boolean none = true;
    for (RunResult result : results) {
      double bytes = result.getSecondaryResults().get(METRIC).getScore();
      double seconds = result.getPrimaryResult().getScore() / 1e9;
      boolean clean = bytes < Math.max(1, JMH_BYTES_PER_SECOND * seconds);
      none &= clean;
      WorkItem item = WorkItem.valueOf(result.getParams().getParam("item"));
      System.out.printf(
          Locale.ROOT,
          "%-44s %10.3f B/call  %s%n",
          item.label(),
          bytes,
          clean ? "ok" : "ALLOCATES");
    }
    return none ? 0 : 1;
  }

  private String[] names() {
    return Arrays.stream(WorkItem.values())
        .map(WorkItem::name)
        .filter(name -> items.matcher(name).find())
        .toArray(String[]::new);
  }
}
