package dev.slicenorm.snippets;

import static dev.slicenorm.checkpoint.TestFiles.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.checkpoint.Adapter;
import dev.slicenorm.checkpoint.AdapterMerge;
import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.CheckpointDifference;
import dev.slicenorm.checkpoint.Fold;
import dev.slicenorm.checkpoint.NamePattern;
import dev.slicenorm.checkpoint.Naming;
import dev.slicenorm.checkpoint.Npy;
import dev.slicenorm.checkpoint.Progress;
import dev.slicenorm.checkpoint.Renaming;
import dev.slicenorm.checkpoint.Safetensors;
import dev.slicenorm.checkpoint.SafetensorsWriter;
import dev.slicenorm.checkpoint.Stored;
import dev.slicenorm.checkpoint.TensorEntry;
import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.checkpoint.Unfold;
import dev.slicenorm.checkpoint.WeightNormPair;
import dev.slicenorm.checkpoint.WeightNormPairs;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Examples in the javadoc of {@code dev.slicenorm.checkpoint}. */
class CheckpointSnippetsTest {

  @TempDir Path folder;
  private Path file = Path.of("");
  private Path out = Path.of("");

  /** A convolution under weight norm: g, v and a bias. */
  @BeforeEach
  void writeFile() throws IOException {
    out = folder.resolve("out.safetensors");
    file =
        TestFiles.write(
            folder.resolve("model.safetensors"),
            "conv.weight_g",
            Tensor.of(new float[] {10, 1}, 2, 1),
            "conv.weight_v",
            Tensor.of(new float[] {3, 4, 0, 2}, 2, 2),
            "conv.bias",
            Tensor.of(new float[] {1, 2}, 2));
  }

  @Test
  void safetensors() throws IOException {
    // @start region="safetensors"
    List<String> listing = new ArrayList<>();
    Tensor bias;
    try (Safetensors safetensors = Safetensors.open(file)) {
      for (TensorEntry entry : safetensors.entries()) {
        listing.add(entry.toString()); // such as "conv.bias F32[2]"
      }
      bias = safetensors.tensor("conv.bias").copy(); // the view itself lives until close
    }
    // @end
    assertThat(listing)
        .containsExactly("conv.bias F32[2]", "conv.weight_g F32[2, 1]", "conv.weight_v F32[2, 2]");
    assertThat(bias.toFloatArray()).containsExactly(1, 2);
  }

  @Test
  void writer() throws IOException {
    Tensor weight = random(1, DType.F32, 2, 3);
    Tensor bias = random(2, DType.F32, 2);
    // @start region="writer"
    SafetensorsWriter writer = new SafetensorsWriter();
    writer.metadata(Map.of("format", "pt")).tensor("weight", weight).tensor("bias", bias);
    writer.write(out, false, Progress.NONE); // false: fails if there is a file of that name
    // @end
    try (Safetensors written = Safetensors.open(out)) {
      assertThat(written.metadata()).containsExactly(Map.entry("format", "pt"));
      assertThat(written.tensor("weight").toFloatArray()).isEqualTo(weight.toFloatArray());
      assertThat(written.tensor("bias").toFloatArray()).isEqualTo(bias.toFloatArray());
    }
    assertThatThrownBy(() -> writer.write(out, false, Progress.NONE))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void checkpoint() throws IOException {
    // @start region="checkpoint"
    List<String> names;
    float[] bias;
    try (Checkpoint checkpoint = Checkpoint.open(folder)) { // model.safetensors, or its shards
      names = checkpoint.tensors().stream().map(Stored::name).toList();
      bias = checkpoint.find("conv.bias").orElseThrow().tensor().toFloatArray();
    }
    // @end
    assertThat(names).containsExactly("conv.bias", "conv.weight_g", "conv.weight_v");
    assertThat(bias).containsExactly(1, 2);
  }

  @Test
  void fold() throws IOException {
    // @start region="fold"
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      Fold.of(checkpoint).write(out, false, Progress.NONE);
    } // conv.weight_g and conv.weight_v became conv.weight; the rest is as it was
    // @end
    try (Checkpoint folded = Checkpoint.open(out)) {
      assertThat(names(folded)).containsExactlyInAnyOrder("conv.weight", "conv.bias");
      assertThat(folded.find("conv.weight").orElseThrow().tensor().toFloatArray())
          .containsExactly(6, 8, 0, 1);
      assertThat(folded.find("conv.bias").orElseThrow().tensor().toFloatArray())
          .containsExactly(1, 2);
    }
  }

  @Test
  void unfold() throws IOException {
    Path plain = folder.resolve("plain.safetensors");
    TestFiles.write(plain, "conv.weight", Tensor.of(new float[] {6, 8, 0, 1}, 2, 2));
    // @start region="unfold"
    List<Unfold.Rule> rules = List.of(new Unfold.Rule("*.weight", Axes.except(0)));
    try (Checkpoint checkpoint = Checkpoint.open(plain)) {
      Unfold.of(checkpoint, rules, Naming.G_V).write(out, false, Progress.NONE);
    } // conv.weight became conv.weight_g and conv.weight_v
    // @end
    try (Checkpoint unfolded = Checkpoint.open(out)) {
      assertThat(names(unfolded)).containsExactlyInAnyOrder("conv.weight_g", "conv.weight_v");
      assertThat(unfolded.find("conv.weight_g").orElseThrow().tensor().toFloatArray())
          .containsExactly(10, 1);
    }
  }

