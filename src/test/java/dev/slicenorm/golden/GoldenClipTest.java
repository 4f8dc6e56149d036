package dev.slicenorm.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.norm.GlobalNorm;
import dev.slicenorm.norm.Norm;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Exact;
import dev.slicenorm.testing.SafetensorsFixture;
import dev.slicenorm.testing.Ulp;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clipping by the norm of several tensors together, beside PyTorch's {@code clip_grad_norm_}. */
class GoldenClipTest {

  private static final Map<String, Tensor> TENSORS =
      SafetensorsFixture.read("golden/clip/clip.safetensors");

  /** One case, named in reports. */
  record Case(JsonNode line) {

    @Override
    public String toString() {
      return line.get("id").asText();
    }

    DType dtype() {
      return DType.valueOf(line.get("dtype").asText());
    }

    Norm norm() {
      String p = line.get("p").asText();
      return p.equals("inf") ? Norm.MAX : Norm.p(Double.parseDouble(p));
    }

    List<Tensor> tensors(String role) {
      List<Tensor> tensors = new ArrayList<>();
      line.get(role).forEach(name -> tensors.add(tensor(name.asText())));
      return tensors;
    }

    static Tensor tensor(String name) {
      return Objects.requireNonNull(TENSORS.get(name), name);
    }
  }

  static Stream<Case> cases() throws IOException {
    byte[] text = SafetensorsFixture.bytes("golden/clip/clip.json");
    JsonNode cases = new ObjectMapper().readTree(text).get("cases");
    return StreamSupport.stream(cases.spliterator(), false).map(Case::new);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theTotalIsTheTruthAndTheRestIsPyTorchs(Case golden) {
    List<Tensor> tensors = golden.tensors("grads").stream().map(Tensor::copy).toList();
    double most = golden.line().get("max_norm").asDouble();
    double total = GlobalNorm.clip(golden.norm(), most, tensors);
    double truth = Case.tensor(golden.line().get("truth").asText()).item();
    // The truth is stated as one double, half an ULP off itself at most.
    assertThat(Ulp.error(DType.F64, total, Exact.of(truth))).as("total").isLessThanOrEqualTo(2.5);
    BigDecimal coefficient = coefficient(most, truth);
    // PyTorch's own total for p = 3 is up to 3 ULP off.
    double fromTorch = golden.norm().exponent() == 3 ? 4 : 2;
    List<Tensor> gradients = golden.tensors("grads");
    List<Tensor> clipped = golden.tensors("clipped");
    for (int i = 0; i < tensors.size(); i++) {
      double[] got = tensors.get(i).toDoubleArray();
      double[] torch = clipped.get(i).toDoubleArray();
      for (int k = 0; k < got.length; k++) {
        assertThat(Ulp.error(golden.dtype(), got[k], Exact.of(torch[k])))
            .as("tensor %s element %s: got %s, torch %s", i, k, got[k], torch[k])
            .isLessThanOrEqualTo(fromTorch);
        if (Double.isFinite(truth)) {
          BigDecimal exact =
              new BigDecimal(gradients.get(i).toDoubleArray()[k]).multiply(coefficient);
          assertThat(Ulp.error(golden.dtype(), got[k], Exact.of(exact)))
              .as("tensor %s element %s: got %s, truth %s", i, k, got[k], exact)
              .isLessThanOrEqualTo(golden.dtype() == DType.F64 ? 3 : 0.5001);
        }
      }
    }
  }

  private static BigDecimal coefficient(double most, double total) {
    return Double.isFinite(total)
        ? new BigDecimal(most)
            .divide(new BigDecimal(total).add(new BigDecimal("1e-6")), MathContext.DECIMAL128)
            .min(BigDecimal.ONE)
        : BigDecimal.ZERO;
  }
}
