package dev.slicenorm.checkpoint;

import static dev.slicenorm.checkpoint.TestFiles.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Merging agrees with the formulas, written down once more in plain loops over doubles. */
class AdapterMergeTest {

  private static final String PREFIX = "base_model.model.";
  private static final int RANK = 4;
  private static final long[] NO_DORA = {};

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(DType.class)
  void mergesLinearEmbeddingAndConvolution(DType dtype) throws IOException {
    Tensor linear = random(1, dtype, 6, 5);
    Tensor embedding = random(2, dtype, 9, 6);
    Tensor conv = random(3, dtype, 6, 2, 3, 3);
    Path base =
        TestFiles.write(
            folder.resolve("base.safetensors"),
            "a.linear.weight",
            linear,
            "emb.weight",
            embedding,
            "conv.weight",
            conv,
            "other",
            random(4, DType.F32, 3));
    for (boolean dora : new boolean[] {false, true}) {
      List<Object> tensors = new ArrayList<>();
      layer(
          tensors,
          "a.linear",
          false,
          dora ? new long[] {6} : NO_DORA,
          new long[] {6, RANK},
          RANK,
          5);
      layer(tensors, "emb", true, dora ? new long[] {6} : NO_DORA, new long[] {6, RANK}, RANK, 9);
      long[] convB = {6, RANK, 1, 1};
      long[] convMagnitude = {1, 6, 1, 1};
      layer(tensors, "conv", false, dora ? convMagnitude : NO_DORA, convB, RANK, 2, 3, 3);
      String config = "{\"peft_type\":\"LORA\",\"lora_alpha\":3,\"use_dora\":" + dora + "}";
      Path adapter = adapter("adapter" + dora, config, tensors);
      Path out = folder.resolve("out" + dora);
      merge(base, out, adapter);
      try (Safetensors merged = Safetensors.open(out);
          Safetensors parts = Safetensors.open(adapter.resolve("adapter_model.safetensors"))) {
        double scale = 3.0 / RANK;
        assertMerged(
            linear, parts, "a.linear", false, dora, scale, merged.tensor("a.linear.weight"));
        assertMerged(embedding, parts, "emb", true, dora, scale, merged.tensor("emb.weight"));
        assertMerged(conv, parts, "conv", false, dora, scale, merged.tensor("conv.weight"));
        assertThat(merged.find("other")).isPresent();
      }
    }
  }

  /** The base may be replaced: it is what the result stands for. An adapter is something else. */
  @Test
  void anAdapterIsNotReplaced() throws IOException {
    Path base = TestFiles.write(folder.resolve("base"), "x.weight", random(1, DType.F32, 3, 2));
    List<Object> tensors = new ArrayList<>();
    layer(tensors, "x", false, NO_DORA, new long[] {3, RANK}, RANK, 2);
    Path adapter = adapter("adapter", "{\"peft_type\":\"LORA\",\"lora_alpha\":1}", tensors);
    for (String name : List.of("adapter_model.safetensors", "adapter_config.json")) {
      Path out = adapter.resolve(name);
      byte[] before = Files.readAllBytes(out);
      try (Checkpoint checkpoint = Checkpoint.open(base);
          Adapter opened = Adapter.open(adapter)) {
        AdapterMerge merge = AdapterMerge.of(checkpoint, List.of(opened));
        assertThatThrownBy(() -> merge.write(out, true, Progress.NONE))
            .isInstanceOf(CheckpointException.class)
            .hasMessageStartingWith(out + " is one of the files that are read");
      }
      assertThat(out).hasBinaryContent(before);
    }
  }

  @Test
  void rankStabilizedAndFanInFanOut() throws IOException {
    Tensor w = random(1, DType.F32, 5, 6);
    Path base = TestFiles.write(folder.resolve("base"), "h.c_attn.weight", w);
    List<Object> tensors = new ArrayList<>();
    layer(tensors, "h.c_attn", false, new long[] {6}, new long[] {6, RANK}, RANK, 5);
    Path adapter =
        adapter(
            "adapter",
            "{\"peft_type\":\"LORA\",\"lora_alpha\":7,\"alpha_pattern\":{\"c_attn\":9},"
                + "\"use_rslora\":true,\"fan_in_fan_out\":true,\"use_dora\":true,\"r\":4}",
            tensors);
    merge(base, folder.resolve("out"), adapter);
    try (Safetensors merged = Safetensors.open(folder.resolve("out"));
        Safetensors parts = Safetensors.open(adapter.resolve("adapter_model.safetensors"))) {
      double scale = 9 / Math.sqrt(RANK);
      assertMerged(w, parts, "h.c_attn", true, true, scale, merged.tensor("h.c_attn.weight"));
    }
  }

