package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.nn.Sgd;
import dev.slicenorm.nn.Tanh;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.SafetensorsFixture;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A hundred steps of training, beside those that PyTorch and Jittor made. */
class TrainingTraceTest {

  private static final String FOLDER = "golden/trace/";
  private static final Map<String, Integer> SNAPSHOTS =
      Map.of("init", 0, "step1", 1, "step2", 2, "step10", 10, "step50", 50, "final", 100);

  static Stream<Arguments> traces() throws IOException {
    try (InputStream in =
        TrainingTraceTest.class.getResourceAsStream("/" + FOLDER + "trace.json")) {
      JsonNode traces = new ObjectMapper().readTree(in).get("traces");
      return StreamSupport.stream(traces.spliterator(), false)
          .map(trace -> Arguments.of(Named.of(trace.get("id").asText(), trace)));
    }
  }

  @ParameterizedTest
  @MethodSource("traces")
  void pytorch(JsonNode trace) {
    DType dtype = DType.valueOf(trace.get("dtype").asText());
    double tolerance = dtype == DType.F64 ? 1e-12 : 1e-4;
    Map<String, Tensor> golden = SafetensorsFixture.read(FOLDER + trace.get("file").asText());
    Sequential model = model(golden, dtype, axes(trace, 0), axes(trace, 1));
    assertClose("start", model.state(), golden, "init.", tolerance);

    List<Map<String, Tensor>> states = new ArrayList<>();
    double[] losses =
        train(model, golden, trace.get("lr").asDouble(), trace.get("momentum").asDouble(), states);

    assertRelative("loss", losses, present(golden, "loss").toDoubleArray(), tolerance);
    SNAPSHOTS.forEach(
        (name, step) -> assertClose(name, states.get(step), golden, name + ".", tolerance));
    model.children().values().stream()
        .filter(Linear.class::isInstance)
        .forEach(layer -> WeightNormHook.remove(layer, "weight"));
    assertRelative(
        "0.weight",
        present(model.state(), "0.weight").toDoubleArray(),
        present(golden, "final.0.weight").toDoubleArray(),
        tolerance);
  }

  @ParameterizedTest
  @ValueSource(strings = {"f64", "f32"})
  void jittor(String precision) {
    DType dtype = precision.equals("f64") ? DType.F64 : DType.F32;
    Map<String, Tensor> start =
        SafetensorsFixture.read(FOLDER + "trace_mlp_" + precision + ".safetensors");
    Map<String, Tensor> golden = SafetensorsFixture.read(FOLDER + "trace_jittor.safetensors");
    Sequential model = model(start, dtype, Axes.along(1), Axes.along(1));
    List<Map<String, Tensor>> states = new ArrayList<>();
    double[] losses = train(model, start, 0.05, 0, states);
    // Jittor keeps scalars as floats also among doubles: its F64 run is 8e-8 from PyTorch's.
    double tolerance = dtype == DType.F64 ? 1e-7 : 1e-4;
    assertRelative("loss", losses, present(golden, precision + "/loss").toDoubleArray(), tolerance);
    assertClose("final", states.get(100), golden, precision + "/final.", tolerance);
  }

  private static Sequential model(
      Map<String, Tensor> golden, DType dtype, Axes first, Axes second) {
    SplittableRandom random = new SplittableRandom(1);
    Linear hidden = new Linear(6, 8, true, dtype, random);
    Linear output = new Linear(8, 3, true, dtype, random);
    Sequential model = new Sequential(hidden, new Tanh(), output);
    Map<String, Tensor> plain = new LinkedHashMap<>();
    golden.forEach((name, tensor) -> {
      if (name.startsWith("orig.")) {
        plain.put(name.substring("orig.".length()), tensor);
      }
    });
    model.load(plain);
    WeightNormHook.apply(hidden, "weight", first);
    WeightNormHook.apply(output, "weight", second);
    return model;
  }

  /** {@return the losses before each step and after the last; the states are added likewise} */
  private static double[] train(
      Sequential model,
      Map<String, Tensor> golden,
      double rate,
      double momentum,
      List<Map<String, Tensor>> states) {
    Tensor inputs = present(golden, "X");
    Tensor targets = present(golden, "Y");
    Sgd optimizer = new Sgd(model.allParameters().values(), rate, momentum, 0);
    double[] losses = new double[101];
    for (int step = 0; step <= 100; step++) {
      states.add(model.state());
      Tensor output = model.forward(inputs);
      Tensor gradient = Tensor.zeros(output.dtype(), output.shape());
      losses[step] = loss(output, targets, gradient);
      if (step == 0) {
        assertRelative(
            "pred0",
            output.toDoubleArray(),
            present(golden, "pred0").toDoubleArray(),
            output.dtype() == DType.F64 ? 1e-12 : 1e-4);
      }
      if (step < 100) {
        model.clearGradients();
        model.backward(gradient);
        optimizer.step();
      }
    }
    return losses;
  }

  private static double loss(Tensor output, Tensor targets, Tensor gradient) {
    double sum = 0;
    long count = output.count();
    for (long row = 0; row < output.size(0); row++) {
      for (long column = 0; column < output.size(1); column++) {
        double off = output.get(row, column) - targets.get(row, column);
        sum += off * off;
        gradient.set(2 * off / count, row, column);
      }
    }
    return sum / count;
  }

  private static Axes axes(JsonNode trace, int layer) {
    JsonNode dim = trace.get("layers").get(layer).get("dim");
    return dim.isNull() ? Axes.whole() : Axes.except(dim.asInt());
  }

  private static void assertClose(
      String what,
      Map<String, Tensor> state,
      Map<String, Tensor> golden,
      String prefix,
      double tolerance) {
    assertThat(state).hasSize(6);
    state.forEach((name, tensor) ->
        assertRelative(
            what + " " + name,
            tensor.toDoubleArray(),
            present(golden, prefix + name).toDoubleArray(),
            tolerance));
  }

  /** Relative to the largest element: single ones may pass through zero. */
  private static void assertRelative(
      String what, double[] actual, double[] expected, double tolerance) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double scale = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
    }
    assertThat(worst / scale).as(what).isLessThanOrEqualTo(tolerance);
  }

  private static Tensor present(Map<String, Tensor> tensors, String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no " + name + " among " + tensors.keySet());
    }
    return tensor;
  }
}
