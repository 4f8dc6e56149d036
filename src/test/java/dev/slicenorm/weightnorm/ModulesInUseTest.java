package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.nn.Hook;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Parameter;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.nn.Sgd;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Modules as they are used: passes that fail, other modules in hooks, several threads, copies. */
class ModulesInUseTest {

  private static final Axes ROWS = Axes.except(0);
  private static final Tensor INPUT = Tensor.of(new float[] {1, 10}, 1, 2);
  private static final Tensor ONE = Tensor.of(new float[] {1}, 1, 1);

  private static Linear layer() {
    Linear layer = new Linear(2, 1);
    layer.assign("weight", Tensor.of(new float[] {3, 4}, 1, 2));
    layer.assign("bias", Tensor.of(new float[] {0}, 1));
    return layer;
  }

  /** Tries its layer once more where a pass of it fails. */
  private static final class Trying extends Module {

    private final Linear inner = addChild("inner", layer());
    private boolean fails = true;

    private Trying() {
      inner.register(
          "fails once",
          new Hook() {
            @Override
            public void afterForward(Module module, Tensor input, Tensor output) {
              if (fails) {
                fails = false;
                throw new IllegalStateException("once");
              }
            }
          });
    }

    @Override
    protected Tensor compute(Tensor input) {
      try {
        return inner.forward(Tensor.of(new float[] {100, 100}, 1, 2));
      } catch (IllegalStateException e) {
        return inner.forward(inner.forward(input).expand(1, 2).copy());
      }
    }

    @Override
    protected Tensor differentiate(Tensor outputGradient) {
      Tensor second = inner.backward(outputGradient);
      float sum = (float) (second.get(0, 0) + second.get(0, 1));
      return inner.backward(Tensor.of(new float[] {sum}, 1, 1));
    }
  }

