package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.LayerNorms;
import dev.slicenorm.checkpoint.PendingFile;
import dev.slicenorm.json.JsonValue;
import dev.slicenorm.json.JsonValue.JsonArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code slicenorm report}. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Writes one HTML page with the slice norms of every weight, g against the norm of v, and the"
          + " dead slices.",
      "With --json the norms go to stdout, and a page is written only to a given -o."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ReportCommand implements Callable<Integer> {

  @Mixin private Selection selection;
  @Mixin private Printing print;

  @Parameters(
      paramLabel = "FILE",
      description =
          "A safetensors file, the index of shards, or a folder that holds model.safetensors or its"
              + " index.")
  private Path file;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "PAGE",
      description = "The page to write: report.html if not given.")
  private @Nullable Path out;

  @Option(
      names = "--before",
      paramLabel = "FILE",
      description = "An earlier checkpoint to show beside it.")
  private @Nullable Path before;

  @Option(names = "--force", description = "Replace PAGE if it is there already.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    Path page = out == null && !print.isJson() ? Path.of("report.html") : out;
    if (page != null) {
      PendingFile.check(page, force);
    }
    List<LayerNorms> layers = layers(file, page);
    if (page != null) {
      Map<String, LayerNorms> earlier = new HashMap<>();
      for (LayerNorms layer : before == null ? List.<LayerNorms>of() : layers(before, page)) {
        earlier.put(layer.name(), layer);
      }
      write(page, ReportPage.of("Slice norms of " + file.getFileName(), layers, earlier));
    }
    if (print.isJson()) {
      print.json(new JsonArray(layers.stream().map(ReportCommand::json).toList()));
    } else {
      print.text("wrote " + page + ", " + Units.count(layers.size(), "weight"));
    }
    return ExitCode.OK;
  }

  private void write(Path page, String html) throws IOException {
    try (PendingFile pending = PendingFile.create(page, force)) {
      pending.write(ByteBuffer.wrap(html.getBytes(StandardCharsets.UTF_8)));
      pending.commit();
    }
  }

  private List<LayerNorms> layers(Path path, @Nullable Path page) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      if (page != null) {
        PendingFile.requireNotRead(page, checkpoint.paths(), "a name for the page");
      }
      List<LayerNorms> layers = LayerNorms.of(checkpoint, selection.names());
      selection.requireMet("layer in " + path, Selection.LAYER);
      return layers;
    }
  }

  private static JsonValue json(LayerNorms layer) {
    JsonRecord out =
        new JsonRecord()
            .put("name", layer.name())
            .put("tensor", layer.describe())
            .put("norms", json(layer.weight()));
    layer.direction().ifPresent(v -> out.put("direction_norms", json(v)));
    return out.toJson();
  }

  private static JsonValue json(double[] values) {
    return new JsonArray(Arrays.stream(values).mapToObj(JsonValue::of).toList());
  }
}
