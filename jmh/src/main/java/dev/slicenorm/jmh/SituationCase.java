package dev.slicenorm.jmh;

import dev.slicenorm.norm.Norm;
import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What {@link Situations} times: something of slices of shape {@code [outer, length, inner]}, of
 * which the middle axis is reduced.
 */
record SituationCase(Quantity quantity, boolean isF64, int outer, int length, int inner) {

  /** What is computed. */
  enum Quantity {
    L2(Norm.L2),
    L1(Norm.L1),
    MAX(Norm.MAX),
    MIN(Norm.MIN),
    COUNT(Norm.COUNT),
    /** {@code w = g·v/‖v‖}. */
    FORWARD(Norm.L2),
    /** Its gradients. */
    BACKWARD(Norm.L2);

    final Norm norm;

    Quantity(Norm norm) {
      this.norm = norm;
    }
  }

  private static final int[][] SHAPES = {
    {1, 3, 1},
    {1, 16, 1},
    {1, 64, 1},
    {1, 1 << 10, 1},
    {1024, 1024, 1},
    {1, 1024, 1024},
    {16, 8, 1},
    {1, 8, 8},
    {64 * 3 * 7, 7, 1},
    {64, 9, 512},
  };

  /** Shapes of Euclidean norms only. */
  private static final int[][] MORE_SHAPES = {
    {1, 8, 1},
    {1, 32, 1},
    {1, 40, 1},
    {1, 1 << 16, 1},
    {1, 1 << 20, 1},
    {512, 512, 7},
    {2, 3, 1},
    {300, 40, 1},
    {512, 3, 49},
    {1, 40, 1024},
    {1, 100, 1024},
    {1, 200, 1024},
  };

  /** {@return all cases} */
  static List<SituationCase> all() {
    List<SituationCase> cases = new ArrayList<>();
    add(cases, Quantity.L2, false, SHAPES);
    add(cases, Quantity.L2, false, MORE_SHAPES);
    add(cases, Quantity.FORWARD, false, SHAPES[4], SHAPES[5]);
    add(cases, Quantity.BACKWARD, false, SHAPES[4], SHAPES[5]);
    for (Quantity other :
        new Quantity[] {Quantity.L1, Quantity.MAX, Quantity.MIN, Quantity.COUNT}) {
      add(cases, other, false, SHAPES);
    }
    for (Quantity wide : new Quantity[] {Quantity.L2, Quantity.L1, Quantity.MAX}) {
      add(cases, wide, true, SHAPES);
    }
    return cases;
  }

  private static void add(
      List<SituationCase> cases, Quantity quantity, boolean isF64, int[]... shapes) {
    for (int[] shape : shapes) {
      cases.add(new SituationCase(quantity, isF64, shape[0], shape[1], shape[2]));
    }
  }

  /** {@return such as {@code F64 L1 16×8, last}} */
  String label() {
    String shape =
        outer == 1 && inner == 1
            ? Integer.toString(length)
            : inner == 1
                ? outer + "×" + length + ", last"
                : outer == 1
                    ? length + "×" + inner + ", first"
                    : outer + "×" + length + "×" + inner + ", middle";
    return (isF64 ? "F64 " : "") + quantity + " " + shape;
  }

  float[] input(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] data = new float[outer * length * inner];
    for (int i = 0; i < data.length; i++) {
      data[i] = (float) random.nextGaussian();
    }
    return data;
  }

  double[] wideInput(long seed) {
    return Tensor.of(input(seed), (long) outer * length * inner).toDoubleArray();
  }

  int slices() {
    return outer * inner;
  }
}