  /** Ranks and sizes beyond a tile of the product, in both directions. */
  @ParameterizedTest
  @CsvSource({"9,700,600", "700,9,600", "3,70000,2", "70000,3,2", "1,1,1", "5,130,513"})
  void tilesOfTheProductMakeTheWhole(int out, int in, int rank) throws IOException {
    for (boolean transposed : new boolean[] {false, true}) {
      Tensor w = random(1, DType.F32, transposed ? in : out, transposed ? out : in);
      Path base = TestFiles.write(folder.resolve("base" + transposed), "x.weight", w);
      List<Object> tensors = new ArrayList<>();
      layer(tensors, "x", false, new long[] {out}, new long[] {out, rank}, rank, in);
      Path adapter =
          adapter(
              "adapter" + transposed,
              "{\"peft_type\":\"LORA\",\"lora_alpha\":1,\"use_dora\":true,\"fan_in_fan_out\":"
                  + transposed
                  + "}",
              tensors);
      Path merged = folder.resolve("out" + transposed);
      merge(base, merged, adapter);
      try (Safetensors got = Safetensors.open(merged);
          Safetensors parts = Safetensors.open(adapter.resolve("adapter_model.safetensors"))) {
        assertMerged(w, parts, "x", transposed, true, 1.0 / rank, got.tensor("x.weight"));
      }
    }
  }

  @Test
  void mergesBiases() throws IOException {
    Tensor bias = random(2, DType.BF16, 6);
    Path base =
        TestFiles.write(
            folder.resolve("base"), "x.weight", random(1, DType.BF16, 6, 5), "x.bias", bias);
    List<Object> tensors = new ArrayList<>();
    layer(tensors, "x", false, NO_DORA, new long[] {6, RANK}, RANK, 5);
    String config = "{\"peft_type\":\"LORA\",\"lora_alpha\":6,\"lora_bias\":true}";
    assertRefused(base, adapter("none", config, tensors), "x has no lora_B.bias, though");
    Tensor change = random(3, DType.F32, 6);
    tensors.addAll(List.of(PREFIX + "x.lora_B.bias", change));
    merge(base, folder.resolve("out"), adapter("good", config, tensors));
    double[] expected = bias.toDoubleArray();
    for (int i = 0; i < expected.length; i++) {
      expected[i] += 1.5 * change.get(i);
    }
    try (Safetensors merged = Safetensors.open(folder.resolve("out"))) {
      assertThat(merged.tensor("x.bias").toDoubleArray())
          .isEqualTo(Tensor.of(expected, 6).to(DType.BF16).toDoubleArray());
    }
    Path bare = TestFiles.write(folder.resolve("bare"), "x.weight", random(1, DType.F32, 6, 5));
    assertRefused(bare, adapter("bare-adapter", config, tensors), "changes x.bias, which");
    String dora = config.replace("}", ",\"use_dora\":true}");
    assertRefused(base, adapter("dora", dora, tensors), "has lora_bias and use_dora");
    String silent = "{\"peft_type\":\"LORA\",\"lora_alpha\":6}";
    assertRefused(base, adapter("silent", silent, tensors), "which is no part of LoRA or DoRA");
    tensors.set(tensors.size() - 1, random(3, DType.F32, 5));
    assertRefused(base, adapter("short", config, tensors), "F32[5] doesn't fit x.bias BF16[6]");
  }

