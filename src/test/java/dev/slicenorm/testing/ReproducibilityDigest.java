package dev.slicenorm.testing;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Norm;
import dev.slicenorm.norm.Parallelism;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.RandomTensors.Place;
import dev.slicenorm.testing.RandomTensors.Values;
import dev.slicenorm.weightnorm.WeightNorm;

/**
 * One number made of the bits of thousands of results. It depends on the values that go in and on
 * nothing else: not on where they lie, how many threads work, or which machine and JVM options do.
 *
 * <p>Also a program that prints the number, so that a test can run it under other JVM options. It
 * needs nothing but the library and this package.
 */
public final class ReproducibilityDigest {

  /** How the same values are laid out in memory. */
  public enum Arrangement {
    /** Row-major in a Java array. */
    CONTIGUOUS,
    /** The last axis has the largest step. */
    TRANSPOSED,
    /** Every second element of every axis, from the last to the first. */
    STEPPED,
    /** Anything, another for each case. */
    ANY
  }

  private static final int CASES = 640;

  private final Arrangement arrangement;
  private final Place place;
  private final Parallelism parallelism;
  private final RandomTensors layouts = new RandomTensors(7);
  private long digest = 0x243F6A8885A308D3L;
  private int results;

  private ReproducibilityDigest(Arrangement arrangement, Place place, Parallelism parallelism) {
    this.arrangement = arrangement;
    this.place = place;
    this.parallelism = parallelism;
  }

  /** Prints the digest, and what computed it. */
  public static void main(String[] arguments) {
    long digest = of(Arrangement.ANY, Place.ARRAY, Parallelism.SEQUENTIAL);
    System.out.println("digest " + Long.toHexString(digest));
  }

  /** {@return the digest} */
  public static long of(Arrangement arrangement, Place place, Parallelism parallelism) {
    ReproducibilityDigest made = new ReproducibilityDigest(arrangement, place, parallelism);
    made.run();
    return made.digest;
  }

  /** {@return how many results go into it} */
  public static int results() {
    ReproducibilityDigest made =
        new ReproducibilityDigest(Arrangement.CONTIGUOUS, Place.ARRAY, Parallelism.SEQUENTIAL);
    made.run();
    return made.results;
  }

  private void run() {
    RandomTensors random = new RandomTensors(271_828);
    for (int i = 0; i < CASES; i++) {
      DType dtype = random.any(DType.values());
      // Now and then slices of several blocks, of which the partial sums are added in a tree.
      long[] shape = i % 50 < 48 ? random.shape(400) : random.any(LONG_SHAPES).clone();
      Axes axes = RandomAxes.of(random, shape.length);
      Tensor x = logical(random, dtype, shape, random.any(Values.values()));
      Norm norm = random.any(Norm.L1, Norm.L2, Norm.MAX, Norm.MIN, Norm.COUNT);
      add(SliceNorms.of(norm, axes).withParallelism(parallelism).of(placed(x)));
      if (x.count() < 500) {
        Norm power = Norm.p(random.any(0.5, 2.5, 3.0, 10.0));
        add(SliceNorms.of(power, axes).withParallelism(parallelism).of(placed(x)));
      }
      Tensor v = logical(random, dtype, shape, random.any(Values.ORDINARY, Values.WIDE));
      Tensor dw = logical(random, dtype, shape, Values.ORDINARY);
      Tensor g = logical(random, dtype, axes.keptShape(shape), Values.ORDINARY);
      WeightNorm weightNorm = WeightNorm.of(axes).withParallelism(parallelism);
      add(weightNorm.compose(placed(v), g));
      WeightNorm.Gradients gradients = weightNorm.backward(placed(v), g, placed(dw));
      add(gradients.dg());
      add(gradients.dv());
    }
  }

  private static final long[][] LONG_SHAPES = {
    {9001}, {2, 5003}, {5003, 3}, {2, 4100, 2}, {3, 40, 70}, {70, 9, 40}
  };

  private static Tensor logical(RandomTensors random, DType dtype, long[] shape, Values values) {
    return random.tensor(dtype, Layout.contiguous(shape), Place.ARRAY, values);
  }

  private Tensor placed(Tensor x) {
    long[] shape = x.shape();
    Layout layout =
        switch (arrangement) {
          case CONTIGUOUS -> Layout.contiguous(shape);
          case TRANSPOSED -> {
            long[] reversed = new long[shape.length];
            for (int axis = 0; axis < shape.length; axis++) {
              reversed[axis] = shape[shape.length - 1 - axis];
            }
            yield Layout.contiguous(reversed).transpose();
          }
          case STEPPED -> {
            long[] twice = new long[shape.length];
            int[] axes = new int[shape.length];
            for (int axis = 0; axis < shape.length; axis++) {
              twice[axis] = 2 * shape[axis];
              axes[axis] = axis;
            }
            Layout stepped = Layout.contiguous(twice);
            for (int axis = 0; axis < shape.length; axis++) {
              stepped = stepped.slice(axis, 0, twice[axis], 2);
            }
            yield stepped.flip(axes);
          }
          case ANY -> layouts.layout(shape, true);
        };
    Tensor placed =
        layouts.blank(
            x.dtype(),
            layout,
            arrangement == Arrangement.ANY ? layouts.any(Place.values()) : place);
    placed.copyFrom(x);
    return placed;
  }

  private void add(Tensor result) {
    results++;
    for (double element : result.toDoubleArray()) {
      // Only the canonical NaN: the payload of a NaN is nobody's promise.
      digest = Long.rotateLeft(digest ^ Double.doubleToLongBits(element), 29) * 0x9E3779B97F4A7C15L;
    }
  }
}
