package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.CheckpointException;
import dev.slicenorm.checkpoint.SliceStatistics;
import dev.slicenorm.checkpoint.Stored;
import dev.slicenorm.checkpoint.WeightNormPair;
import dev.slicenorm.checkpoint.WeightNormPairs;
import dev.slicenorm.json.JsonValue;
import dev.slicenorm.json.JsonValue.JsonArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code slicenorm inspect}. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the tensors of a checkpoint, and the weight norm among them: for each pair the axes"
          + " that each norm reduces, and the norms of the slices of v.",
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class InspectCommand implements Callable<Integer> {

  @Mixin private Selection selection;
  @Mixin private Printing print;

  @Parameters(
      paramLabel = "FILE",
      description =
          "A safetensors file, the index of shards, or a folder that holds model.safetensors or its"
              + " index.")
  private Path file;

  @Override
  public Integer call() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      WeightNormPairs found = WeightNormPairs.find(checkpoint);
      Predicate<String> selected = selection.names();
      List<Stored> tensors =
          checkpoint.tensors().stream().filter(tensor -> selected.test(tensor.name())).toList();
      selection.requireMet("tensor in " + file, Selection.TENSOR);
      Map<Stored, WeightNormPair> pairs = new HashMap<>();
      for (WeightNormPair pair : found.pairs()) {
        pairs.put(pair.g(), pair);
        pairs.put(pair.v(), pair);
      }
      if (print.isJson()) {
        json(checkpoint, tensors, pairs, found);
      } else {
        table(tensors, pairs, found);
      }
    }
    return ExitCode.OK;
  }

  private void table(List<Stored> tensors, Map<Stored, WeightNormPair> pairs, WeightNormPairs found)
      throws CheckpointException {
    Table table =
        new Table("tensor", "dtype", "shape", "size", "weight norm", "min", "median", "max", "");
    for (Stored tensor : tensors) {
      List<String> row = new ArrayList<>();
      row.add(Text.printable(tensor.name()));
      row.add(tensor.entry().type().name());
      row.add(Arrays.toString(tensor.entry().shape()));
      row.add(Units.bytes(tensor.entry().byteSize()));
      WeightNormPair pair = pairs.get(tensor);
      if (pair == null) {
        row.addAll(List.of("", "", "", "", ""));
      } else if (tensor.equals(pair.g())) {
        row.addAll(List.of("g of " + Text.printable(pair.name()), "", "", "", ""));
      } else {
        SliceStatistics norms = SliceStatistics.of(tensor.tensor(), pair.axes());
        row.add("v of " + Text.printable(pair.name()) + ", " + pair.axes() + marks(norms));
        row.add(norms.slices() == 0 ? "" : Units.norm(norms.min()));
        row.add(norms.slices() == 0 ? "" : Units.norm(norms.median()));
        row.add(norms.slices() == 0 ? "" : Units.norm(norms.max()));
        row.add(Sparkline.of(norms.histogram(Sparkline.WIDTH)));
      }
      table.row(row.toArray(String[]::new));
    }
    table.print(print.out());
    found.lone().forEach(lone -> print.text("in no pair: " + Text.printable(lone)));
    found.broken().values().forEach(bad -> print.text("broken: " + Text.printable(bad)));
    found.doubled().values().forEach(bad -> print.text("doubled: " + Text.printable(bad)));
    print.text(
        Units.count(tensors.size(), "tensor")
            + ", "
            + Units.count(found.pairs().size(), "pair")
            + " of weight norm");
  }

  private static String marks(SliceStatistics norms) {
    return mark(norms.zero(), "zero")
        + mark(norms.nan(), "NaN")
        + mark(norms.infinite(), "infinite");
  }

  private static String mark(long slices, String what) {
    return slices == 0 ? "" : ", " + Units.count(slices, what + " slice");
  }

  private void json(
      Checkpoint checkpoint,
      List<Stored> tensors,
      Map<Stored, WeightNormPair> pairs,
      WeightNormPairs found)
      throws CheckpointException {
    List<JsonValue> list = new ArrayList<>();
    for (Stored tensor : tensors) {
      JsonRecord out =
          new JsonRecord()
              .put("name", tensor.name())
              .put("dtype", tensor.entry().type().name())
              .put("shape", JsonValue.of(tensor.entry().shape()))
              .put("bytes", tensor.entry().byteSize());
      WeightNormPair pair = pairs.get(tensor);
      if (pair != null) {
        out.put("role", tensor.equals(pair.g()) ? "g" : "v").put("weight", pair.name());
      }
      if (pair != null && tensor.equals(pair.v())) {
        if (pair.keptAxis().isPresent()) {
          out.put("kept_axis", pair.keptAxis().getAsInt());
        }
        SliceStatistics norms = SliceStatistics.of(tensor.tensor(), pair.axes());
        out.put("axes", pair.axes().toString())
            .put("slices", norms.slices())
            .put("min", JsonValue.of(norms.min()))
            .put("median", JsonValue.of(norms.median()))
            .put("max", JsonValue.of(norms.max()))
            .put("zero", norms.zero())
            .put("nan", norms.nan())
            .put("infinite", norms.infinite());
      }
      list.add(out.toJson());
    }
    print.json(
        new JsonRecord()
            .put("file", checkpoint.path().toString())
            .put("pairs", found.pairs().size())
            .put("in_no_pair", found.lone())
            .put("broken", List.copyOf(found.broken().values()))
            .put("doubled", List.copyOf(found.doubled().values()))
            .put("tensors", new JsonArray(list))
            .toJson());
  }
}
