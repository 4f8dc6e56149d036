package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.NamePattern;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Option;

/** Which tensors a command is about. */
final class Selection {

  @Option(
      names = "--include",
      paramLabel = "PATTERN",
      description = "Only names that match: * for any characters, ? for one. May be repeated.")
  private List<String> include = new ArrayList<>();

  @Option(
      names = "--exclude",
      paramLabel = "PATTERN",
      description = "Not names that match. May be repeated.")
  private List<String> exclude = new ArrayList<>();

  Predicate<String> names() {
    return NamePattern.selecting(include, exclude);
  }
}
