package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.Fold;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code slicenorm fold}. */
@Command(
    name = "fold",
    mixinStandardHelpOptions = true,
    description = {
      "Replaces the g and v of weight norm by the plain weight they stand for.",
      "Both namings are understood: NAME_g with NAME_v, and parametrizations.NAME.original0 with"
          + " .original1. Every other tensor is kept byte for byte."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class FoldCommand implements Callable<Integer> {

  private static final int MENTIONED = 20;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "A safetensors file, or the index of its shards.")
  private Path file;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "The file to write; for shards, the folder.")
  private @Nullable Path out;

  @Option(names = "--force", description = "Replace OUT if it is there already.")
  private boolean force;

  @Option(names = "--dry-run", description = "Check everything, say what would be done, stop.")
  private boolean dryRun;

  @Override
  public Integer call() throws IOException {
    Path target = dryRun ? null : out;
    if (target == null && !dryRun) {
      throw new ParameterException(spec.commandLine(), "where to? expected -o OUT, or --dry-run");
    }
    PrintWriter print = spec.commandLine().getOut();
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      Fold fold = Fold.of(checkpoint);
      if (target != null) {
        try (ProgressLine progress = ProgressLine.on(spec.commandLine().getErr())) {
          fold.write(target, force, progress);
        }
      }
      print.println(summary(checkpoint, fold));
      print.flush();
    }
    return ExitCode.OK;
  }

  private String summary(Checkpoint checkpoint, Fold fold) {
    int pairs = fold.pairs().size();
    int kept = checkpoint.tensors().size() - 2 * pairs;
    String lone =
        fold.lone().isEmpty() ? "" : "; in no pair, kept: " + Text.some(fold.lone(), MENTIONED);
    return "%s %s, kept %s, %s%s%s"
        .formatted(
            dryRun ? "would fold" : "folded",
            Units.count(pairs, "pair"),
            Units.count(kept, "tensor"),
            Units.bytes(fold.byteSize()),
            dryRun ? "" : ", wrote " + out,
            lone);
  }
}
