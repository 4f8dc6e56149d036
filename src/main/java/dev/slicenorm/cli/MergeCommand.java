package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.Adapter;
import dev.slicenorm.checkpoint.AdapterMerge;
import dev.slicenorm.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code slicenorm merge}. */
@Command(
    name = "merge",
    mixinStandardHelpOptions = true,
    description = {
      "Merges LoRA and DoRA adapters, as Hugging Face PEFT saves them, into a base model.",
      "With several adapters every DoRA norm is that of the unmerged base weight."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class MergeCommand implements Callable<Integer> {

  @Mixin private OutputOptions output;
  @Mixin private Printing print;

  @Parameters(
      index = "0",
      paramLabel = "BASE",
      description =
          "The base model: a safetensors file, the index of shards, or a folder that holds either.")
  private Path base;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "ADAPTER",
      description = "Folders with adapter_config.json and adapter_model.safetensors.")
  private List<Path> folders;

  @Override
  public Integer call() throws IOException {
    output.check();
    List<Adapter> adapters = new ArrayList<>();
    try (Checkpoint checkpoint = Checkpoint.open(base)) {
      for (Path folder : folders) {
        adapters.add(Adapter.open(folder));
      }
      AdapterMerge merge = AdapterMerge.of(checkpoint, adapters);
      output.write(merge);
      if (print.isJson()) {
        print.json(
            output
                .toJson()
                .put("merged", merge.merged())
                .put("replaced", merge.replaced())
                .put("bytes", merge.byteSize())
                .toJson());
      } else {
        print.text(
            "%s %s from %s, replaced %s, %s"
                .formatted(
                    output.isDryRun() ? "would change" : "changed",
                    Units.count(merge.merged().size(), "weight"),
                    Units.count(adapters.size(), "adapter"),
                    Units.count(merge.replaced().size(), "tensor"),
                    output.written(merge.byteSize())));
      }
    } finally {
      adapters.forEach(Adapter::close);
    }
    return ExitCode.OK;
  }
}
