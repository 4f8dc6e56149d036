package dev.slicenorm.snippets;

import static dev.slicenorm.weightnorm.WeightNormHook.removeWeightNorm;
import static dev.slicenorm.weightnorm.WeightNormHook.weightNorm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.nn.LeakyRelu;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.nn.WeightOwner;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.AttachedWeightNorm;
import dev.slicenorm.weightnorm.DataDependentInit;
import dev.slicenorm.weightnorm.StateForm;
import dev.slicenorm.weightnorm.WeightNorm;
import dev.slicenorm.weightnorm.WeightNormHook;
import dev.slicenorm.weightnorm.WeightScales;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Examples in the javadoc of {@code dev.slicenorm.weightnorm}, and of {@link WeightOwner}. */
class WeightNormSnippetsTest {

  @Test
  void compose() {
    // @start region="compose"
    Tensor v = Tensor.of(new float[] {3, 4, 0, 2}, 2, 2); // [out, in]
    Tensor g = Tensor.of(new float[] {10, 1}, 2, 1); // one magnitude per output
    Tensor w = WeightNorm.of(Axes.except(0)).compose(v, g); // [[6, 8], [0, 1]]
    // @end
    assertThat(w.describe()).isEqualTo("F32[2, 2]");
    assertThat(w.toFloatArray()).containsExactly(6, 8, 0, 1);
  }

  @Test
  void decompose() {
    Tensor w = Tensor.of(new float[] {6, 8, 0, 1}, 2, 2);
    // @start region="decompose"
    WeightNorm norm = WeightNorm.of(Axes.except(0));
    WeightNorm.Decomposition parts = norm.decompose(w); // g is [[10], [1]], v a copy of w
    Tensor back = norm.compose(parts.v(), parts.g()); // w again, to rounding
    // @end
    assertThat(parts.g().shape()).containsExactly(2, 1);
    assertThat(parts.g().toFloatArray()).containsExactly(10, 1);
    assertThat(parts.v().toFloatArray()).isEqualTo(w.toFloatArray());
    assertThat(parts.v().overlaps(w)).isFalse();
    assertThat(back.toFloatArray()).containsExactly(w.toFloatArray(), within(Math.ulp(8f)));
  }

  @Test
  void backward() {
    // @start region="backward"
    Tensor v = Tensor.of(new float[] {3, 4}, 1, 2);
    Tensor g = Tensor.of(new float[] {10}, 1, 1);
    Tensor dw = Tensor.of(new float[] {1, 0}, 1, 2); // the gradient by w, from your loss
    WeightNorm.Gradients gradients = WeightNorm.of(Axes.except(0)).backward(v, g, dw);
    Tensor dg = gradients.dg(); // [[0.6]]
    Tensor dv = gradients.dv(); // [[1.28, -0.96]], at a right angle to v
    // @end
    assertThat(dg.describe()).isEqualTo("F32[1, 1]");
    assertThat(dg.toFloatArray()).containsExactly(0.6f);
    assertThat(dv.toFloatArray()).containsExactly(1.28f, -0.96f);
    assertThat(3 * dv.get(0, 0) + 4 * dv.get(0, 1)).isCloseTo(0, within(1e-6));
  }

  @Test
  void scales() {
    Tensor v = TestFiles.random(1, DType.F32, 5, 3);
    Tensor g = TestFiles.random(2, DType.F32, 5, 1);
    Tensor w = Tensor.zeros(DType.F32, 5, 3);
    // @start region="scales"
    WeightNorm norm = WeightNorm.of(Axes.except(0));
    WeightScales scales = norm.scales(v, g, DType.F32); // reads all of v, once
    for (long row = 0; row < v.size(0); row++) {
      Tensor piece = v.slice(0, row, row + 1);
      scales.slice(0, row, row + 1).compose(piece, w.slice(0, row, row + 1));
    }
    // @end
    assertThat(w.toFloatArray()).isEqualTo(norm.compose(v, g).toFloatArray());
  }

