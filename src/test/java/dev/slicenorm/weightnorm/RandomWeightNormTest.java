package dev.slicenorm.weightnorm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Parallelism;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Contract;
import dev.slicenorm.testing.ExactNorms;
import dev.slicenorm.testing.ExactWeightNorm;
import dev.slicenorm.testing.RandomAxes;
import dev.slicenorm.testing.RandomTensors;
import dev.slicenorm.testing.RandomTensors.Place;
import dev.slicenorm.testing.RandomTensors.Values;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weight norm and its gradients, of seeded random tensors, against the exact reference. */
class RandomWeightNormTest {

  static IntStream seeds() {
    return IntStream.range(0, 50);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void weights(int seed) {
    RandomTensors random = new RandomTensors(40_000 + seed);
    for (int i = 0; i < 30; i++) {
      Case made = Case.of(random, 150, random.any(Values.values()));
      ZeroSlice policy = policy(random);
      ExactWeightNorm exact = new ExactWeightNorm(made.axes, policy, made.v, made.g);
      WeightNorm weightNorm = WeightNorm.of(made.axes).withZeroSlice(policy);
      Tensor w = weightNorm.compose(made.v, made.g);
      assertThat(w.dtype()).isEqualTo(made.v.dtype());
      Contract.assertWithin(
          policy + " " + made, w, exact.weight(), Contract.weightLimit(w.dtype()));
      DType output = random.any(DType.values());
      Tensor into =
          random.blank(output, random.layout(w.shape(), true), random.any(Place.values()));
      weightNorm.compose(made.v, made.g, into);
      Contract.assertWithin(
          "%s %s into %s %s".formatted(policy, made, output, into.layout()),
          into,
          exact.weight(),
          Contract.weightLimit(output));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void gradients(int seed) {
    RandomTensors random = new RandomTensors(50_000 + seed);
    for (int i = 0; i < 20; i++) {
      Case made = Case.of(random, 100, random.any(Values.ORDINARY, Values.SPARSE, Values.ZERO));
      Tensor dw =
          random.tensor(
              random.any(made.v.dtype(), made.v.dtype(), DType.F32),
              made.v.shape(),
              random.any(Values.ORDINARY, Values.SPARSE));
      ZeroSlice policy = policy(random);
      ExactWeightNorm.Gradients truth =
          new ExactWeightNorm(made.axes, policy, made.v, made.g).gradients(dw);
      WeightNorm weightNorm = WeightNorm.of(made.axes).withZeroSlice(policy);
      WeightNorm.Gradients got = weightNorm.backward(made.v, made.g, dw);
      String what = policy + " " + made + ", dw " + dw.describe() + " " + dw.layout();
      assertThat(got.dg().shape()).as(what).isEqualTo(made.g.shape());
      Contract.assertGradient(what + " dg", got.dg(), truth.dg(), truth.dgSize());
      Contract.assertGradient(what + " dv", got.dv(), truth.dv(), truth.dvSize());
      Tensor dv = random.blank(made.v.dtype(), random.layout(made.v.shape(), true), Place.NATIVE);
      Tensor dg = random.blank(made.g.dtype(), random.layout(made.g.shape(), true), Place.MAPPED);
      weightNorm.backward(made.v, made.g, dw, dg, dv);
      assertThat(dv.toDoubleArray()).as(what).isEqualTo(got.dv().toDoubleArray());
      assertThat(dg.toDoubleArray()).as(what).isEqualTo(got.dg().toDoubleArray());
    }
  }

  /** Directions anywhere in the range of the type, where squares and quotients leave it. */
  @ParameterizedTest
  @MethodSource("seeds")
  void gradientsOfExtremeDirections(int seed) {
    RandomTensors random = new RandomTensors(60_000 + seed);
    for (int i = 0; i < 10; i++) {
      Case made =
          Case.of(random, 60, random.any(Values.WIDE, Values.SUBNORMAL, Values.HUGE, Values.TINY));
      Tensor dw = random.tensor(made.v.dtype(), made.v.shape(), Values.ORDINARY);
      ExactWeightNorm.Gradients truth =
          new ExactWeightNorm(made.axes, ZeroSlice.ZERO, made.v, made.g).gradients(dw);
      WeightNorm.Gradients got = WeightNorm.of(made.axes).backward(made.v, made.g, dw);
      Contract.assertGradient(made + " dg", got.dg(), truth.dg(), truth.dgSize());
      Contract.assertGradient(made + " dv", got.dv(), truth.dv(), truth.dvSize());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void resultsMayReplaceTheirInputs(int seed) {
    RandomTensors random = new RandomTensors(70_000 + seed);
    for (int i = 0; i < 10; i++) {
      DType dtype = random.any(DType.values());
      long[] shape = random.shape(200);
      Axes axes = RandomAxes.of(random, shape.length);
      WeightNorm weightNorm =
          WeightNorm.of(axes).withParallelism(Parallelism.threads(random.any(1, 2, 5)));
      Tensor v = writable(random, dtype, shape);
      Tensor g = writable(random, dtype, axes.keptShape(shape));
      Tensor dw = writable(random, dtype, shape);
      double[] w = WeightNorm.of(axes).compose(v, g).toDoubleArray();
      WeightNorm.Gradients gradients = WeightNorm.of(axes).backward(v, g, dw);
      double[] dv = gradients.dv().toDoubleArray();
      double[] dg = gradients.dg().toDoubleArray();
      String what = axes + " of " + v.describe() + " " + v.layout();
      Tensor first = v.copy();
      weightNorm.backward(first, g.copy(), dw, g.copy(), first);
      assertThat(first.toDoubleArray()).as("dv replaces v, %s", what).isEqualTo(dv);
      weightNorm.backward(v, g, dw, g, dw);
      assertThat(dw.toDoubleArray()).as("dv replaces dw, %s", what).isEqualTo(dv);
      assertThat(g.toDoubleArray()).as("dg replaces g, %s", what).isEqualTo(dg);
      Tensor magnitudes = Tensor.zeros(dtype, axes.keptShape(shape));
      magnitudes.fill(1);
      double[] units = WeightNorm.of(axes).compose(v, magnitudes).toDoubleArray();
      weightNorm.compose(v, magnitudes, v);
      assertThat(v.toDoubleArray()).as("w replaces v, %s", what).isEqualTo(units);
      assertThat(w).hasSameSizeAs(units);
    }
  }

  private static Tensor writable(RandomTensors random, DType dtype, long[] shape) {
    Layout layout = random.layout(shape, true);
    return random.tensor(dtype, layout, random.any(Place.values()), Values.ORDINARY);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void decomposedWeightsComeBack(int seed) {
    RandomTensors random = new RandomTensors(80_000 + seed);
    for (int i = 0; i < 10; i++) {
      DType dtype = random.any(DType.values());
      long[] shape = random.shape(200);
      Axes axes = RandomAxes.of(random, shape.length);
      Tensor w = random.tensor(dtype, shape, Values.ORDINARY);
      WeightNorm.Decomposition parts = WeightNorm.of(axes).decompose(w);
      String what = axes + " of " + w.describe();
      Contract.assertWithin(
          what, parts.g(), ExactNorms.norms(2, axes, w), Contract.normLimit(dtype, dtype, 2));
      assertThat(parts.v().toDoubleArray()).isEqualTo(w.toDoubleArray());
      assertThat(parts.v().overlaps(w)).isFalse();
      double[] back = WeightNorm.of(axes).compose(parts.v(), parts.g()).toDoubleArray();
      double[] elements = w.toDoubleArray();
      // g was rounded to the element type: half a unit; storing w adds another half, the norm in
      // F64 one.
      double unit =
          dtype == DType.F64
              ? 0x1p-51
              : dtype == DType.F32 ? 0x1p-23 : dtype == DType.F16 ? 0x1p-10 : 0x1p-7;
      double least = dtype == DType.F16 ? 0x1p-24 : 0;
      for (int k = 0; k < back.length; k++) {
        assertThat(Math.abs(back[k] - elements[k]))
            .as("%s element %s: %s came back as %s", what, k, elements[k], back[k])
            .isLessThanOrEqualTo(Math.abs(elements[k]) * unit * 1.01 + least);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 15, 16, 17, 31, 33, 64, 65, 1000, 4095, 4096, 4097, 8193, 12300})
  void lengthsAroundTheEndsOfVectorsAndBlocks(int length) {
    RandomTensors random = new RandomTensors(90_000 + length);
    for (DType dtype : DType.values()) {
      for (long[] shape : new long[][] {{length}, {length, 3}, {2, length}, {2, length, 3}}) {
        Axes axes = Axes.along(shape[0] == length ? 0 : 1);
        Tensor v =
            random.tensor(
                dtype, random.layout(shape, false), random.any(Place.values()), Values.ORDINARY);
        Tensor g = random.tensor(dtype, axes.keptShape(shape), Values.ORDINARY);
        Tensor dw =
            random.tensor(
                dtype, random.layout(shape, false), random.any(Place.values()), Values.ORDINARY);
        ExactWeightNorm exact = new ExactWeightNorm(axes, ZeroSlice.ZERO, v, g);
        String what = axes + " of " + v.describe() + " " + v.layout();
        Contract.assertWithin(
            what, WeightNorm.of(axes).compose(v, g), exact.weight(), Contract.weightLimit(dtype));
        WeightNorm.Gradients got = WeightNorm.of(axes).backward(v, g, dw);
        ExactWeightNorm.Gradients truth = exact.gradients(dw);
        Contract.assertGradient(what + " dg", got.dg(), truth.dg(), truth.dgSize());
        Contract.assertGradient(what + " dv", got.dv(), truth.dv(), truth.dvSize());
      }
    }
  }

  private static ZeroSlice policy(RandomTensors random) {
    return random.any(
        ZeroSlice.ZERO, ZeroSlice.ZERO, ZeroSlice.NAN, ZeroSlice.JITTOR, ZeroSlice.floor(0.25));
  }

  private record Case(Axes axes, Tensor v, Tensor g) {

    static Case of(RandomTensors random, int most, Values values) {
      long[] shape = random.shape(most);
      DType dtype = random.any(DType.values());
      Axes axes = RandomAxes.of(random, shape.length);
      Tensor v = random.tensor(dtype, shape, values);
      DType magnitudes = random.any(dtype, dtype, DType.F32, DType.F64);
      Tensor g = random.tensor(magnitudes, axes.keptShape(shape), Values.ORDINARY);
      boolean single = axes.equals(Axes.whole()) && random.random().nextBoolean();
      return new Case(axes, v, single ? g.reshape() : g);
    }

    @Override
    public String toString() {
      return axes
          + " of v "
          + v.describe()
          + " "
          + v.layout()
          + ", g "
          + g.describe()
          + " "
          + g.layout();
    }
  }
}
