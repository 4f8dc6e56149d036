package dev.slicenorm.testing;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One line of the manifest: what goes in, the truth to about 32 digits, and what the frameworks
 * made of it.
 *
 * <p>Values are read when asked for, because some inputs have millions of elements.
 */
public final class GoldenCase {

  private final JsonNode line;

  GoldenCase(JsonNode line) {
    this.line = line;
  }

  /** {@return the unique name} */
  public String id() {
    return line.get("id").asText();
  }

  /** {@return norm_along, norm_except, norm_global, weight_norm or weight_norm_backward} */
  public String op() {
    return line.get("op").asText();
  }

  /**
   * {@return the file the case comes from: rank, view, degenerate, special, tail, weight_norm or
   * large}
   */
  public String suite() {
    return line.get("suite").asText();
  }

  /** {@return whether the case bears a tag} */
  public boolean hasTag(String tag) {
    for (JsonNode each : line.get("tags")) {
      if (each.asText().equals(tag)) {
        return true;
      }
    }
    return false;
  }

  /** {@return the axes that are reduced, with the caller's own sign} */
  public Axes axes() {
    String mode = line.get("mode").asText();
    return switch (mode) {
      case "along" -> Axes.along(line.get("dim").asInt());
      case "except" -> Axes.except(line.get("dim").asInt());
      case "all" -> Axes.whole();
      default -> throw new IllegalStateException("mode " + mode);
    };
  }

  /** {@return the order of the norm, infinite for the extremes} */
  public double p() {
    JsonNode p = line.get("p");
    return switch (p.asText()) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> p.asDouble();
    };
  }

  /** {@return the element type of inputs and outputs} */
  public DType dtype() {
    return DType.valueOf(line.get("dtype").asText());
  }

  /** {@return the input, a strided view} */
  public Tensor x() {
    Layout layout =
        Layout.strided(
            longs(line.get("shape")), longs(line.get("strides")), line.get("offset").asLong());
    return Tensor.strided(dtype(), input("x").memory(), layout);
  }

  /** {@return the magnitudes of weight norm} */
  public Tensor g() {
    return input("g").reshape(longs(line.get("g_shape")));
  }

  /** {@return the gradient that reaches the weight} */
  public Tensor r() {
    return input("r").reshape(longs(line.get("shape")));
  }

  /** {@return the names of the outputs: y, or w, or dv and dg} */
  public List<String> outputs() {
    List<String> names = new ArrayList<>();
    line.get("out_shape").fieldNames().forEachRemaining(names::add);
    return names;
  }

  /**
   * {@return the truth of an output, for the elements that {@link #positions} names}
   *
   * @param output one of {@link #outputs}
   */
  public List<Exact> truth(String output) {
    JsonNode names = line.get("expected").get(output).get("truth");
    double[] hi = stored(names.get(0).asText()).toDoubleArray();
    double[] lo =
        names.size() > 1 ? stored(names.get(1).asText()).toDoubleArray() : new double[hi.length];
    List<Exact> truth = new ArrayList<>();
    for (int i = 0; i < hi.length; i++) {
      truth.add(
          Double.isFinite(hi[i])
              ? Exact.of(new BigDecimal(hi[i]).add(new BigDecimal(lo[i])))
              : Exact.of(hi[i]));
    }
    return truth;
  }

  /** {@return whether a framework could do the case} */
  public boolean has(String output, String framework) {
    return line.get("expected").get(output).has(framework);
  }

  /** {@return what a framework computed, for the elements that {@link #positions} names} */
  public double[] framework(String output, String framework) {
    return stored(line.get("expected").get(output).get(framework).asText()).toDoubleArray();
  }

  /**
   * {@return the greatest error in ULP that the manifest states for a framework, rounded to 4
   * digits, and the number of elements of another class}
   */
  public double[] frameworkUlp(String output, String framework) {
    JsonNode stated = line.get("ulp").get(output).get(framework);
    return new double[] {stated.get(0).asDouble(), stated.get(3).asDouble()};
  }

  /**
   * {@return the row-major positions of the output that the truth lists; all of them unless
   * sampled}
   *
   * @param output one of {@link #outputs}
   */
  public int[] positions(String output) {
    JsonNode sample = line.path("sample").path(output);
    if (sample.isMissingNode()) {
      long count = Layout.contiguous(longs(line.get("out_shape").get(output))).count();
      int[] all = new int[Math.toIntExact(count)];
      for (int i = 0; i < all.length; i++) {
        all[i] = i;
      }
      return all;
    }
    Recipe.Words words = new Recipe.Words(sample.get("seed").asLong());
    int[] positions = new int[sample.get("k").asInt()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = (int) ((words.next() >>> 1) % sample.get("n").asLong());
    }
    return positions;
  }

  private Tensor input(String role) {
    JsonNode input = line.get("inputs").get(role);
    return input.has("tensor") ? stored(input.get("tensor").asText()) : made(input.get("recipe"));
  }

  private Tensor made(JsonNode recipe) {
    return new Recipe(
            recipe.get(0).asText(),
            recipe.get(1).asLong(),
            recipe.get(2).asInt(),
            recipe.get(3).asDouble())
        .tensor(dtype());
  }

  /** {@return the stored and the regenerated elements of each input that has both} */
  List<Tensor[]> inputsTwice() {
    List<Tensor[]> pairs = new ArrayList<>();
    for (Map.Entry<String, JsonNode> input : line.get("inputs").properties()) {
      if (input.getValue().has("tensor") && input.getValue().has("recipe")) {
        pairs.add(new Tensor[] {input(input.getKey()), made(input.getValue().get("recipe"))});
      }
    }
    return pairs;
  }

  private Tensor stored(String name) {
    Tensor tensor = GoldenData.suite(line.get("file").asText()).get(name);
    if (tensor == null) {
      throw new IllegalStateException(id() + ": no tensor " + name);
    }
    return tensor;
  }

  private static long[] longs(JsonNode list) {
    long[] values = new long[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).asLong();
    }
    return values;
  }

  @Override
  public String toString() {
    return id();
  }
}
