package dev.slicenorm.kernel;

/**
 * Norms of F32 slices of up to eight elements that lie anywhere in an array, in plain Java. As in
 * {@link PlainShortRows} every length has a loop of its own without a decision or a call: what lone
 * rows call stays a call where other lengths came first (10 rows of 3 on Zen 4: 49 ns by it, 32
 * here; by C1 56 and 39).
 */
public final class ShortSlices {

  /** The elements of the longest slice. */
  public static final int MOST = 8;

  private ShortSlices() {}

  /**
   * Writes norms.
   *
   * @param x the elements
   * @param at where the first slice begins
   * @param from where each begins, from there
   * @param step from one element to the next
   * @param length the elements of each, 1 to {@link #MOST}
   * @param norms receives the norms
   * @param first where that of the first goes to
   * @param to where each goes to, from there
   */
  public static void norms(
      float[] x, int at, int[] from, int step, int length, float[] norms, int first, int[] to) {
    switch (length) {
      case 1 -> one(x, at, from, norms, first, to);
      case 2 -> two(x, at, from, step, norms, first, to);
      case 3 -> three(x, at, from, step, norms, first, to);
      case 4 -> four(x, at, from, step, norms, first, to);
      case 5 -> five(x, at, from, step, norms, first, to);
      case 6 -> six(x, at, from, step, norms, first, to);
      case 7 -> seven(x, at, from, step, norms, first, to);
      case 8 -> eight(x, at, from, step, norms, first, to);
      default ->
          throw new IllegalArgumentException(
              "slices of %d elements: expected 1 to %d".formatted(length, MOST));
    }
  }

  private static void one(float[] x, int at, int[] from, float[] norms, int first, int[] to) {
    for (int slice = 0; slice < from.length; slice++) {
      int i = at + from[slice];
      double p = x[i];
      norms[first + to[slice]] = (float) Math.sqrt(p * p);
    }
  }

  private static void two(
      float[] x, int at, int[] from, int step, float[] norms, int first, int[] to) {
    for (int slice = 0; slice < from.length; slice++) {
      int i = at + from[slice];
      double p = x[i];
      double q = x[i + step];
      norms[first + to[slice]] = (float) Math.sqrt(p * p + q * q);
    }
  }

  private static void three(
      float[] x, int at, int[] from, int step, float[] norms, int first, int[] to) {
    for (int slice = 0; slice < from.length; slice++) {
      int i = at + from[slice];
      double p = x[i];
      double q = x[i + step];
      double r = x[i + 2 * step];
      norms[first + to[slice]] = (float) Math.sqrt((p * p + r * r) + q * q);
    }
  }

  private static void four(
      float[] x, int at, int[] from, int step, float[] norms, int first, int[] to) {
    for (int slice = 0; slice < from.length; slice++) {
      int i = at + from[slice];
      double p = x[i];
      double q = x[i + step];
      double r = x[i + 2 * step];
      double s = x[i + 3 * step];
      norms[first + to[slice]] = (float) Math.sqrt((p * p + r * r) + (q * q + s * s));
    }
  }

  private static void five(
      float[] x, int at, int[] from, int step, float[] norms, int first, int[] to) {
    for (int slice = 0; slice < from.length; slice++) {
      int i = at + from[slice];
      double p = x[i];
      double q = x[i + step];
      double r = x[i + 2 * step];
      double s = x[i + 3 * step];
      double t = x[i + 4 * step];
      norms[first + to[slice]] = (float) Math.sqrt(((p * p + t * t) + r * r) + (q * q + s * s));
    }
  }

  private static void six(
      float[] x, int at, int[] from, int step, float[] norms, int first, int[] to) {
    for (int slice = 0; slice < from.length; slice++) {
      int i = at + from[slice];
      double p = x[i];
      double q = x[i + step];
      double r = x[i + 2 * step];
      double s = x[i + 3 * step];
      double t = x[i + 4 * step];
      double u = x[i + 5 * step];
      norms[first + to[slice]] =
          (float) Math.sqrt(((p * p + t * t) + r * r) + ((q * q + u * u) + s * s));
    }
  }

  private static void seven(
      float[] x, int at, int[] from, int step, float[] norms, int first, int[] to) {
    for (int slice = 0; slice < from.length; slice++) {
      int i = at + from[slice];
      double p = x[i];
      double q = x[i + step];
      double r = x[i + 2 * step];
      double s = x[i + 3 * step];
      double t = x[i + 4 * step];
      double u = x[i + 5 * step];
      double v = x[i + 6 * step];
      norms[first + to[slice]] =
          (float) Math.sqrt(((p * p + t * t) + (r * r + v * v)) + ((q * q + u * u) + s * s));
    }
  }

  private static void eight(
      float[] x, int at, int[] from, int step, float[] norms, int first, int[] to) {
    for (int slice = 0; slice < from.length; slice++) {
      int i = at + from[slice];
      double p = x[i];
      double q = x[i + step];
      double r = x[i + 2 * step];
      double s = x[i + 3 * step];
      double t = x[i + 4 * step];
      double u = x[i + 5 * step];
      double v = x[i + 6 * step];
      double w = x[i + 7 * step];
      norms[first + to[slice]] =
          (float)
              Math.sqrt(((p * p + t * t) + (r * r + v * v)) + ((q * q + u * u) + (s * s + w * w)));
    }
  }
}
