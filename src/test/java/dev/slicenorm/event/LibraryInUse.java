package dev.slicenorm.event;

import dev.slicenorm.checkpoint.Adapter;
import dev.slicenorm.checkpoint.AdapterMerge;
import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.Fold;
import dev.slicenorm.checkpoint.Progress;
import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Embeddings;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNorm;
import dev.slicenorm.weightnorm.WeightNormHook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A program that uses the library and prints nothing itself. */
final class LibraryInUse {

  private LibraryInUse() {}

  /** Runs in the present folder. */
  public static void main(String[] arguments) throws IOException {
    run(Path.of(""));
  }

  static void run(Path folder) throws IOException {
    SliceNorms rows = SliceNorms.l2(Axes.along(-1));
    for (int call = 0; call < 3; call++) {
      rows.of(Tensor.of(new float[12], 3, 4));
    }
    Embeddings.normalize(new float[768]);
    Linear head = new Linear(4, 2);
    Sequential model = new Sequential().add("head", head);
    WeightNormHook.applyAll(model, path -> path.endsWith("weight"), WeightNorm.of(Axes.except(0)));
    for (int step = 0; step < 2; step++) {
      head.parameter("weight_g").update(g -> g.fill(3));
      model.forward(Tensor.zeros(DType.F32, 1, 4));
      model.forward(Tensor.zeros(DType.F32, 1, 4));
    }
    fold(folder);
    merge(folder);
  }

  private static void fold(Path folder) throws IOException {
    Path file =
        TestFiles.write(
            folder.resolve("model.safetensors"),
            "conv.weight_g",
            TestFiles.random(1, DType.F32, 4, 1, 1),
            "conv.weight_v",
            TestFiles.random(2, DType.F32, 4, 3, 7),
            "conv.bias",
            TestFiles.random(3, DType.F32, 4));
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      Fold.of(checkpoint).write(folder.resolve("plain.safetensors"), false, Progress.NONE);
    }
  }

  private static void merge(Path folder) throws IOException {
    Path base =
        TestFiles.write(
            folder.resolve("base.safetensors"), "a.weight", TestFiles.random(4, DType.F32, 6, 5));
    Path adapter = Files.createDirectory(folder.resolve("adapter"));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\":\"LORA\",\"lora_alpha\":3,\"r\":2}");
    TestFiles.write(
        adapter.resolve("adapter_model.safetensors"),
        "base_model.model.a.lora_A.weight",
        TestFiles.random(5, DType.F32, 2, 5),
        "base_model.model.a.lora_B.weight",
        TestFiles.random(6, DType.F32, 6, 2));
    try (Checkpoint checkpoint = Checkpoint.open(base);
        Adapter lora = Adapter.open(adapter)) {
      AdapterMerge.of(checkpoint, List.of(lora))
          .write(folder.resolve("merged.safetensors"), false, Progress.NONE);
    }
  }
}
