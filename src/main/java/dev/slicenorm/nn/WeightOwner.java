package dev.slicenorm.nn;

import dev.slicenorm.tensor.Tensor;

/**
 * A class outside this library that has weights of its own, so that they can be derived without
 * making the class a {@link Module}.
 *
 * {@snippet file="dev/slicenorm/snippets/WeightNormSnippetsTest.java" region="owner"}
 */
public interface WeightOwner {

  /**
   * {@return a weight as it is now; not written by the caller}
   *
   * @param name its name
   * @throws IllegalArgumentException if there is none of that name
   */
  Tensor weight(String name);

  /**
   * Takes a weight to be used from now on: by keeping the tensor, which never changes and refuses
   * to be written, or by copying it.
   *
   * @param name its name, one that {@link #weight(String)} knows
   * @param value of the shape and element type that {@link #weight(String)} gave
   */
  void setWeight(String name, Tensor value);
}
