package dev.slicenorm.nn;

import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A weight that is computed from parameters instead of being one, as weight norm's {@code w} is
 * from {@code g} and {@code v}. A module shows it under the plain weight's name but neither trains
 * nor saves it.
 *
 * <p>All methods may be called from several threads.
 */
public interface DerivedWeight {

  /**
   * {@return the weight of the present sources: a snapshot that never changes and must not be
   * written}
   *
   * <p>The same snapshot comes back for as long as no source changes.
   */
  Tensor value();

  /** {@return the shape of {@link #value}} */
  default long[] shape() {
    return value().shape();
  }

  /**
   * Checks what {@link #assign} will check, without changing anything.
   *
   * @param weight what may be assigned
   * @throws IllegalArgumentException if it can't be
   */
  default void requireAssignable(Tensor weight) {
    if (!Arrays.equals(weight.shape(), shape())) {
      throw new IllegalArgumentException(
          "weight has shape %s, expected %s"
              .formatted(Arrays.toString(weight.shape()), Arrays.toString(shape())));
    }
  }

  /**
   * Sets the sources so that {@link #value} becomes a given weight, to rounding.
   *
   * @param weight of the shape of {@link #value}; any element type
   * @throws IllegalArgumentException if it {@linkplain #requireAssignable can't be}; nothing is
   *     changed then
   */
  void assign(Tensor weight);

  /**
   * Adds to the gradients of the sources what a gradient by the weight means for them.
   *
   * @param gradient the gradient by {@link #value}, of its shape
   */
  void backward(Tensor gradient);

  /**
   * {@return the parameters it is computed from, in order; a module names each of them by its own
   * name of the weight followed by the key, such as {@code _g}}
   */
  Map<String, Parameter> sources();

  /**
   * {@return the same computation on other parameters, for the copy of a module}
   *
   * @param copies gives the parameter that takes the place of a source, or of the one whose place
   *     this weight took
   */
  DerivedWeight on(UnaryOperator<Parameter> copies);
}
