package dev.slicenorm.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The registry: order, keys, handles, and hooks that throw. */
class HooksTest {

  private static final Tensor INPUT = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);

  private final Linear layer = new Linear(3, 2, true, DType.F64, new SplittableRandom(1));
  private final List<String> ran = new ArrayList<>();

  private Hook recording(String name) {
    return new Hook() {
      @Override
      public void beforeForward(Module module, Tensor input) {
        ran.add(name + " before");
      }

      @Override
      public void afterForward(Module module, Tensor input, Tensor output) {
        ran.add(name + " after");
      }

      @Override
      public void afterBackward(Module module, Tensor outputGradient, Tensor inputGradient) {
        ran.add(name + " back");
      }
    };
  }

  @Test
  void theyRunInOrderAndBackInReverse() {
    layer.register("b", recording("b"));
    layer.register("a", recording("a"));
    layer.backward(layer.forward(INPUT));
    assertThat(ran)
        .containsExactly("b before", "a before", "b after", "a after", "a back", "b back");
    assertThat(layer.hooks().keySet()).containsExactly("b", "a");
  }

  @Test
  void aTakenKeyIsRefusedAndNamesAll() {
    Hook first =
        new Hook() {
          @Override
          public Optional<String> parameter() {
            return Optional.of("weight");
          }

          @Override
          public String toString() {
            return "the first";
          }
        };
    Sequential net = new Sequential().add("encoder", layer);
    layer.register("key", first);
    assertThatThrownBy(() -> layer.register("key", recording("other")))
        .isInstanceOfSatisfying(
            DuplicateHookException.class,
            e -> {
              assertThat(e.key()).isEqualTo("key");
              assertThat(e.module()).isEqualTo("encoder");
            })
        .hasMessageContaining("hook 'key' on parameter 'weight' of encoder (Linear)")
        .hasMessageEndingWith("taken by the first: remove that one first, or use another key");
    assertThat(layer.hooks()).containsOnlyKeys("key").containsValue(first);
    net.forward(INPUT);
    assertThat(ran).isEmpty();
  }

  @Test
  void aHandleRemovesItsOwnHookOnly() {
    Hook hook = recording("x");
    HookHandle first = layer.register("x", hook);
    layer.register("y", recording("y"));
    first.close();
    assertThat(layer.hooks()).containsOnlyKeys("y");
    layer.register("x", hook);
    first.close();
    assertThat(layer.hooks().keySet()).containsExactly("y", "x");
  }

  @Test
  void aHookThatThrowsLeavesTheModuleAsItWas() {
    layer.backward(layer.forward(INPUT));
    double[] gradient = layer.parameter("weight").gradient().orElseThrow().toDoubleArray();
    double[] bias = layer.parameter("bias").gradient().orElseThrow().toDoubleArray();
    long version = layer.parameter("weight").version();
    for (String key : List.of("before", "after", "back")) {
      HookHandle handle =
          layer.register(
              key,
              switch (key) {
                case "before" -> Hook.beforeForward(HooksTest::fail);
                case "after" -> Hook.afterForward(HooksTest::fail);
                default -> Hook.afterBackward(HooksTest::fail);
              });
      assertThatThrownBy(() -> layer.backward(layer.forward(INPUT)))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage("by the hook");
      handle.close();
      assertThat(layer.parameter("weight").gradient().orElseThrow().toDoubleArray())
          .containsExactly(gradient);
      assertThat(layer.parameter("bias").gradient().orElseThrow().toDoubleArray())
          .containsExactly(bias);
      assertThat(layer.parameter("weight").version()).isEqualTo(version);
      assertThatThrownBy(() -> layer.backward(INPUT)).isInstanceOf(IllegalStateException.class);
    }
    layer.clearGradients();
    layer.backward(layer.forward(INPUT));
    assertThat(layer.parameter("weight").gradient().orElseThrow().toDoubleArray())
        .containsExactly(gradient);
  }

  private static void fail(Module module) {
    throw new UnsupportedOperationException("by the hook");
  }

  @Test
  void aHookMayRemoveItselfWhileItRuns() {
    List<HookHandle> handles = new ArrayList<>();
    handles.add(
        layer.register(
            "once",
            Hook.beforeForward(module -> {
              ran.add("once");
              handles.forEach(HookHandle::close);
            })));
    layer.forward(INPUT);
    layer.forward(INPUT);
    assertThat(ran).containsExactly("once");
  }
}
