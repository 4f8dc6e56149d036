package dev.slicenorm.jmh;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The commands. Words that name none of them go to JMH.
 *
 * <p>Starts itself once more with the settings of {@link Fairness}, so that no figure depends on
 * what somebody remembered to set.
 */
@Command(
    name = "benchmarks",
    description = "How fast and how accurate Slicenorm is. Other words go to JMH.",
    mixinStandardHelpOptions = true,
    subcommands = {
      Compare.class,
      Suite.class,
      Charts.class,
      Accuracy.class,
      Allocations.class,
      Convergence.class,
      UnitVectors.class,
      Situations.class,
      Measure.class,
      MeasureUnitVectors.class
    })
public final class Main {

  private Main() {}

  /** Runs a command. */
  public static void main(String[] arguments) throws Exception {
    if (!Fairness.holds()) {
      System.exit(Fairness.process(List.of(arguments)).inheritIO().start().waitFor());
    }
    CommandLine commands = new CommandLine(new Main());
    String first = arguments.length == 0 ? "--help" : arguments[0];
    if (commands.getSubcommands().containsKey(first) || first.equals("--help")) {
      System.exit(commands.execute(arguments.length == 0 ? new String[] {first} : arguments));
    }
    org.openjdk.jmh.Main.main(arguments);
  }
}
