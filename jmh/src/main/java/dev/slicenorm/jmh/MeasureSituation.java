package dev.slicenorm.jmh;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNorm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
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
    for (SituationCase each : SituationCase.all()) {
      if (cases.matcher(each.label()).find()) {
        pairs.add(new Pair(each.label(), plain(each), ours(each)));
      }
    }
    for (Pair each : pairs) {
      requireAgreement(each);
      each.plain.nanosPerCall(warmUp);
      each.ours.nanosPerCall(warmUp);
    }
    Timing.awaitVectors();
    for (Pair each : pairs) {
      each.ours.nanosPerCall(warmUp);
    }
    for (Pair each : pairs) {
      measure(each, rounds, window);
    }
  }

  /** A case as it is done by a plain loop and by us. */
  private record Pair(String label, Task plain, Task ours) {}

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

  private static Task plain(SituationCase each) {
    return switch (each.quantity()) {
      case FORWARD -> plainForward(each);
      case BACKWARD -> plainBackward(each);
      default -> each.isF64() ? plainWideNorms(each) : plainNorms(each);
    };
  }

  private static Task ours(SituationCase each) {
    return switch (each.quantity()) {
      case FORWARD -> ourForward(each);
      case BACKWARD -> ourBackward(each);
      default -> ourNorms(each);
    };
  }

  private static Task plainNorms(SituationCase each) {
    float[] x = each.input(42);
    float[] norms = new float[each.slices()];
    int outer = each.outer();
    int length = each.length();
    int inner = each.inner();
    boolean rows = inner == 1;
    return task(
        norms,
        switch (each.quantity()) {
          case L1 ->
              rows
                  ? () -> PlainNorms.rowSums(x, outer, length, norms)
                  : () -> PlainNorms.columnSums(x, outer, length, inner, norms);
          case MAX ->
              rows
                  ? () -> PlainNorms.rowMaxima(x, outer, length, norms)
                  : () -> PlainNorms.columnMaxima(x, outer, length, inner, norms);
          case MIN ->
              rows
                  ? () -> PlainNorms.rowMinima(x, outer, length, norms)
                  : () -> PlainNorms.columnMinima(x, outer, length, inner, norms);
          case COUNT ->
              rows
                  ? () -> PlainNorms.rowCounts(x, outer, length, norms)
                  : () -> PlainNorms.columnCounts(x, outer, length, inner, norms);
          default ->
              rows
                  ? () -> PlainLoops.rowNorms(x, outer, length, norms)
                  : () -> PlainLoops.columnNorms(x, outer, length, inner, norms);
        });
  }

  private static Task plainWideNorms(SituationCase each) {
    double[] x = each.wideInput(42);
    double[] norms = new double[each.slices()];
    int outer = each.outer();
    int length = each.length();
    int inner = each.inner();
    boolean rows = inner == 1;
    return task(
        norms,
        switch (each.quantity()) {
          case L1 ->
              rows
                  ? () -> PlainNorms.rowSums(x, outer, length, norms)
                  : () -> PlainNorms.columnSums(x, outer, length, inner, norms);
          case MAX ->
              rows
                  ? () -> PlainNorms.rowMaxima(x, outer, length, norms)
                  : () -> PlainNorms.columnMaxima(x, outer, length, inner, norms);
          default ->
              rows
                  ? () -> PlainNorms.rowNorms(x, outer, length, norms)
                  : () -> PlainNorms.columnNorms(x, outer, length, inner, norms);
        });
  }

  private static Task ourNorms(SituationCase each) {
    SliceNorms middle = SliceNorms.of(each.quantity().norm, Axes.along(1));
    long[] shape = {each.outer(), each.length(), each.inner()};
    long[] kept = {each.outer(), 1, each.inner()};
    if (each.isF64()) {
      double[] norms = new double[each.slices()];
      Tensor in = Tensor.of(each.wideInput(42), shape);
      Tensor out = Tensor.of(norms, kept);
      return task(norms, () -> middle.into(in, out));
    }
    float[] norms = new float[each.slices()];
    Tensor in = Tensor.of(each.input(42), shape);
    Tensor out = Tensor.of(norms, kept);
    return task(norms, () -> middle.into(in, out));
  }

  private static Task plainForward(SituationCase each) {
    float[] v = each.input(42);
    float[] g = magnitudes(each);
    float[] w = new float[v.length];
    return task(
        w,
        each.inner() == 1
            ? () -> PlainLoops.composeRows(v, g, each.outer(), each.length(), w)
            : () -> PlainLoops.composeColumns(v, g, each.length(), each.inner(), w));
  }

  private static Task ourForward(SituationCase each) {
    float[] v = each.input(42);
    float[] w = new float[v.length];
    WeightNorm middle = WeightNorm.of(Axes.along(1));
    long[] shape = {each.outer(), each.length(), each.inner()};
    Tensor in = Tensor.of(v, shape);
    Tensor g = Tensor.of(magnitudes(each), each.outer(), 1, each.inner());
    Tensor out = Tensor.of(w, shape);
    return task(w, () -> middle.compose(in, g, out));
  }

  private static Task plainBackward(SituationCase each) {
    float[] v = each.input(42);
    float[] dw = each.input(43);
    float[] g = magnitudes(each);
    float[] dg = new float[g.length];
    float[] dv = new float[v.length];
    return task(
        dv,
        each.inner() == 1
            ? () -> PlainLoops.gradientRows(v, g, dw, each.outer(), each.length(), dg, dv)
            : () -> PlainLoops.gradientColumns(v, g, dw, each.length(), each.inner(), dg, dv));
  }

  private static Task ourBackward(SituationCase each) {
    long[] shape = {each.outer(), each.length(), each.inner()};
    float[] dv = new float[each.outer() * each.length() * each.inner()];
    WeightNorm middle = WeightNorm.of(Axes.along(1));
    Tensor v = Tensor.of(each.input(42), shape);
    Tensor dw = Tensor.of(each.input(43), shape);
    Tensor g = Tensor.of(magnitudes(each), each.outer(), 1, each.inner());
    Tensor dg = Tensor.of(magnitudes(each), each.outer(), 1, each.inner());
    Tensor out = Tensor.of(dv, shape);
    return task(dv, () -> middle.backward(v, g, dw, dg, out));
  }

  private static float[] magnitudes(SituationCase each) {
    float[] g = new float[each.slices()];
    for (int i = 0; i < g.length; i++) {
      g[i] = 1 + i % 7;
    }
    return g;
  }

  private static Task task(float[] results, Runnable work) {
    return task(() -> results[0], () -> results, work);
  }

  private static Task task(double[] results, Runnable work) {
    return task(() -> results[0], () -> Tensor.of(results, results.length).toFloatArray(), work);
  }

  private static Task task(DoubleSupplier first, Supplier<float[]> results, Runnable work) {
    return new Task() {
      @Override
      public double call(int turn) {
        work.run();
        return first.getAsDouble();
      }

      @Override
      public float[] results() {
        return results.get();
      }
    };
  }
}
