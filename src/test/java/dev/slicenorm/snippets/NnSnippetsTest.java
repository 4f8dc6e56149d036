package dev.slicenorm.snippets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.slicenorm.nn.Conv1d;
import dev.slicenorm.nn.ConvolutionSteps;
import dev.slicenorm.nn.Hook;
import dev.slicenorm.nn.HookHandle;
import dev.slicenorm.nn.LeakyRelu;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Parameter;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.nn.Sgd;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNormHook;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Examples in the javadoc of {@code dev.slicenorm.nn}. */
class NnSnippetsTest {

  // @start region="module"
  /** Multiplies each column of its input by a weight of its own. */
  static final class Scale extends Module {
    Scale(float... factors) {
      addParameter("weight", Tensor.of(factors, 1, factors.length));
    }

    @Override
    protected Tensor compute(Tensor input) {
      return SliceNorms.l2(Axes.along(0)).scale(input, weight("weight"));
    }
  }

  // @end

  @Test
  void module() {
    Scale scale = new Scale(3, 4);
    Tensor input = Tensor.of(new float[] {1, 1, 2, 10}, 2, 2);
    assertThat(scale.forward(input).toFloatArray()).containsExactly(3, 4, 6, 40);
    WeightNormHook.apply(scale, "weight");
    scale.parameter("weight_g").update(g -> g.fill(10));
    assertThat(scale.forward(input).toFloatArray()).containsExactly(6, 8, 12, 80);
  }

  @Test
  void parameter() {
    // @start region="parameter"
    float[] values = {1, 2};
    Parameter weight = Parameter.of(Tensor.of(values, 2)); // lies in the array
    weight.update(value -> value.fill(3)); // values is now [3, 3]
    double first = weight.read(value -> value.get(0)); // 3.0
    // @end
    assertThat(values).containsExactly(3, 3);
    assertThat(first).isEqualTo(3);
    assertThat(weight.version()).isEqualTo(1);
  }

  @Test
  void hook() {
    Linear layer = new Linear(3, 4);
    Tensor input = Tensor.zeros(DType.F32, 1, 3);
    // @start region="hook"
    List<String> log = new ArrayList<>();
    Hook hook = Hook.beforeForward(module -> log.add("before " + module.describe()));
    HookHandle handle = layer.register("log", hook);
    layer.forward(input); // log is now [before Linear]

    handle.close();
    layer.forward(input); // log is still [before Linear]
    // @end
    assertThat(log).containsExactly("before Linear");
    assertThat(layer.hooks()).isEmpty();
  }

  @Test
  void sequential() {
    // @start region="sequential"
    Sequential model =
        new Sequential()
            .add("hidden", new Linear(3, 4))
            .add("act", new LeakyRelu(0.1))
            .add("head", new Linear(4, 2));
    Tensor output = model.forward(Tensor.zeros(DType.F32, 5, 3)); // F32[5, 2]
    Set<String> paths = model.allParameters().keySet();
    // [hidden.weight, hidden.bias, head.weight, head.bias]
    // @end
    assertThat(output.describe()).isEqualTo("F32[5, 2]");
    assertThat(paths).containsExactly("hidden.weight", "hidden.bias", "head.weight", "head.bias");
  }

  @Test
  void step() {
    Linear model = new Linear(2, 1);
    model.parameter("weight").assign(Tensor.of(new float[] {1, 1}, 1, 2));
    model.parameter("bias").assign(Tensor.zeros(DType.F32, 1));
    Tensor input = Tensor.of(new float[] {3, 4}, 1, 2);
    Tensor gradient = Tensor.of(new float[] {1}, 1, 1);
    // @start region="step"
    Sgd optimizer = new Sgd(model.allParameters().values(), 0.5);

    Tensor output = model.forward(input);
    model.backward(gradient); // of your loss by the output, of the output's shape
    optimizer.step();
    optimizer.clearGradients();
    // @end
    assertThat(output.toFloatArray()).containsExactly(7);
    assertThat(gradient.shape()).isEqualTo(output.shape());
    assertThat(model.parameter("weight").value().toFloatArray()).containsExactly(-0.5f, -1);
    assertThat(model.parameter("bias").value().toFloatArray()).containsExactly(-0.5f);
    assertThat(model.parameter("weight").gradient()).isEmpty();
  }

  @Test
  void clip() {
    Parameter weight = Parameter.of(Tensor.of(new float[] {0, 0}, 2));
    weight.accumulateGradient(Tensor.of(new float[] {3, 4}, 2));
    Sgd optimizer = new Sgd(List.of(weight), 1);
    // @start region="clip"
    double norm = optimizer.clipGradients(1); // behind model.backward; 5.0, say
    optimizer.step(); // by gradients of norm 1 at most
    optimizer.clearGradients();
    // @end
    assertThat(norm).isEqualTo(5);
    assertThat(weight.value().toFloatArray())
        .containsExactly(new float[] {-0.6f, -0.8f}, within(1e-6f));
  }

  @Test
  void convolution() {
    // @start region="convolution"
    ConvolutionSteps steps = ConvolutionSteps.PLAIN.withStride(2).withPadding(1);
    Conv1d layer = new Conv1d(3, 6, 4, steps, true, DType.F32, new Random(1));
    Tensor output = layer.forward(Tensor.zeros(DType.F32, 1, 3, 8)); // F32[1, 6, 4]
    // @end
    assertThat(output.describe()).isEqualTo("F32[1, 6, 4]");
  }
}
