package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.NamePattern;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which tensors a command is about. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class Selection {

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
      description = "Not names that match. May be repeated.")
  private List<String> exclude = new ArrayList<>();

  private final Set<String> met = new HashSet<>();

  /** {@return the names that are selected; remembers which patterns met one} */
  Predicate<String> names() {
    Predicate<String> selected = NamePattern.selecting(include, exclude);
    return name -> {
      include.stream().filter(pattern -> NamePattern.matches(pattern, name)).forEach(met::add);
      return selected.test(name);
    };
  }

  /**
   * Checks that each pattern of names to include has met one, which a misspelt one has not.
   *
   * @param what the names that were asked about
   */
  void requireMet(String what) {
    for (String pattern : include) {
      if (!met.contains(pattern)) {
        throw new ParameterException(
            spec.commandLine(),
            "--include %s: no %s matches, expected a name that slicenorm inspect lists"
                .formatted(Text.printable(pattern), what));
      }
    }
  }
}
