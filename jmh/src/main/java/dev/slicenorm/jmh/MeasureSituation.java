package dev.slicenorm.jmh;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNorm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * Says which kernel runs in this JVM and why, and times each case beside a plain loop, window by
 * window in turn. {@link Situations} starts it.
 *
 * <p>All cases run in one JVM, as in an application, where code is compiled for many shapes: each
 * has run before the first is timed, since what a shape finds compiled may depend on those before
 * it. It has a {@code main} of its own because {@link Main} would start itself again with the
 * Vector API.
 */
final class MeasureSituation {

  /** Results, here of size 1 or so, differ by roundings of the sum and of the result. */
  private static final double TOLERANCE = 1e-6;

  /** A case: {@code [outer, length, inner]}, of which the middle axis is reduced. */
  private enum Case {
    NORM_3("norm 3", 1, 3, 1),
    NORM_8("norm 8", 1, 8, 1),
    NORM_16("norm 16", 1, 16, 1),
    NORM_32("norm 32", 1, 32, 1),
    NORM_40("norm 40", 1, 40, 1),
    NORM_64("norm 64", 1, 64, 1),
    NORM_1K("norm 1K", 1, 1 << 10, 1),
    NORM_64K("norm 64K", 1, 1 << 16, 1),
    NORM_1M("norm 1M", 1, 1 << 20, 1),
    NORM_LAST("norm 1024×1024, last", 1024, 1024, 1),
    NORM_FIRST("norm 1024×1024, first", 1, 1024, 1024),
    NORM_MIDDLE("norm 512×512×7, middle", 512, 512, 7),
    NORM_2_SHORT("norm 2×3, last", 2, 3, 1),
    NORM_16_SHORT("norm 16×8, last", 16, 8, 1),
    NORM_8_COLUMNS("norm 8×8, first", 1, 8, 8),
    NORM_SHORT("norm 64×3×7×7, last", 64 * 3 * 7, 7, 1),
    NORM_300_ROWS("norm 300×40, last", 300, 40, 1),
    NORM_3_ROWS("norm 512×3×49, middle", 512, 3, 49),
    NORM_9_ROWS("norm 64×9×512, middle", 64, 9, 512),
    NORM_40_ROWS("norm 40×1024, first", 1, 40, 1024),
    NORM_100_ROWS("norm 100×1024, first", 1, 100, 1024),
    NORM_200_ROWS("norm 200×1024, first", 1, 200, 1024),
    FORWARD_LAST("forward 1024×1024, last", 1024, 1024, 1),
    FORWARD_FIRST("forward 1024×1024, first", 1, 1024, 1024),
    BACKWARD_LAST("backward 1024×1024, last", 1024, 1024, 1),
    BACKWARD_FIRST("backward 1024×1024, first", 1, 1024, 1024);

    private final String label;
    private final int outer;
    private final int length;
    private final int inner;

    Case(String label, int outer, int length, int inner) {
      this.label = label;
      this.outer = outer;
      this.length = length;
      this.inner = inner;
    }

    float[] input(long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      float[] data = new float[outer * length * inner];
      for (int i = 0; i < data.length; i++) {
        data[i] = (float) random.nextGaussian();
      }
      return data;
    }
  }

  private MeasureSituation() {}

  /** Takes rounds, seconds of a window, seconds of warm-up, a pattern of cases. */
  public static void main(String[] arguments) {
    int rounds = (int) Double.parseDouble(arguments[0]);
    long window = (long) (Double.parseDouble(arguments[1]) * 1e9);
    long warmUp = (long) (Double.parseDouble(arguments[2]) * 1e9);
    Pattern cases = Pattern.compile(arguments[3]);
    dev.slicenorm.Slicenorm.Explanation explanation = dev.slicenorm.Slicenorm.explain();
    System.out.println(explanation.kernel() + "\t" + explanation.reason());
    List<Pair> pairs = new ArrayList<>();
    for (Case each : Case.values()) {
      if (cases.matcher(each.name()).find()) {
        pairs.add(pair(each));
      }
    }
    for (Pair each : pairs) {
      requireAgreement(each);
      each.plain.nanosPerCall(warmUp);
      each.ours.nanosPerCall(warmUp);
    }
    for (Pair each : pairs) {
      measure(each, rounds, window);
    }
  }

  /** A case as it is done by a plain loop and by us. */
  private record Pair(String label, Task plain, Task ours) {}

