package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.CheckpointDifference;
import dev.slicenorm.checkpoint.TensorDifference;
import dev.slicenorm.checkpoint.TensorEntry;
import dev.slicenorm.json.JsonValue;
import dev.slicenorm.json.JsonValue.JsonArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code slicenorm diff}. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = {
      "Compares two checkpoints tensor by tensor: by how many ULP, by what relative norm.",
      "Exit code 0 if all tensors are the same to the bit, 1 if not."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class DiffCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Selection selection;
  @Mixin private Printing print;

  @Parameters(
      index = "0",
      paramLabel = "A",
      description = "A checkpoint: a file, an index or a folder.")
  private Path a;

  @Parameters(index = "1", paramLabel = "B", description = "Another.")
  private Path b;

  @Override
  public Integer call() throws IOException {
    try (Checkpoint before = Checkpoint.open(a);
        Checkpoint after = Checkpoint.open(b)) {
      CheckpointDifference difference = difference(before, after);
      if (print.isJson()) {
        print.json(
            new JsonRecord()
                .put("same", difference.same())
                .put(
                    "different",
                    new JsonArray(difference.entries().stream().map(DiffCommand::json).toList()))
                .toJson());
      } else {
        table(difference);
      }
      return difference.entries().isEmpty() ? ExitCode.OK : ExitCode.DIFFERENT;
    }
  }

  private CheckpointDifference difference(Checkpoint before, Checkpoint after) throws IOException {
    try (ProgressLine progress = ProgressLine.on(spec.commandLine().getErr())) {
      CheckpointDifference difference =
          CheckpointDifference.of(before, after, selection.names(), progress);
      selection.requireMet("tensor in " + a + " or " + b, Selection.TENSOR);
      boolean isEmpty = before.tensors().isEmpty() && after.tensors().isEmpty();
      if (difference.same() == 0 && difference.entries().isEmpty() && !isEmpty) {
        throw new ParameterException(
            spec.commandLine(),
            "--include and --exclude leave no tensor to compare: expected at least one");
      }
      return difference;
    }
  }

  private void table(CheckpointDifference difference) {
    if (!difference.entries().isEmpty()) {
      Table table = new Table("tensor", "A", "B", "elements", "max ULP", "relative norm");
      for (CheckpointDifference.Entry entry : difference.entries()) {
        Optional<TensorDifference> values = entry.values();
        table.row(
            Text.printable(entry.name()),
            entry.before().map(TensorEntry::describe).orElse("-"),
            entry.after().map(TensorEntry::describe).orElse("-"),
            values.map(v -> Long.toString(v.elements())).orElse(""),
            values.map(v -> ulp(v.maxUlp())).orElse(""),
            values.map(v -> Units.norm(v.relativeNorm())).orElse(""));
      }
      table.print(print.out());
    }
    print.text(
        Units.count(difference.entries().size(), "tensor")
            + (difference.entries().size() == 1 ? " differs, " : " differ, ")
            + difference.same()
            + " the same to the bit");
  }

  private static String ulp(long ulp) {
    return ulp == Long.MAX_VALUE ? "NaN" : Long.toString(ulp);
  }

  private static JsonValue json(CheckpointDifference.Entry entry) {
    JsonRecord out = new JsonRecord().put("name", entry.name());
    entry.before().ifPresent(tensor -> out.put("a", tensor.describe()));
    entry.after().ifPresent(tensor -> out.put("b", tensor.describe()));
    entry
        .values()
        .ifPresent(values ->
            out.put("elements", values.elements())
                .put("max_ulp", values.maxUlp())
                .put("relative_norm", JsonValue.of(values.relativeNorm())));
    return out.toJson();
  }
}
