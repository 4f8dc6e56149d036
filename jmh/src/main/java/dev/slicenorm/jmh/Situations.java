package dev.slicenorm.jmh;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Whether Slicenorm is at least about as fast as a plain loop in whatever way a JVM was started,
 * and chooses the kernel that it should. Each situation has a JVM of its own, {@link
 * MeasureSituation}.
 *
 * <pre>{@code
 * ./mvnw -f jmh verify -DskipTests -Djmh=situations
 * ./mvnw -f jmh verify -DskipTests -Djmh="situations --only=C1"
 * }</pre>
 */
@Command(
    name = "situations",
    description = {
      "Ratio of a plain loop's time to ours, by how the JVM was started.",
      "Fails where ours takes more than 1.5 times as long, or another kernel runs than should."
    },
    mixinStandardHelpOptions = true)
final class Situations implements Callable<Integer> {

  /** A plain loop's time over ours below this is a finding. */
  private static final double LEAST_RATIO = 1 / 1.5;

  private static final String SIMD = "simd";
  private static final String SCALAR = "scalar";

  /** How a JVM was started. */
  enum Situation {
    DEFAULT(SIMD, "the Vector API is there", Fairness.VECTORS),
    NO_FLAG(SCALAR, "--add-modules jdk.incubator.vector"),
    C1(SCALAR, "without C2", Fairness.VECTORS, "-XX:TieredStopAtLevel=1"),
    NO_AVX(SCALAR, "no FMA instructions", Fairness.VECTORS, "-XX:UseAVX=0"),
    NARROW(SIMD, "the Vector API is there", Fairness.VECTORS, "-XX:MaxVectorSize=16"),
    SCALAR_KERNEL(
        SCALAR, "set by -Ddev.slicenorm.kernel", Fairness.VECTORS, "-Ddev.slicenorm.kernel=scalar"),
    NO_FMA(SCALAR, "no FMA instructions", Fairness.VECTORS, "-XX:-UseFMA");

    private final String kernel;
    private final String reason;
    private final List<String> options;

    Situation(String kernel, String reason, String... options) {
      this.kernel = kernel;
      this.reason = reason;
      this.options = List.of(options);
    }
  }

  @Option(
      names = "--only",
      split = ",",
      description = "${COMPLETION-CANDIDATES}; all by default. One takes three minutes.")
  private List<Situation> only = Arrays.asList(Situation.values());

  @Option(
      names = "--cases",
      description = "Pattern of the cases as printed, such as '^F64 L1'; all by default.")
  private Pattern cases = Pattern.compile("");

  @Option(names = "--rounds", description = "Windows per loop, of which the median counts.")
  private int rounds = 5;

  @Option(names = "--window", description = "Seconds of a window.")
  private double window = 0.05;

  @Option(names = "--warm-up", description = "Seconds before the first window.")
  private double warmUp = 0.5;

  @Override
  public Integer call() throws IOException, InterruptedException {
    System.out.println("ratio: a plain loop's time over ours; above 1 ours is faster.");
    boolean good = true;
    for (Situation situation : only) {
      String options = String.join(" ", situation.options);
      System.out.printf("%n%s: %s%n", situation, options.isEmpty() ? "no options" : options);
      List<String> arguments = new ArrayList<>();
      for (double value : new double[] {rounds, window, warmUp}) {
        arguments.add(Double.toString(value));
      }
      arguments.add(cases.pattern());
      List<String> lines =
          ChildProcess.lines(
              Fairness.process(situation.options, MeasureSituation.class, arguments),
              "measuring " + situation);
      for (String line : lines) {
        good &= print(situation, line.split("\t"));
      }
    }
    return good ? 0 : 1;
  }

  /** Prints one line of the child: the kernel and the reason, or a case and two times. */
  private static boolean print(Situation situation, String[] parts) {
    if (parts.length == 2) {
      boolean expected = parts[0].equals(situation.kernel) && parts[1].contains(situation.reason);
      System.out.printf("  %s: %s%n", parts[0], parts[1]);
      if (!expected) {
        System.out.printf(
            "  UNEXPECTED: not %s because \"%s\"%n", situation.kernel, situation.reason);
      }
      return expected;
    }
    double plain = Double.parseDouble(parts[1]);
    double ours = Double.parseDouble(parts[2]);
    boolean good = plain / ours >= LEAST_RATIO;
    System.out.printf(
        Locale.ROOT,
        "  %-28s %14.1f ns %14.1f ns %8.2f%s%n",
        parts[0],
        plain,
        ours,
        plain / ours,
        good ? "" : "  SLOWER");
    return good;
  }
}
