package dev.slicenorm.nn;

import dev.slicenorm.tensor.Tensor;
import java.util.List;

/**
 * Modules one after another. They are children named {@code 0}, {@code 1}, … unless {@link #add}
 * names them.
 *
 * {@snippet file="dev/slicenorm/snippets/NnSnippetsTest.java" region="sequential"}
 */
public final class Sequential extends Module {

  /**
   * Creates the chain.
   *
   * @param modules in the order they run; the same one may appear more than once
   */
  public Sequential(Module... modules) {
    for (Module module : modules) {
      add(Integer.toString(children().size()), module);
    }
  }

  /**
   * Appends a module.
   *
   * @param name its name, not taken
   * @param module what runs after those already there
   * @return this
   */
  public Sequential add(String name, Module module) {
    addChild(name, module);
    return this;
  }

  @Override
  protected Tensor compute(Tensor input) {
    Tensor value = input;
    for (Module module : children().values()) {
      value = module.forward(value);
    }
    return value;
  }

  @Override
  protected Tensor differentiate(Tensor outputGradient) {
    Tensor gradient = outputGradient;
    for (Module module : List.copyOf(children().values()).reversed()) {
      gradient = module.backward(gradient);
    }
    return gradient;
  }

  @Override
  protected Module replicate() {
    return new Sequential();
  }
}
