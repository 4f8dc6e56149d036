package dev.slicenorm.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Infinities that come in go out as the formulas say; none is made of finite numbers. */
class OverflowTest {

  private static final String PREFIX = "base_model.model.";
  private static final double INF = Double.POSITIVE_INFINITY;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aFoldedWeightBeyondItsTypeIsRefused(int kept) throws IOException {
    Tensor v = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2).to(DType.F16);
    long[] shape = kept == 0 ? new long[] {2, 1} : new long[] {1, 2};
    Path in = pair("in", Tensor.of(new float[] {1e6f, 1}, shape), v);
    assertThatThrownBy(() -> fold(in))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "x.weight has elements that overflow F16: expected a g in reach of the type of v");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void anInfinityThatWasThereIsFolded() throws IOException {
    Tensor v = Tensor.of(new float[] {1, 0, 3, 4}, 2, 2);
    assertThat(fold(pair("in", Tensor.of(new double[] {INF, 5}, 2, 1).to(DType.F32), v)))
        .containsExactly(INF, Double.NaN, 3, 4);
  }

  private Path pair(String name, Tensor g, Tensor v) throws IOException {
    return TestFiles.write(folder.resolve(name), "x.weight_g", g, "x.weight_v", v);
  }

  private double[] fold(Path in) throws IOException {
    Path out = folder.resolve("out");
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      Fold.of(checkpoint).write(out, false, Progress.NONE);
    }
    return read(out, "x.weight");
  }

  private static double[] read(Path file, String tensor) throws IOException {
    try (Safetensors opened = Safetensors.open(file)) {
      return opened.tensor(tensor).toDoubleArray();
    }
  }

  /** {@code m·w/‖w‖}: of an infinite norm finite elements become 0, infinite ones NaN. */
  @Test
  void doraOfAnInfiniteWeight() throws IOException {
    double[] w = {INF, 1, 3, 4, Double.NaN, INF};
    assertThat(dora(w, 3, 2, false))
        .containsExactly(Double.NaN, 0, 1.2f, 1.6f, Double.NaN, Double.NaN);
    double[] columns = {INF, 3, Double.NaN, 1, 4, INF};
    assertThat(dora(columns, 2, 3, true))
        .containsExactly(Double.NaN, 1.2f, Double.NaN, 0, 1.6f, Double.NaN);
  }

  private double[] dora(double[] w, long rows, long columns, boolean transposed)
      throws IOException {
    long outputs = transposed ? columns : rows;
    long inputs = transposed ? rows : columns;
    double[] two = new double[(int) outputs];
    Arrays.fill(two, 2);
    Tensor weight = Tensor.of(w, rows, columns).to(DType.F32);
    return merge(
        weight,
        "\"use_dora\":true,\"fan_in_fan_out\":" + transposed,
        List.of(
            PREFIX + "x.lora_A.weight",
            Tensor.zeros(DType.F32, 1, inputs),
            PREFIX + "x.lora_B.weight",
            Tensor.zeros(DType.F32, outputs, 1),
            PREFIX + "x.lora_magnitude_vector",
            Tensor.of(two, outputs).to(DType.F32)));
  }

  private double[] merge(Tensor weight, String config, List<Object> tensors) throws IOException {
    Path at = Files.createTempDirectory(folder, "merge");
    Path base = TestFiles.write(at.resolve("base"), "x.weight", weight);
    Path adapter = Files.createDirectory(at.resolve("adapter"));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\":\"LORA\",\"lora_alpha\":1," + config + "}");
    TestFiles.write(adapter.resolve("adapter_model.safetensors"), tensors.toArray());
    Path out = at.resolve("out");
    try (Checkpoint checkpoint = Checkpoint.open(base);
        Adapter opened = Adapter.open(adapter)) {
      AdapterMerge.of(checkpoint, List.of(opened)).write(out, false, Progress.NONE);
    }
    return read(out, "x.weight");
  }

  @Test
  void aMergedWeightBeyondItsTypeIsRefused() {
    Tensor weight = Tensor.of(new float[] {60000, 1}, 2, 1).to(DType.F16);
    List<Object> change =
        List.of(
            PREFIX + "x.lora_A.weight",
            Tensor.of(new float[] {1}, 1, 1),
            PREFIX + "x.lora_B.weight",
            Tensor.of(new float[] {6000, 1}, 2, 1));
    assertThatThrownBy(() -> merge(weight, "\"use_rslora\":false", change))
        .isInstanceOf(CheckpointException.class)
        .hasMessage("x.weight has an element 66000.0, which overflows F16");
    List<Object> replacement =
        List.of(PREFIX + "x.weight", Tensor.of(new float[] {-1e6f, 1}, 2, 1));
    assertThatThrownBy(() -> merge(weight, "\"use_rslora\":false", replacement))
        .hasMessage("base_model.model.x.weight has an element -1000000.0, which overflows F16");
  }
}