  private static Pair pair(Case each) {
    return switch (each) {
      case FORWARD_LAST, FORWARD_FIRST ->
          new Pair(each.label, plainForward(each), ourForward(each));
      case BACKWARD_LAST, BACKWARD_FIRST ->
          new Pair(each.label, plainBackward(each), ourBackward(each));
      default -> new Pair(each.label, plainNorms(each), ourNorms(each));
    };
  }

  private static void measure(Pair each, int rounds, long window) {
    // What ran last may have changed how these are compiled.
    each.plain.nanosPerCall(window);
    each.ours.nanosPerCall(window);
    double[] plainTimes = new double[rounds];
    double[] ourTimes = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      plainTimes[round] = each.plain.nanosPerCall(window);
      ourTimes[round] = each.ours.nanosPerCall(window);
    }
    Arrays.sort(plainTimes);
    Arrays.sort(ourTimes);
    System.out.println(each.label + "\t" + plainTimes[rounds / 2] + "\t" + ourTimes[rounds / 2]);
  }

  private static void requireAgreement(Pair each) {
    each.plain.call(0);
    each.ours.call(0);
    float[] expected = each.plain.results();
    float[] actual = each.ours.results();
    for (int i = 0; i < expected.length; i++) {
      if (!(Math.abs(actual[i] - expected[i]) <= TOLERANCE * (1 + Math.abs(expected[i])))) {
        throw new IllegalStateException(
            each.label + ", result " + i + ": " + actual[i] + ", expected " + expected[i]);
      }
    }
  }

  private static Task plainNorms(Case each) {
    float[] x = each.input(42);
    float[] norms = new float[each.outer * each.inner];
    return task(
        norms,
        each.inner == 1
            ? () -> PlainLoops.rowNorms(x, each.outer, each.length, norms)
            : () -> PlainLoops.columnNorms(x, each.outer, each.length, each.inner, norms));
  }

  private static Task ourNorms(Case each) {
    float[] x = each.input(42);
    float[] norms = new float[each.outer * each.inner];
    SliceNorms middle = SliceNorms.l2(Axes.along(1));
    Tensor in = Tensor.of(x, each.outer, each.length, each.inner);
    Tensor out = Tensor.of(norms, each.outer, 1, each.inner);
    return task(norms, () -> middle.into(in, out));
  }

  private static Task plainForward(Case each) {
    float[] v = each.input(42);
    float[] g = magnitudes(each);
    float[] w = new float[v.length];
    return task(
        w,
        each.inner == 1
            ? () -> PlainLoops.composeRows(v, g, each.outer, each.length, w)
            : () -> PlainLoops.composeColumns(v, g, each.length, each.inner, w));
  }

  private static Task ourForward(Case each) {
    float[] v = each.input(42);
    float[] w = new float[v.length];
    WeightNorm middle = WeightNorm.of(Axes.along(1));
    long[] shape = {each.outer, each.length, each.inner};
    Tensor in = Tensor.of(v, shape);
    Tensor g = Tensor.of(magnitudes(each), each.outer, 1, each.inner);
    Tensor out = Tensor.of(w, shape);
    return task(w, () -> middle.compose(in, g, out));
  }

  private static Task plainBackward(Case each) {
    float[] v = each.input(42);
    float[] dw = each.input(43);
    float[] g = magnitudes(each);
    float[] dg = new float[g.length];
    float[] dv = new float[v.length];
    return task(
        dv,
        each.inner == 1
            ? () -> PlainLoops.gradientRows(v, g, dw, each.outer, each.length, dg, dv)
            : () -> PlainLoops.gradientColumns(v, g, dw, each.length, each.inner, dg, dv));
  }

  private static Task ourBackward(Case each) {
    float[] dv = new float[each.outer * each.length * each.inner];
    WeightNorm middle = WeightNorm.of(Axes.along(1));
    long[] shape = {each.outer, each.length, each.inner};
    Tensor v = Tensor.of(each.input(42), shape);
    Tensor dw = Tensor.of(each.input(43), shape);
    Tensor g = Tensor.of(magnitudes(each), each.outer, 1, each.inner);
    Tensor dg = Tensor.of(magnitudes(each), each.outer, 1, each.inner);
    Tensor out = Tensor.of(dv, shape);
    return task(dv, () -> middle.backward(v, g, dw, dg, out));
  }

  private static float[] magnitudes(Case each) {
    float[] g = new float[each.outer * each.inner];
    for (int i = 0; i < g.length; i++) {
      g[i] = 1 + i % 7;
    }
    return g;
  }

  private static Task task(float[] results, Runnable work) {
    return new Task() {
      @Override
      public double call(int turn) {
        work.run();
        return results[0];
      }

      @Override
      public float[] results() {
        return results;
      }
    };
  }
}
