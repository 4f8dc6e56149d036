package dev.slicenorm.jmh;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How far the F32 L2 norm of normal data is from the true one, at most, in ULP.
 *
 * <pre>{@code
 * ./mvnw -f jmh verify -DskipTests -Djmh=accuracy
 * ./mvnw -f jmh verify -DskipTests -Ppeers -Djmh=accuracy
 * }</pre>
 */
@Command(
    name = "accuracy",
    description = "Largest error of the L2 norm of normal data, in ULP.",
    mixinStandardHelpOptions = true)
final class Accuracy implements Callable<Integer> {

  /** Trials of 1024 and 65536 elements. */
  static final int TRIALS = 100;

  private static final List<WorkItem> SIZES =
      List.of(WorkItem.NORM_1K, WorkItem.NORM_64K, WorkItem.NORM_16M);

  /** 16M elements take a second each to draw, to add exactly and to hand to all peers. */
  private static final int MOST_ELEMENTS = 1 << 26;

  /**
   * Taken in 2026, before Slicenorm had code, from the packages of PyTorch 1.13 and 2.6, NumPy, and
   * Jittor, with the same kind of data: recorded here because not all of them run beside a JVM.
   */
  private static final Map<String, double[]> RECORDED =
      Map.of(
          "PyTorch 1.13", new double[] {1.71, 12.6, 10950},
          "PyTorch 2.6", new double[] {1.99, 11.6, 10950},
          "NumPy", new double[] {1.25, 1.99, 1396},
          "Jittor", new double[] {12.7, 120, 237100});

  private static final String ROW = "%-24s %12s %12s %12s   %s%n";

  @Option(names = "--trials", description = "Inputs of 1024 and 65536 elements; 100 by default.")
  private int trials = TRIALS;

  @Override
  public Integer call() throws IOException {
    Results results = new Results();
    measure(results, trials);
    System.out.println("Largest error of the F32 L2 norm of normal data, in ULP, by elements.");
    System.out.println("Truth: squares added as integers, root to 50 digits.");
    System.out.println();
    Object[] head = SIZES.stream().map(WorkItem::elements).toArray();
    System.out.printf(ROW, "library", head[0], head[1], head[2], "source");
    for (String library : Libraries.names()) {
      List<String> errors = new ArrayList<>();
      for (WorkItem size : SIZES) {
        Double error = results.accuracy((int) size.elements()).get(library);
        errors.add(error == null ? "-" : format(error));
      }
      if (!errors.stream().allMatch("-"::equals)) {
        System.out.printf(ROW, library, errors.get(0), errors.get(1), errors.get(2), "this run");
      }
    }
    RECORDED.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> {
          double[] errors = entry.getValue();
          System.out.printf(
              ROW,
              entry.getKey(),
              format(errors[0]),
              format(errors[1]),
              format(errors[2]),
              "recorded in 2026, before Slicenorm had code");
        });
    return 0;
  }

  private static String format(double ulps) {
    return String.format(Locale.ROOT, ulps < 1 ? "%.4f" : ulps < 100 ? "%.2f" : "%.0f", ulps);
  }

  /**
   * Measures every library.
   *
   * @param results receives the figures
   * @param trials inputs of the shorter sizes
   */
  static void measure(Results results, int trials) throws IOException {
    for (WorkItem size : SIZES) {
      int elements = Math.toIntExact(size.elements());
      int count = Math.max(1, Math.min(trials, MOST_ELEMENTS / elements));
      double[] worst = new double[Libraries.all().size()];
      for (int trial = 0; trial < count; trial++) {
        Inputs inputs = Inputs.of(size, trial);
        BigDecimal truth = ExactNorm.of(inputs.v()[0]);
        for (int i = 0; i < worst.length; i++) {
          Library library = Libraries.all().get(i);
          // A process per input is slow to start: a tenth of the inputs must do.
          if (library.supports(size) && (library.inProcess() || trial < Math.max(1, count / 10))) {
            worst[i] = Math.max(worst[i], error(library, inputs, truth));
          }
        }
      }
      for (int i = 0; i < worst.length; i++) {
        if (Libraries.all().get(i).supports(size)) {
          results.addAccuracy(elements, Libraries.all().get(i).name(), worst[i]);
        }
      }
    }
  }

  private static double error(Library library, Inputs inputs, BigDecimal truth) throws IOException {
    try (Task task = library.prepare(inputs, 1)) {
      task.call(0);
      return ExactNorm.ulps(task.results()[0], truth);
    }
  }
}
