package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.NamePattern;
import dev.slicenorm.checkpoint.Naming;
import dev.slicenorm.checkpoint.Unfold;
import dev.slicenorm.norm.Axes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code slicenorm unfold}. */
@Command(
    name = "unfold",
    mixinStandardHelpOptions = true,
    description =
        "Replaces plain weights by the g and v that stand for them: g = norm, v = weight.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class UnfoldCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private OutputOptions output;
  @Mixin private Selection selection;
  @Mixin private Printing print;

  @Parameters(
      paramLabel = "FILE",
      description =
          "A safetensors file, the index of shards, or a folder that holds model.safetensors or its"
              + " index.")
  private Path file;

  @Option(
      names = "--axis",
      required = true,
      paramLabel = "[PATTERN=]AXIS[,AXIS]",
      description = {
        "The axis that g keeps (PyTorch's dim), or 'whole' for one g in all, for the weights that"
            + " match PATTERN (without one: *.weight of two axes or more). May be repeated; the"
            + " first that matches counts.",
        "Several axes may be kept, as Jittor does: 0,1. PyTorch can't load such a pair."
      })
  private List<String> axes;

  @Option(
      names = "--naming",
      paramLabel = "NAMING",
      defaultValue = "G_V",
      description = "How g and v are called: ${COMPLETION-CANDIDATES}.")
  private Naming naming;

  @Override
  public Integer call() throws IOException {
    output.check();
    List<Unfold.Rule> rules = new ArrayList<>();
    for (String axis : axes) {
      rules.add(rule(axis));
    }
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      requireMatches(checkpoint);
      Unfold unfold = Unfold.of(checkpoint, rules, selected(checkpoint), naming);
      selection.requireMet("tensor in " + file, Selection.TENSOR);
      output.write(unfold);
      int kept = checkpoint.tensors().size() - unfold.names().size();
      if (print.isJson()) {
        print.json(
            output
                .toJson()
                .put("unfolded", unfold.names())
                .put("kept", kept)
                .put("bytes", unfold.byteSize())
                .toJson());
      } else {
        print.text(
            "%s, %s %s, %s"
                .formatted(
                    output.done("unfold", "unfolded", unfold.names().size(), "weight", file),
                    output.isDryRun() ? "keep" : "kept",
                    Units.count(kept, "tensor"),
                    output.written(unfold.byteSize())));
      }
    }
    return ExitCode.OK;
  }

  /**
   * {@return which tensors the rules are for: of one axis, such as scales, only if they are named}
   */
  private Predicate<String> selected(Checkpoint checkpoint) {
    Predicate<String> named = selection.names();
    return name -> {
      boolean isMatrix = checkpoint.find(name).orElseThrow().entry().rank() >= 2;
      boolean isAsked =
          axes.stream()
              .flatMap(axis -> pattern(axis).stream())
              .anyMatch(pattern -> NamePattern.matches(pattern, name));
      return named.test(name) && (isMatrix || isAsked);
    };
  }

  /** Fails on a pattern that no tensor matches: a misspelt name must not leave a weight plain. */
  private void requireMatches(Checkpoint checkpoint) {
    for (String axis : axes) {
      String pattern = pattern(axis).orElse("*");
      if (checkpoint.tensors().stream()
          .noneMatch(tensor -> NamePattern.matches(pattern, tensor.name()))) {
        throw new ParameterException(
            spec.commandLine(),
            "--axis %s: no tensor of %s matches '%s', expected a name that slicenorm inspect lists"
                .formatted(axis, file, pattern));
      }
    }
  }

  /** {@return the pattern before an axis, if there is one} */
  private static Optional<String> pattern(String axis) {
    int equals = axis.lastIndexOf('=');
    return equals < 0 ? Optional.empty() : Optional.of(axis.substring(0, equals));
  }

  private Unfold.Rule rule(String text) {
    String pattern = pattern(text).orElse("*.weight");
    String kept = text.substring(text.lastIndexOf('=') + 1);
    if (kept.equals("whole")) {
      return new Unfold.Rule(pattern, Axes.whole());
    }
    try {
      int[] numbers = Arrays.stream(kept.split(",", -1)).mapToInt(Integer::parseInt).toArray();
      return new Unfold.Rule(pattern, Axes.except(numbers));
    } catch (NumberFormatException e) {
      throw new ParameterException(
          spec.commandLine(), "--axis " + text + ": expected integers or 'whole'", e);
    }
  }
}