  @Test
  void hook() {
    // @start region="hook"
    Linear layer = weightNorm(new Linear(3, 4), "weight", Axes.except(0));
    Set<String> trained = layer.parameters().keySet(); // [weight_g, weight_v, bias]
    Tensor weight = layer.weight("weight"); // F32[4, 3], of the present g and v

    removeWeightNorm(layer, "weight");
    Set<String> plain = layer.parameters().keySet(); // [weight, bias]
    // @end
    assertThat(trained).containsExactly("weight_g", "weight_v", "bias");
    assertThat(weight.describe()).isEqualTo("F32[4, 3]");
    assertThat(plain).containsExactly("weight", "bias");
    assertThat(layer.weight("weight").toFloatArray()).isEqualTo(weight.toFloatArray());
  }

  @Test
  void applyAll() {
    Sequential model =
        new Sequential()
            .add("hidden", new Linear(3, 4))
            .add("act", new LeakyRelu())
            .add("head", new Linear(4, 2));
    // @start region="apply-all"
    WeightNorm norm = WeightNorm.of(Axes.except(0));
    List<String> normed = WeightNormHook.applyAll(model, path -> path.endsWith("weight"), norm);
    // normed is [hidden.weight, head.weight]
    // @end
    assertThat(normed).containsExactly("hidden.weight", "head.weight");
    assertThat(model.allParameters()).containsKeys("hidden.weight_g", "head.weight_v");
  }

  // @start region="owner"
  static final class Decoder implements WeightOwner {
    private Tensor kernel = Tensor.of(new float[] {3, 4}, 1, 2);

    @Override
    public Tensor weight(String name) {
      if (!name.equals("kernel")) {
        throw new IllegalArgumentException("no weight " + name);
      }
      return kernel;
    }

    @Override
    public void setWeight(String name, Tensor value) {
      kernel = value;
    }
  }

  // @end

  @Test
  void attached() {
    Decoder decoder = new Decoder();
    // @start region="attached"
    AttachedWeightNorm link =
        AttachedWeightNorm.attach(decoder, "kernel", WeightNorm.of(Axes.along(-1)));
    link.g().update(g -> g.fill(10)); // in training, an optimizer changes g and v
    link.beforeForward();
    Tensor kernel = decoder.weight("kernel"); // [[6, 8]], where it was [[3, 4]]
    // @end
    assertThat(kernel.toFloatArray()).containsExactly(6, 8);
    assertThat(new Decoder().weight("kernel").toFloatArray()).containsExactly(3, 4);
    assertThatThrownBy(() -> decoder.weight("bias")).isInstanceOf(IllegalArgumentException.class);
    link.remove();
  }

  @Test
  void stateForm() {
    // @start region="state-form"
    Linear normed = WeightNormHook.weightNorm(new Linear(3, 4), "weight", Axes.except(0));
    Map<String, Tensor> plain = StateForm.PLAIN.save(normed); // weight, bias
    Map<String, Tensor> pairs = StateForm.PARAMETRIZATION.save(normed);
    // parametrizations.weight.original0, parametrizations.weight.original1, bias

    Linear other = new Linear(3, 4);
    StateForm.load(other, pairs); // any form, into a plain weight or into g and v
    // @end
    assertThat(plain.keySet()).containsExactly("weight", "bias");
    assertThat(pairs.keySet())
        .containsExactly(
            "parametrizations.weight.original0", "parametrizations.weight.original1", "bias");
    Tensor weight = normed.weight("weight");
    assertThat(other.weight("weight").toFloatArray()).isEqualTo(weight.toFloatArray());
    StateForm.load(normed, plain);
    assertThat(normed.parameter("weight_v").value().toFloatArray())
        .isEqualTo(weight.toFloatArray());
  }

  @Test
  void dataDependentInit() {
    Tensor batch = TestFiles.random(1, DType.F32, 64, 5);
    // @start region="init"
    Linear layer = WeightNormHook.weightNorm(new Linear(5, 4), "weight", Axes.except(0));
    Tensor output = DataDependentInit.initialize(layer, batch, 1.0, new Random(7));
    // each of the 4 columns of output has mean 0 and variance 1
    // @end
    assertThat(output.describe()).isEqualTo("F32[64, 4]");
    for (int column = 0; column < 4; column++) {
      double[] values = output.select(1, column).toDoubleArray();
      double squares = Arrays.stream(values).map(x -> x * x).sum();
      assertThat(Arrays.stream(values).sum() / 64).isCloseTo(0, within(1e-6));
      assertThat(squares / 64).isCloseTo(1, within(1e-5));
    }
  }
}
