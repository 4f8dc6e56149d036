package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.Fold;
import dev.slicenorm.checkpoint.WeightNormPair;
import dev.slicenorm.norm.ZeroSlice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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

  /** The policies by their names on the command line. */
  enum ZeroSlices {
    ZERO,
    NAN,
    REJECT,
    JITTOR;

    ZeroSlice policy() {
      return switch (this) {
        case ZERO -> ZeroSlice.ZERO;
        case NAN -> ZeroSlice.NAN;
        case REJECT -> ZeroSlice.REJECT;
        case JITTOR -> ZeroSlice.JITTOR;
      };
    }
  }

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
      names = "--zero-slice",
      paramLabel = "POLICY",
      defaultValue = "ZERO",
      description = "What a slice of v that is zero gives: ${COMPLETION-CANDIDATES}.")
  private ZeroSlices zeroSlices;

  @Override
  public Integer call() throws IOException {
    output.check();
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      Fold fold = Fold.of(checkpoint, selection.names(), zeroSlices.policy());
      selection.requireMet("weight under weight norm in " + file, Selection.PLAIN_WEIGHT);
      output.write(fold);
      int kept = checkpoint.tensors().size() - 2 * fold.pairs().size();
      if (print.isJson()) {
        print.json(
            output
                .toJson()
                .put("folded", fold.pairs().stream().map(WeightNormPair::name).toList())
                .put("kept", kept)
                .put("in_no_pair", fold.lone())
                .put("bytes", fold.byteSize())
                .toJson());
      } else {
        print.text(
            "%s, %s %s, %s"
                .formatted(
                    output.done("fold", "folded", fold.pairs().size(), "pair", file),
                    output.isDryRun() ? "keep" : "kept",
                    Units.count(kept, "tensor"),
                    output.written(fold.byteSize())));
        print.lone(fold.lone());
      }
    }
    return ExitCode.OK;
  }
}