  @Test
  void renaming() throws IOException {
    // @start region="renaming"
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      Renaming newer = Renaming.of(checkpoint, Naming.PARAMETRIZATIONS);
      newer.write(out, false, Progress.NONE);
    } // conv.weight_g became conv.parametrizations.weight.original0, and v original1
    // @end
    try (Checkpoint renamed = Checkpoint.open(out)) {
      assertThat(names(renamed))
          .containsExactlyInAnyOrder(
              "conv.parametrizations.weight.original0",
              "conv.parametrizations.weight.original1",
              "conv.bias");
      assertThat(
              renamed
                  .find("conv.parametrizations.weight.original0")
                  .orElseThrow()
                  .tensor()
                  .toFloatArray())
          .containsExactly(10, 1);
    }
  }

  @Test
  void merge() throws IOException {
    Path model = folder.resolve("base.safetensors");
    TestFiles.write(model, "head.weight", Tensor.of(new float[] {1, 1, 1, 1}, 2, 2));
    Path lora = Files.createDirectory(folder.resolve("lora"));
    Files.writeString(
        lora.resolve("adapter_config.json"), "{\"peft_type\":\"LORA\",\"lora_alpha\":2,\"r\":1}");
    TestFiles.write(
        lora.resolve("adapter_model.safetensors"),
        "base_model.model.head.lora_A.weight",
        Tensor.of(new float[] {1, 0}, 1, 2),
        "base_model.model.head.lora_B.weight",
        Tensor.of(new float[] {0, 3}, 2, 1));
    // @start region="merge"
    List<String> merged;
    try (Checkpoint base = Checkpoint.open(model);
        Adapter adapter = Adapter.open(lora)) { // a folder that PEFT saved
      AdapterMerge merge = AdapterMerge.of(base, List.of(adapter));
      merged = merge.merged(); // [head.weight]
      merge.write(out, false, Progress.NONE);
    }
    // @end
    assertThat(merged).containsExactly("head.weight");
    try (Safetensors written = Safetensors.open(out)) {
      assertThat(written.tensor("head.weight").toFloatArray()).containsExactly(1, 1, 7, 1);
    }
  }

  @Test
  void npy() throws IOException {
    Path array = folder.resolve("x.npy");
    // @start region="npy"
    Npy.write(array, Tensor.of(new float[] {1, 2, 3, 4}, 2, 2), false); // for numpy.load
    double last;
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Npy.map(array, arena); // F32[2, 2], a view of the file
      last = x.get(1, 1); // 4.0
    }
    // @end
    assertThat(last).isEqualTo(4);
    try (Arena arena = Arena.ofConfined()) {
      assertThat(Npy.map(array, arena).describe()).isEqualTo("F32[2, 2]");
    }
  }

  @Test
  void difference() throws IOException {
    TestFiles.write(
        out,
        "conv.weight_g",
        Tensor.of(new float[] {10, Math.nextUp(1f)}, 2, 1),
        "conv.bias",
        Tensor.of(new float[] {1, 2}, 2));
    // @start region="difference"
    CheckpointDifference difference;
    try (Checkpoint before = Checkpoint.open(file);
        Checkpoint after = Checkpoint.open(out)) {
      difference = CheckpointDifference.of(before, after);
    }
    long same = difference.same(); // 1 tensor, to the bit
    CheckpointDifference.Entry first = difference.entries().getFirst(); // conv.weight_g
    long apart = first.values().orElseThrow().maxUlp(); // 1
    // @end
    assertThat(same).isEqualTo(1);
    assertThat(first.name()).isEqualTo("conv.weight_g");
    assertThat(apart).isEqualTo(1);
    assertThat(difference.entries()).hasSize(2);
    assertThat(difference.entries().getLast().after()).isEmpty();
  }

  @Test
  void pairs() throws IOException {
    // @start region="pairs"
    List<String> found = new ArrayList<>();
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      for (WeightNormPair pair : WeightNormPairs.find(checkpoint).pairs()) {
        found.add(pair.name() + ", " + pair.axes()); // such as "conv.weight, except [0]"
      }
    }
    // @end
    assertThat(found).containsExactly("conv.weight, except [0]");
  }

  @Test
  void pattern() {
    // @start region="pattern"
    Predicate<String> selected =
        NamePattern.selecting(List.of("decoder.*.weight"), List.of("*.norm?.*"));
    boolean first = selected.test("decoder.0.conv.weight"); // true: * takes dots too
    boolean second = selected.test("decoder.0.norm1.weight"); // false: excluded
    // @end
    assertThat(first).isTrue();
    assertThat(second).isFalse();
  }

  private static List<String> names(Checkpoint checkpoint) {
    return checkpoint.tensors().stream().map(Stored::name).toList();
  }
}