  /** What PEFT saves with {@code bias="all"}: the names go through the wrapped layer. */
  @Test
  void replacesTheBiasOfAWrappedLayer() throws IOException {
    Path base = TestFiles.write(folder.resolve("base"), "x.bias", random(1, DType.F32, 6));
    Tensor bias = random(2, DType.F32, 6);
    String config = "{\"peft_type\":\"LORA\",\"lora_alpha\":6}";
    merge(
        base,
        folder.resolve("out"),
        adapter("adapter", config, List.of(PREFIX + "x.base_layer.bias", bias)));
    try (Safetensors merged = Safetensors.open(folder.resolve("out"))) {
      assertThat(merged.tensor("x.bias").toFloatArray()).isEqualTo(bias.toFloatArray());
    }
  }

  @Test
  void severalAdaptersTakeTheNormOfTheUnmergedWeight() throws IOException {
    Tensor w = random(1, DType.F64, 6, 5);
    Path base = TestFiles.write(folder.resolve("base"), "x.weight", w);
    List<Path> adapters = new ArrayList<>();
    double[] expected = w.toDoubleArray();
    for (int i = 0; i < 3; i++) {
      List<Object> tensors = new ArrayList<>();
      long[] magnitude = i == 1 ? NO_DORA : new long[] {6};
      layer(tensors, "x", false, magnitude, new long[] {6, RANK}, RANK, 5);
      for (int j = 1; j < tensors.size(); j += 2) {
        tensors.set(j, random(100 * i + j, DType.F32, ((Tensor) tensors.get(j)).shape()));
      }
      String config = "{\"peft_type\":\"LORA\",\"lora_alpha\":2,\"use_dora\":" + (i != 1) + "}";
      adapters.add(adapter("adapter" + i, config, tensors));
      try (Safetensors parts =
          Safetensors.open(adapters.get(i).resolve("adapter_model.safetensors"))) {
        double[] alone = reference(w, parts, "x", false, i != 1, 0.5);
        for (int j = 0; j < expected.length; j++) {
          expected[j] += alone[j] - w.get(j / 5, j % 5);
        }
      }
    }
    merge(base, folder.resolve("out"), adapters.toArray(Path[]::new));
    try (Safetensors merged = Safetensors.open(folder.resolve("out"))) {
      assertThat(merged.tensor("x.weight").toDoubleArray())
          .containsExactly(expected, offset(1e-13));
    }
  }

  @Test
  void replacesWholeTensorsAndRefusesWhatDoesNotFit() throws IOException {
    Path base =
        TestFiles.write(
            folder.resolve("base"),
            "x.weight",
            random(1, DType.F16, 6, 5),
            "head.weight",
            random(2, DType.F16, 2, 3));
    String config = "{\"peft_type\":\"LORA\",\"lora_alpha\":2}";
    Tensor head = random(3, DType.F32, 2, 3);
    Path good = adapter("good", config, List.of(PREFIX + "head.weight", head));
    merge(base, folder.resolve("out"), good);
    try (Safetensors merged = Safetensors.open(folder.resolve("out"))) {
      assertThat(merged.tensor("head.weight").toDoubleArray())
          .isEqualTo(head.to(DType.F16).toDoubleArray());
    }
    List<Object> wrong = new ArrayList<>();
    layer(wrong, "x", false, NO_DORA, new long[] {7, RANK}, RANK, 5);
    Path misfit = adapter("wrong", config, wrong);
    assertRefused(
        base,
        misfit,
        "don't fit x.weight F16[6, 5]: expected for a rank r above 0 an A [r, ...] of r·5 elements,"
            + " a B [6, ...] of 6·r");
    assertRefused(base, misfit, misfit + ": ");
    assertRefused(base, adapter("empty", config, List.of()), "has no tensors: expected those");
    List<Object> unknown = new ArrayList<>();
    layer(unknown, "y", false, NO_DORA, new long[] {6, RANK}, RANK, 5);
    assertRefused(base, adapter("unknown", config, unknown), "changes y.weight, which");
    List<Object> half = List.of(PREFIX + "x.lora_A.weight", random(1, DType.F32, RANK, 5));
    assertRefused(base, adapter("half", config, half), "but no base_model.model.x.lora_B.weight");
    List<Object> fine = new ArrayList<>();
    layer(fine, "x", false, NO_DORA, new long[] {6, RANK}, RANK, 5);
    assertRefused(base, adapter("m", config.replace("}", ",\"use_dora\":true}"), fine), "use_dora");
    assertRefused(base, adapter("t", "{\"peft_type\":\"LOHA\"}", fine), "has peft_type LOHA");
    assertRefused(base, adapter("n", "{\"peft_type\":\"LORA\"}", fine), "no lora_alpha");
  }

