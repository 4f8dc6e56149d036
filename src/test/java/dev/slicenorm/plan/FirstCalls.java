package dev.slicenorm.plan;

import dev.slicenorm.Slicenorm;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Embeddings;
import dev.slicenorm.norm.Norm;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNorm;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The first calls in a JVM, by plain loops and then by vectors. {@link FirstCallsTest} starts it.
 */
final class FirstCalls {

  private FirstCalls() {}

  public static void main(String[] arguments) throws InterruptedException {
    System.out.println(Slicenorm.explain().kernel());
    Map<String, Supplier<double[]>> calls = calls();
    Map<String, double[]> first = new LinkedHashMap<>();
    calls.forEach((name, call) -> first.put(name, call.get()));
    System.out.println(present() + " at first");
    boolean isSame =
        calls.entrySet().stream().allMatch(call -> isSame(first.get(call.getKey()), call));
    System.out.println(isSame ? "the same bits again" : "OTHER BITS");
    System.out.println(Slicenorm.awaitVectors(Duration.ofMinutes(2)) ? "compiled" : "late");
    System.out.println(present() + " now");
    for (Map.Entry<String, Supplier<double[]>> call : calls.entrySet()) {
      boolean same = isSame(first.get(call.getKey()), call);
      System.out.println(call.getKey() + (same ? ": same bits" : ": OTHER BITS"));
    }
  }

  private static boolean isSame(
      double @Nullable [] expected, Map.Entry<String, Supplier<double[]>> call) {
    return Arrays.equals(expected, call.getValue().get());
  }

  private static String present() {
    return "%s and %s".formatted(loops(areWalksOver()), loops(LoneRowWarmUps.SQUARES.isOver()));
  }

  private static String loops(boolean isOver) {
    return isOver ? "vectors" : "plain loops";
  }

  private static boolean areWalksOver() {
    Tensor x = Tensor.zeros(DType.F32, 40, 300);
    Tensor out = Tensor.zeros(DType.F32, 40, 1);
    SlicePlan plan =
        SlicePlan.of(
            new boolean[] {false, true}, new Layout[] {x.layout()}, new Layout[] {out.layout()});
    Walk<float[]> walk = Walks.begin(plan, Precision.SINGLE).with(x).with(out);
    boolean isOver = WarmUps.areOver(walk, Work.SQUARES);
    walk.release();
    return isOver;
  }

  private static Map<String, Supplier<double[]>> calls() {
    Map<String, Supplier<double[]>> calls = new LinkedHashMap<>();
    for (DType dtype : DType.values()) {
      Tensor x = random(dtype, 40, 300);
      Tensor g = random(dtype, 40, 1);
      Tensor dw = random(dtype, 40, 300);
      for (Norm norm : new Norm[] {Norm.L1, Norm.L2, Norm.MAX}) {
        for (int axis = 0; axis < 2; axis++) {
          SliceNorms norms = SliceNorms.of(norm, Axes.along(axis));
          calls.put(
              "%s of %s along %d".formatted(norm, dtype, axis), () -> norms.of(x).toDoubleArray());
        }
      }
      SliceNorms rows = SliceNorms.l2(Axes.along(1));
      calls.put("steps of " + dtype, () -> rows.of(x.slice(1, 0, 300, 3)).toDoubleArray());
      calls.put("unit of " + dtype, () -> rows.normalize(x).unit().toDoubleArray());
      calls.put(
          "unit in place of " + dtype,
          () -> {
            Tensor unit = x.copy();
            rows.normalize(unit, unit, Tensor.zeros(dtype, 40, 1));
            return unit.toDoubleArray();
          });
      WeightNorm weights = WeightNorm.of(Axes.along(1));
      calls.put("weight of " + dtype, () -> weights.compose(x, g).toDoubleArray());
      calls.put("gradient of " + dtype, () -> weights.backward(x, g, dw).dv().toDoubleArray());
    }
    for (int length : new int[] {384, 1000}) {
      float[] vector = random(DType.F32, 1, length).toFloatArray();
      calls.put(
          "vector of " + length,
          () -> {
            float[] unit = vector.clone();
            float norm = Embeddings.normalize(unit);
            unit[0] += norm;
            return Tensor.of(unit, length).toDoubleArray();
          });
      Tensor wide = random(DType.F64, 1, length);
      calls.put("F64 row of " + length, () -> SliceNorms.l2(Axes.whole()).of(wide).toDoubleArray());
      calls.put(
          "F64 sum of " + length,
          () -> SliceNorms.of(Norm.L1, Axes.whole()).of(wide).toDoubleArray());
    }
    return calls;
  }

  private static Tensor random(DType dtype, int rows, int columns) {
    SplittableRandom random = new SplittableRandom(rows * 31L + columns);
    Tensor x = Tensor.zeros(dtype, rows, columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        x.set(random.nextDouble(-1, 1), row, column);
      }
    }
    return x;
  }
}
