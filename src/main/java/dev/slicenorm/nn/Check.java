package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Predicate;

/** Conditions on arguments, and the messages for those that don't hold. */
final class Check {

  /** One element more than an array may have, or any greater number of them. */
  private static final long TOO_MANY = 1L << 31;

  private Check() {}

  static int positive(String what, int value) {
    return atLeast(what, value, 1);
  }

  static int atLeast(String what, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(what + " " + value + ": expected at least " + least);
    }
    return value;
  }

  static int divisible(String what, int value, int groups) {
    if (value < 1 || value % groups != 0) {
      throw new IllegalArgumentException(
          what + " " + value + ": expected a positive multiple of the " + groups + " groups");
    }
    return value;
  }

  static void input(
      Module module, Tensor input, DType dtype, String expected, Predicate<Tensor> fits) {
    if (input.dtype() != dtype || !fits.test(input)) {
      throw new IllegalArgumentException(
          "input of "
              + module.describe()
              + " is "
              + input.describe()
              + ", expected "
              + dtype
              + expected);
    }
    // An empty input may have any size along its other axes.
    if (input.count() > Integer.MAX_VALUE
        || Arrays.stream(input.shape()).anyMatch(size -> size > Integer.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "input of %s is %s: expected at most %d elements, and as many along an axis"
              .formatted(module.describe(), input.describe(), Integer.MAX_VALUE));
    }
  }

  static void gradient(Module module, Tensor gradient, long... shape) {
    if (!Arrays.equals(gradient.shape(), shape)) {
      throw new IllegalArgumentException(
          "output gradient of "
              + module.describe()
              + " has shape "
              + Arrays.toString(gradient.shape())
              + ", expected "
              + Arrays.toString(shape)
              + " of the output");
    }
  }

  /**
   * {@return the number of elements of something a layer is about to make}
   *
   * @throws IllegalArgumentException if it is more than an array holds
   */
  static int count(Module module, String what, long... shape) {
    long count = 1;
    for (long size : shape) {
      count = Math.min(count * Math.min(size, TOO_MANY), TOO_MANY);
    }
    if (count == TOO_MANY) {
      throw new IllegalArgumentException(
          "%s of %s would have sizes %s: expected at most %d elements"
              .formatted(what, module.describe(), Arrays.toString(shape), Integer.MAX_VALUE));
    }
    return (int) count;
  }

  static double within(String what, double value, double least, double below) {
    if (!(value >= least && value < below)) {
      throw new IllegalArgumentException(
          what + " " + value + ": expected at least " + least + " and below " + below);
    }
    return value;
  }
}