  @Test
  void refusesWhatItWouldLoseOrMisread() throws IOException {
    Path base = TestFiles.write(folder.resolve("base"), "x.weight", random(1, DType.F32, 6, 5));
    String config = "{\"peft_type\":\"LORA\",\"lora_alpha\":2}";
    List<Object> fine = new ArrayList<>();
    layer(fine, "x", false, NO_DORA, new long[] {6, RANK}, RANK, 5);
    List<Object> dora = new ArrayList<>();
    layer(dora, "x", false, new long[] {6}, new long[] {6, RANK}, RANK, 5);
    assertRefused(base, adapter("dora", config, dora), "doesn't say use_dora");
    Path once = adapter("once", config, fine);
    Path head = TestFiles.write(folder.resolve("head"), "x.weight", random(3, DType.F32, 2, 3));
    List<Object> whole = List.of(PREFIX + "x.weight", random(4, DType.F32, 2, 3));
    Path first = adapter("first", config, whole);
    Path second = adapter("second", config, whole);
    assertThatThrownBy(() -> merge(head, folder.resolve("refused"), first, first))
        .hasMessage(first + " is given twice: expected each adapter once");
    assertThatThrownBy(() -> merge(head, folder.resolve("refused"), first, second))
        .hasMessage(
            "two adapters replace x.weight as a whole, the second of them "
                + second
                + ": expected one");
    assertThatThrownBy(() -> merge(base, folder.resolve("refused"), once, once.resolve("../once")))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(once.resolve("../once") + " is given twice: expected each adapter once");
    Path link = Files.createSymbolicLink(folder.resolve("link"), once);
    assertThatThrownBy(() -> merge(base, folder.resolve("out"), once, link))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(link + " is given twice: expected each adapter once");
    List<Object> lost = new ArrayList<>(dora);
    lost.addAll(List.of(PREFIX + "o.lora_magnitude_vector", random(1, DType.F32, 6)));
    String useDora = config.replace("}", ",\"use_dora\":true}");
    assertRefused(base, adapter("lost", useDora, lost), "but no base_model.model.o.lora_A.weight");
    List<Object> twice = new ArrayList<>(fine);
    twice.addAll(List.of("x.lora_A.weight", random(2, DType.F32, RANK, 5)));
    twice.addAll(List.of("x.lora_B.weight", random(3, DType.F32, 6, RANK)));
    assertRefused(
        base, adapter("twice", config, twice), "x.lora_A.weight mean the same in the base model");
    List<Object> biases = new ArrayList<>(fine);
    biases.addAll(List.of("x.bias", random(2, DType.F32, 6)));
    biases.addAll(List.of("x.base_layer.bias", random(3, DType.F32, 6)));
    assertRefused(
        base,
        adapter("biases", config, biases),
        "x.base_layer.bias and x.bias mean the same in the base model");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"alpha_pattern\":[\"fc\"] | an array for alpha_pattern: expected an object of numbers",
        "\"alpha_pattern\":{\"x\":1e999} | has 1e999 for x: expected a number that a double can"
            + " hold",
        "\"init_lora_weights\":\"pissa_niter_16\" | whose A and B belong to a changed base model",
        "\"init_lora_weights\":\"lora_ga\" | whose A and B belong to a changed base model",
        "\"alora_invocation_tokens\":[1] | after some tokens only can't be merged",
        "\"peft_type\":7 | has peft_type the number 7"
      })
  void refusesAConfigurationThatItWouldMisread(String member, String message) throws IOException {
    Path base = TestFiles.write(folder.resolve("base"), "x.weight", random(1, DType.F32, 6, 5));
    List<Object> tensors = new ArrayList<>();
    layer(tensors, "x", false, NO_DORA, new long[] {6, RANK}, RANK, 5);
    String kind = member.contains("peft_type") ? "" : "\"peft_type\":\"LORA\",";
    String config = "{" + kind + "\"lora_alpha\":2," + member + "}";
    assertRefused(base, adapter("adapter", config, tensors), message);
  }

  private void assertRefused(Path base, Path adapter, String message) {
    assertThatThrownBy(() -> merge(base, folder.resolve("refused"), adapter))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
    assertThat(folder.resolve("refused")).doesNotExist();
  }

  private static void merge(Path base, Path out, Path... folders) throws IOException {
    List<Adapter> adapters = new ArrayList<>();
    try (Checkpoint checkpoint = Checkpoint.open(base)) {
      for (Path path : folders) {
        adapters.add(Adapter.open(path));
      }
      AdapterMerge.of(checkpoint, adapters).write(out, false, Progress.NONE);
    } finally {
      adapters.forEach(Adapter::close);
    }
  }

  private Path adapter(String name, String config, List<Object> tensors) throws IOException {
    Path adapter = Files.createDirectory(folder.resolve(name));
    Files.writeString(adapter.resolve("adapter_config.json"), config);
    TestFiles.write(adapter.resolve("adapter_model.safetensors"), tensors.toArray());
    return adapter;
  }

  private static void layer(
      List<Object> tensors, String name, boolean embedding, long[] magnitude, long[] b, long... a) {
    String prefix = PREFIX + name + (embedding ? ".lora_embedding_" : ".lora_");
    String suffix = embedding ? "" : ".weight";
    tensors.addAll(List.of(prefix + "A" + suffix, random(7, DType.F32, a)));
    tensors.addAll(List.of(prefix + "B" + suffix, random(8, DType.F32, b)));
    if (magnitude.length > 0) {
      tensors.addAll(
          List.of(PREFIX + name + ".lora_magnitude_vector", random(9, DType.F32, magnitude)));
    }
  }

  private static void assertMerged(
      Tensor w,
      Safetensors parts,
      String name,
      boolean transposed,
      boolean dora,
      double scale,
      Tensor got)
      throws IOException {
    double[] expected = reference(w, parts, name, transposed, dora, scale);
    double[] values = got.toDoubleArray();
    assertThat(got.shape()).isEqualTo(w.shape());
    assertThat(got.dtype()).isEqualTo(w.dtype());
    for (int i = 0; i < values.length; i++) {
      // One rounding to the type of the weight; in F64 a few, of which sums can cancel some digits.
      double allowed =
          w.dtype() == DType.F64 ? 1e-14 : 0.51 * FoldGoldenTest.ulp(expected[i], w.dtype());
      assertThat(values[i]).as("%s[%d]", name, i).isCloseTo(expected[i], offset(allowed));
    }
  }

  /** {@return the merged weight, element by element from the definition} */
  private static double[] reference(
      Tensor w, Safetensors parts, String name, boolean transposed, boolean dora, double scale)
      throws IOException {
    boolean embedding = parts.find(PREFIX + name + ".lora_embedding_A").isPresent();
    String prefix = PREFIX + name + (embedding ? ".lora_embedding_" : ".lora_");
    String suffix = embedding ? "" : ".weight";
    long rank = parts.tensor(prefix + "A" + suffix).size(0);
    Tensor a = parts.tensor(prefix + "A" + suffix).reshape(rank, -1);
    Tensor b = parts.tensor(prefix + "B" + suffix).reshape(-1, rank);
    int rows = (int) w.size(0);
    int columns = (int) (w.count() / rows);
    Tensor matrix = w.reshape(rows, columns);
    double[] merged = new double[rows * columns];
    double[] squares = new double[transposed ? columns : rows];
    for (int i = 0; i < merged.length; i++) {
      int out = transposed ? i % columns : i / columns;
      int in = transposed ? i / columns : i % columns;
      double delta = 0;
      for (int k = 0; k < rank; k++) {
        delta += b.get(out, k) * a.get(k, in);
      }
      merged[i] = matrix.get(i / columns, i % columns) + scale * delta;
      squares[out] += merged[i] * merged[i];
    }
    if (dora) {
      double[] m = parts.tensor(PREFIX + name + ".lora_magnitude_vector").toDoubleArray();
      for (int i = 0; i < merged.length; i++) {
        int out = transposed ? i % columns : i / columns;
        merged[i] *= m[out] / Math.sqrt(squares[out]);
      }
    }
    return merged;
  }
}
