package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.Naming;
import dev.slicenorm.checkpoint.Renaming;
import dev.slicenorm.checkpoint.WeightNormPair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code slicenorm rename}. */
@Command(
    name = "rename",
    mixinStandardHelpOptions = true,
    description = {
      "Gives g and v the names of the other convention.",
      "G_V: NAME_g, NAME_v. PARAMETRIZATIONS: parametrizations.NAME.original0, .original1."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class RenameCommand implements Callable<Integer> {

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
      names = "--to",
      required = true,
      paramLabel = "NAMING",
      description = "The new names: ${COMPLETION-CANDIDATES}.")
  private Naming naming;

  @Override
  public Integer call() throws IOException {
    output.check();
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      Renaming renaming = Renaming.of(checkpoint, selection.names(), naming);
      selection.requireMet("weight under weight norm in " + file, Selection.PLAIN_WEIGHT);
      output.write(renaming);
      if (print.isJson()) {
        print.json(
            output
                .toJson()
                .put("renamed", renaming.pairs().stream().map(WeightNormPair::name).toList())
                .put("in_no_pair", renaming.lone())
                .put("bytes", renaming.byteSize())
                .toJson());
      } else {
        print.text(
            "%s, %s"
                .formatted(
                    output.done("rename", "renamed", renaming.pairs().size(), "pair", file),
                    output.written(renaming.byteSize())));
        print.lone(renaming.lone());
      }
    }
    return ExitCode.OK;
  }
}
