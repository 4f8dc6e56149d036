package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.NamePattern;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which tensors a command is about. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class Selection {

  /** What a pattern should match where names of tensors are selected. */
  static final String TENSOR = "a name that slicenorm inspect lists";

  /** What a pattern should match where plain weights are selected, which no tensor is called. */
  static final String PLAIN_WEIGHT = "a name that slicenorm inspect lists behind 'v of'";

  /** What a pattern should match where layers are selected: weights, plain or under weight norm. */
  static final String LAYER =
      "a name that slicenorm inspect lists, of a tensor of two axes or more, or behind 'v of'";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--include",
      paramLabel = "PATTERN",
      description =
          "Only names that match: * for any characters, ? for one. May be repeated; each must match"
              + " one.")
  private List<String> include = new ArrayList<>();

  @Option(
      names = "--exclude",
      paramLabel = "PATTERN",
      description = "Not names that match. May be repeated; each must match one.")
  private List<String> exclude = new ArrayList<>();

  private final Set<String> met = new HashSet<>();

  /** {@return the names that are selected; remembers which patterns met one} */
  Predicate<String> names() {
    Predicate<String> selected = NamePattern.selecting(include, exclude);
    return name -> {
      Stream.concat(include.stream(), exclude.stream())
          .filter(pattern -> NamePattern.matches(pattern, name))
          .forEach(met::add);
      return selected.test(name);
    };
  }

  /**
   * Checks that each pattern has met a name, which a misspelt one has not: left alone, it would
   * leave out what was meant to be included, or include what was meant to be left out.
   *
   * @param what the names that were asked about
   * @param expected what a pattern should match
   */
  void requireMet(String what, String expected) {
    requireMet("--include", include, what, expected);
    requireMet("--exclude", exclude, what, expected);
  }

  private void requireMet(String option, List<String> patterns, String what, String expected) {
    for (String pattern : patterns) {
      if (!met.contains(pattern)) {
        throw new ParameterException(
            spec.commandLine(),
            "%s '%s': no %s matches, expected %s"
                .formatted(option, Text.printable(pattern), what, expected));
      }
    }
  }
}