  @Test
  void aFailedPassThatWasCaughtLeavesNothing() {
    Trying module = new Trying();
    module.forward(INPUT);
    module.backward(ONE);
    // h = 3 + 40 = 43, out = 7h: by the weight [43 + 7·1, 43 + 7·10].
    Tensor gradient = module.inner.parameter("weight").gradient().orElseThrow();
    assertThat(gradient.toDoubleArray()).containsExactly(50, 113);
    assertThatThrownBy(() -> module.inner.backward(ONE)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aModuleOutsideTheTreeKeepsItsLatestPassOnly() {
    Linear teacher = layer();
    Linear student = layer();
    student.register("distil", Hook.beforeForward(module -> teacher.forward(INPUT)));
    for (int pass = 0; pass < 3; pass++) {
      student.forward(INPUT);
    }
    teacher.backward(ONE);
    assertThatThrownBy(() -> teacher.backward(ONE)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aLayerInTrainingBelowATreeInEvaluationKeepsItsLatestPassOnly() {
    Linear head = layer();
    Sequential model = new Sequential(head);
    model.eval();
    head.train();
    for (int pass = 0; pass < 3; pass++) {
      model.forward(INPUT);
    }
    head.backward(ONE);
    assertThatThrownBy(() -> head.backward(ONE)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void hooksAfterTheBackwardPassSeeAllGradientsWheneverTheyCame() {
    List<Boolean> seen = new ArrayList<>();
    Hook look =
        Hook.afterBackward(module -> seen.add(module.parameter("weight_g").gradient().isPresent()));
    Linear layer = layer();
    layer.register("before", look);
    WeightNormHook.apply(layer, "weight", ROWS);
    layer.register("after", look);
    layer.forward(INPUT);
    layer.backward(ONE);
    assertThat(seen).containsExactly(true, true);
  }

  @Test
  void aGradientOfAnotherShapeIsRefusedForADerivedWeightToo() {
    class Wrong extends Module {
      private Wrong() {
        addParameter("weight", Tensor.of(new float[] {3, 4}, 1, 2));
      }

      @Override
      protected Tensor compute(Tensor input) {
        return input;
      }

      @Override
      protected Tensor differentiate(Tensor outputGradient) {
        accumulate("weight", Tensor.of(new float[] {3, 4}, 2, 1));
        return outputGradient;
      }
    }
    Wrong module = WeightNormHook.weightNorm(new Wrong(), "weight", ROWS);
    module.forward(INPUT);
    assertThatThrownBy(() -> module.backward(INPUT))
        .hasMessage("gradient has shape [2, 1], expected [1, 2] of weight of Wrong");
  }

  @Test
  void hooksNeedAKey() {
    Linear layer = layer();
    Hook hook = Hook.beforeForward(module -> {});
    assertThatThrownBy(() -> layer.register("", hook))
        .hasMessage("a key of a hook of Linear is empty: expected a name for it");
    assertThat(layer.hooks()).isEmpty();
    layer.register("key", hook);
    assertThatThrownBy(() -> layer.register("key", hook))
        .hasMessageContaining("Hook.beforeForward");
  }

  @Test
  void aStepThatCannotWriteAllWritesNothing() {
    Parameter open = Parameter.of(Tensor.of(new float[] {1}, 1));
    Parameter closed;
    Sgd optimizer;
    try (Arena arena = Arena.ofConfined()) {
      closed = Parameter.of(Tensor.of(DType.F32, arena.allocate(4), 1));
      optimizer = new Sgd(List.of(open, closed), 1);
      open.accumulateGradient(Tensor.of(new float[] {1}, 1));
      closed.accumulateGradient(Tensor.of(new float[] {1}, 1));
    }
    assertThatThrownBy(optimizer::step).isInstanceOf(IllegalStateException.class);
    assertThat(open.value().item()).isEqualTo(1);
  }

  @Test
  void aStateMustBeThere() {
    assertThatThrownBy(() -> layer().load(missing())).hasMessage("state");
  }

  @SuppressWarnings("NullAway") // What a caller without such checks may give.
  private static Map<String, Tensor> missing() {
    return null;
  }

  @Test
  void updatesOfADerivedWeightAddUp() throws Exception {
    Linear layer = WeightNormHook.weightNorm(layer(), "weight", ROWS);
    int times = 2000;
    together(
        () -> {
          for (int i = 0; i < times; i++) {
            layer.update("weight", w -> w.set(w.get(0, 0) + 1, 0, 0));
          }
        },
        () -> {
          for (int i = 0; i < times; i++) {
            layer.update("weight", w -> w.set(w.get(0, 1) + 1, 0, 1));
          }
        });
    assertThat(layer.weight("weight").get(0, 0)).isBetween(2 * times * 0.49, 2 * times * 0.51);
    assertThat(layer.weight("weight").get(0, 1)).isBetween(2 * times * 0.49, 2 * times * 0.51);
  }

  @Test
  void statesAndCopiesAreOfOneMoment() throws Exception {
    Linear layer = new Linear(1, 1);
    layer.assign("weight", Tensor.of(new float[] {1}, 1, 1));
    layer.assign("bias", Tensor.of(new float[] {1}, 1));
    List<Parameter> both = List.of(layer.parameter("weight"), layer.parameter("bias"));
    AtomicBoolean going = new AtomicBoolean(true);
    together(
        () -> {
          for (int i = 0; going.get(); i++) {
            float value = i;
            Parameter.update(both, () -> both.forEach(p -> p.update(t -> t.fill(value))));
          }
        },
        () -> {
          try {
            for (int i = 0; i < 2000; i++) {
              assertThat(values(layer.state())).hasSize(1);
              assertThat(values(layer.copy().state())).hasSize(1);
            }
          } finally {
            going.set(false);
          }
        });
  }

  private static List<Double> values(Map<String, Tensor> state) {
    return state.values().stream().map(Tensor::item).distinct().toList();
  }

  @Test
  void statesAreSavedWhileWeightNormComesAndGoes() throws Exception {
    Sequential net = new Sequential(layer(), new Linear(1, 2));
    Sgd optimizer = new Sgd(net.allParameters().values(), 0);
    AtomicBoolean going = new AtomicBoolean(true);
    together(
        () -> {
          while (going.get()) {
            WeightNormHook.applyAll(net, path -> path.endsWith("weight"), WeightNorm.of(ROWS));
            WeightNormHook.removeAll(net, path -> true);
          }
        },
        () -> {
          try {
            for (int i = 0; i < 500; i++) {
              assertThat(StateForm.PLAIN.save(net)).containsKeys("0.weight", "1.weight");
              StateForm.load(net, StateForm.PLAIN.save(net));
              assertThat(net.copy().state()).isNotEmpty();
              net.forward(INPUT);
              net.backward(Tensor.of(new float[] {1, 1}, 1, 2));
              optimizer.step();
            }
          } finally {
            going.set(false);
          }
        });
  }

  private static void together(Runnable first, Runnable second) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> one = threads.submit(first);
      Future<?> other = threads.submit(second);
      other.get();
      one.get();
    }
  }

  @Test
  void valuesThatAreLoadedMayBeThoseOfTheModuleItself() {
    Linear first = layer();
    Linear second = layer();
    second.assign("weight", Tensor.of(new float[] {5, 6}, 1, 2));
    Sequential net = new Sequential(first, second);
    net.loadLeniently(
        Map.of("0.weight", second.weight("weight"), "1.weight", first.weight("weight")));
    assertThat(first.weight("weight").toDoubleArray()).containsExactly(5, 6);
    assertThat(second.weight("weight").toDoubleArray()).containsExactly(3, 4);
  }

  /** Keeps its parameter in a field. */
  private static final class Fielded extends Module {
    private final Parameter field = addParameter("weight", Tensor.of(new float[] {3, 4}, 1, 2));

    @Override
    protected Tensor compute(Tensor input) {
      return readWeight("weight", Tensor::copy);
    }

    @Override
    protected Module replicate() {
      return new Fielded();
    }
  }

  @Test
  void fieldsOfACopySayWhatThoseOfTheOriginalDo() {
    Fielded module = WeightNormHook.weightNorm(new Fielded(), "weight", ROWS);
    module.parameter("weight_g").update(g -> g.fill(10));
    Fielded copy = (Fielded) module.copy();
    assertThatThrownBy(copy.field::value)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("it is derived now; read it by Module.weight");
    assertThat(((Fielded) copy.copy()).field.successors()).hasSize(2);
    WeightNormHook.remove(copy, "weight");
    assertThat(copy.parameter("weight")).isSameAs(copy.field);
    assertThat(copy.field.value().toDoubleArray()).containsExactly(6, 8);
    assertThat(module.forward(INPUT).toDoubleArray()).containsExactly(6, 8);
  }

  @Test
  void anOptimizerMadeBeforeATieGoesOnWithTheOther() {
    Linear first = layer();
    Linear second = layer();
    Sgd optimizer = new Sgd(second.allParameters().values(), 0.5);
    second.tie("weight", first.parameter("weight"));
    second.forward(INPUT);
    second.backward(ONE);
    optimizer.step();
    assertThat(first.weight("weight").toDoubleArray()).containsExactly(2.5, -1);
  }
}
