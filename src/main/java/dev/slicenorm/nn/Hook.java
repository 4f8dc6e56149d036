package dev.slicenorm.nn;

import dev.slicenorm.tensor.Tensor;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Code that a module runs around its passes. Every method does nothing unless it is overridden.
 *
 * <p>A module runs its hooks in the order of registration before and after its forward pass, and in
 * the reverse order after its backward pass, so that the hook that touched the weight last sees its
 * gradient first. An exception from a hook ends the pass and reaches the caller. The same hook may
 * be run by several threads at once, as many as call {@link Module#forward}.
 *
 * {@snippet file="dev/slicenorm/snippets/NnSnippetsTest.java" region="hook"}
 */
public interface Hook {

  /**
   * Runs before the forward pass.
   *
   * @param module the module about to compute
   * @param input its input, not to be written
   */
  default void beforeForward(Module module, Tensor input) {}

  /**
   * Runs after the forward pass.
   *
   * @param module the module that computed
   * @param input its input, not to be written
   * @param output its output
   */
  default void afterForward(Module module, Tensor input, Tensor output) {}

  /**
   * Runs after the backward pass, when the module's own parameters have their gradients, those too
   * that a weight is derived from.
   *
   * @param module the module
   * @param outputGradient the gradient by the output that came in
   * @param inputGradient the gradient by the input that goes out
   */
  default void afterBackward(Module module, Tensor outputGradient, Tensor inputGradient) {}

  /** {@return the name of the one parameter this hook is about, if there is one} */
  default Optional<String> parameter() {
    return Optional.empty();
  }

  /**
   * {@return a hook that only runs before forward passes}
   *
   * @param action gets the module
   */
  static Hook beforeForward(Consumer<? super Module> action) {
    Objects.requireNonNull(action, "action");
    return new Hook() {
      @Override
      public void beforeForward(Module module, Tensor input) {
        action.accept(module);
      }

      @Override
      public String toString() {
        return "Hook.beforeForward";
      }
    };
  }

  /**
   * {@return a hook that only runs after forward passes}
   *
   * @param action gets the module
   */
  static Hook afterForward(Consumer<? super Module> action) {
    Objects.requireNonNull(action, "action");
    return new Hook() {
      @Override
      public void afterForward(Module module, Tensor input, Tensor output) {
        action.accept(module);
      }

      @Override
      public String toString() {
        return "Hook.afterForward";
      }
    };
  }

  /**
   * {@return a hook that only runs after backward passes}
   *
   * @param action gets the module
   */
  static Hook afterBackward(Consumer<? super Module> action) {
    Objects.requireNonNull(action, "action");
    return new Hook() {
      @Override
      public void afterBackward(Module module, Tensor outputGradient, Tensor inputGradient) {
        action.accept(module);
      }

      @Override
      public String toString() {
        return "Hook.afterBackward";
      }
    };
  }
}
