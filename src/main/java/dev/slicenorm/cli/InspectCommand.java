package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.CheckpointException;
import dev.slicenorm.checkpoint.SliceStatistics;
import dev.slicenorm.checkpoint.Stored;
import dev.slicenorm.checkpoint.WeightNormPair;
import dev.slicenorm.checkpoint.WeightNormPairs;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code slicenorm inspect}. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = "Lists the tensors of a checkpoint, and the weight norm among them.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class InspectCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "A safetensors file, or the index of its shards.")
  private Path file;

  @Override
  public Integer call() throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      WeightNormPairs found = WeightNormPairs.find(checkpoint);
      Map<Stored, String> notes = new HashMap<>();
      for (WeightNormPair pair : found.pairs()) {
        notes.put(pair.g(), "g of " + Text.printable(pair.name()));
        notes.put(pair.v(), "v of " + Text.printable(pair.name()) + ", " + describe(pair));
      }
      Table table = new Table("tensor", "dtype", "shape", "size", "weight norm");
      for (Stored tensor : checkpoint.tensors()) {
        table.row(
            Text.printable(tensor.name()),
            tensor.entry().type().name(),
            Arrays.toString(tensor.entry().shape()),
            Units.bytes(tensor.entry().byteSize()),
            notes.getOrDefault(tensor, ""));
      }
      table.print(print);
      found.lone().forEach(lone -> print.println("in no pair: " + Text.printable(lone)));
      found.broken().values().forEach(bad -> print.println("broken: " + Text.printable(bad)));
      print.println(
          Units.count(checkpoint.tensors().size(), "tensor")
              + ", "
              + Units.count(found.pairs().size(), "pair")
              + " of weight norm");
      print.flush();
    }
    return ExitCode.OK;
  }

  private static String describe(WeightNormPair pair) throws CheckpointException {
    SliceStatistics norms = SliceStatistics.of(pair.v().tensor(), pair.axes());
    String axis = pair.keptAxis().isPresent() ? "axis " + pair.keptAxis().getAsInt() : "whole";
    StringBuilder note = new StringBuilder(axis);
    note.append(mark(norms.zero(), "zero")).append(mark(norms.nan(), "NaN"));
    return note.append(mark(norms.infinite(), "infinite")).toString();
  }

  private static String mark(long slices, String what) {
    return slices == 0 ? "" : ", " + Units.count(slices, what + " slice");
  }
}
