package dev.slicenorm.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The short comparison, one line per work item.
 *
 * <pre>{@code
 * ./mvnw -f jmh verify -DskipTests -Ppeers -Djmh=compare
 * ./mvnw -f jmh verify -DskipTests -Ppeers -Djmh="compare --items=BACKWARD --threads=1,2"
 * }</pre>
 */
@Command(
    name = "compare",
    description = "Prints each work item beside its best peer.",
    mixinStandardHelpOptions = true)
final class Compare implements Callable<Integer> {

  private static final String ROW = "%-44s %10s  %10s %-26s %7s %6s %6s%n";

  @Spec private CommandSpec spec;

  @Option(names = "--items", description = "Pattern of the items' names; all by default.")
  private Pattern items = Pattern.compile("");

  @Option(names = "--threads", split = ",", description = "Numbers of threads; 1 by default.")
  private int[] threads = {1};

  @Option(names = "--rounds", description = "Windows per library, of which the median counts.")
  private int rounds = 5;

  @Option(names = "--window", description = "Seconds of a window.")
  private double window = 0.2;

  @Option(names = "--warm-up", description = "Seconds before the first window.")
  private double warmUp = 1;

  @Option(names = "--all", description = "Print every peer, not only the best.")
  private boolean all;

  @Option(names = "--json", description = "Also add the figures to this file, in JMH's form.")
  private Path json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    System.out.println("libraries: " + String.join(", ", Libraries.names()));
    System.out.println(
        "ratio: the peer's time over ours; below 1 it is faster. share: of the memory bandwidth");
    System.out.println(
        "measured in this run on as many bytes. Times are medians of " + rounds + " windows.");
    Results results = new Results();
    for (int count : threads) {
      System.out.printf("%n%d thread%s%n", count, count == 1 ? "" : "s");
      System.out.printf(ROW, "work", "ours", "peer", "", "ratio", "GB/s", "share");
      for (WorkItem item : matching(items, spec)) {
        measure(item, count, results);
        print(item, count, results);
      }
    }
    if (json != null) {
      results.appendTo(json);
    }
    return 0;
  }

  /** {@return the items whose names match; at least one} */
  static List<WorkItem> matching(Pattern pattern, CommandSpec spec) {
    List<WorkItem> chosen =
        Arrays.stream(WorkItem.values())
            .filter(item -> pattern.matcher(item.name()).find())
            .toList();
    if (chosen.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--items=%s matches none of %s".formatted(pattern, Arrays.toString(WorkItem.values())));
    }
    return chosen;
  }

  private void measure(WorkItem item, int count, Results results)
      throws IOException, InterruptedException {
    results.addLimit(item, item.operation().traffic(), count);
    add(item, count, Measure.words(item, count, rounds, window, warmUp), results);
  }

  /** Starts {@link Measure} with its own JVM and adds what it prints. */
  static void add(WorkItem item, int threads, List<String> words, Results results)
      throws IOException, InterruptedException {
    List<String> lines = ChildProcess.lines(Fairness.process(words), "measuring " + item);
    for (String line : lines) {
      String[] parts = line.split("\t");
      // A library may print as well.
      if (parts.length == 2 && Libraries.names().contains(parts[0])) {
        results.addTime(item, parts[0], threads, Double.parseDouble(parts[1]));
      }
    }
  }

  private void print(WorkItem item, int count, Results results) {
    Map<String, Double> times = results.times(item, count);
    double ours = times.get(Slicenorm.NAME);
    double rate = item.bytes() / ours;
    OptionalDouble limit = results.limit(item, count);
    Optional<Map.Entry<String, Double>> best = Results.bestPeer(times);
    System.out.printf(
        Locale.ROOT,
        ROW,
        item.label(),
        time(ours),
        best.map(peer -> time(peer.getValue())).orElse("-"),
        best.map(Map.Entry::getKey).orElse("no peer"),
        best.map(peer -> format("%.2f", peer.getValue() / ours)).orElse("-"),
        format("%.1f", rate),
        limit.isPresent() ? format("%.0f%%", 100 * rate / limit.getAsDouble()) : "-");
    if (all) {
      System.out.println(
          times.entrySet().stream()
              .map(entry -> entry.getKey() + " " + time(entry.getValue()))
              .collect(Collectors.joining(", ", "    ", "")));
    }
  }

  private static String time(double nanos) {
    if (nanos < 1e3) {
      return format("%.1f ns", nanos);
    }
    return nanos < 1e6 ? format("%.2f µs", nanos / 1e3) : format("%.2f ms", nanos / 1e6);
  }

  private static String format(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }

  /** Where commands write what they make. */
  static Path folder(Path given) throws IOException {
    return Files.createDirectories(given != null ? given : Fairness.beside("results"));
  }
}
