package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.SmallBlocks.element;

/**
 * Norms of F32 slices that lie evenly in an array, in plain Java. As in {@link PlainShortRows}
 * every length up to eight has a loop of its own without a decision or a call: what lone rows call
 * stays a call where other lengths came first (10 rows of 3 on Zen 4: 49 ns by it, 32 here; by C1
 * 56 and 39). Fields in place of parameters are fewer for C1 to pass (2 rows of 3: 18 -> 16 ns),
 * and even steps, instead of places looked up, spare C2 a third (11 -> 8.7 ns). Elements are those
 * of {@link SmallBlocks#element}: without AVX 16 rows of 8 took 169 or 58 ns by what registers
 * held, and take 82; without FMA alone 86 instead of 70.
 */
public final class ShortSlices {

  /** The elements of the longest slice whose elements may lie apart. */
  public static final int MOST = 8;

  private final int count;
  private final int length;
  private final int step;
  private final int apart;
  private final int normsApart;

  /**
   * Describes slices.
   *
   * @param count how many there are
   * @param length the elements of each, 1 or more
   * @param step from one element to the next: 1 if there are more than {@link #MOST}
   * @param apart from one slice to the next
   * @param normsApart from one norm to the next
   */
  public ShortSlices(int count, int length, int step, int apart, int normsApart) {
    if (length < 1 || (length > MOST && step != 1)) {
      throw new IllegalArgumentException(
          "slices of %d elements, %d apart: expected 1 to %d, or neighbours"
              .formatted(length, step, MOST));
    }
    this.count = count;
    this.length = length;
    this.step = step;
    this.apart = apart;
    this.normsApart = normsApart;
  }

  /**
   * Writes the norms.
   *
   * @param x the elements
   * @param at where the first slice begins
   * @param norms receives the norms
   * @param first where that of the first slice goes to
   */
  public void write(float[] x, int at, float[] norms, int first) {
    switch (length) {
      case 1 -> one(x, at, norms, first);
      case 2 -> two(x, at, norms, first);
      case 3 -> three(x, at, norms, first);
      case 4 -> four(x, at, norms, first);
      case 5 -> five(x, at, norms, first);
      case 6 -> six(x, at, norms, first);
      case 7 -> seven(x, at, norms, first);
      case 8 -> eight(x, at, norms, first);
      default -> longer(x, at, norms, first);
    }
  }

  private void one(float[] x, int at, float[] norms, int first) {
    for (int slice = 0, i = at, to = first; slice < count; slice++, i += apart, to += normsApart) {
      double p = element(x, i);
      norms[to] = (float) Math.sqrt(p * p);
    }
  }

  private void two(float[] x, int at, float[] norms, int first) {
    for (int slice = 0, i = at, to = first; slice < count; slice++, i += apart, to += normsApart) {
      double p = element(x, i);
      double q = element(x, i + step);
      norms[to] = (float) Math.sqrt(p * p + q * q);
    }
  }

  private void three(float[] x, int at, float[] norms, int first) {
    for (int slice = 0, i = at, to = first; slice < count; slice++, i += apart, to += normsApart) {
      double p = element(x, i);
      double q = element(x, i + step);
      double r = element(x, i + 2 * step);
      norms[to] = (float) Math.sqrt((p * p + r * r) + q * q);
    }
  }

  private void four(float[] x, int at, float[] norms, int first) {
    for (int slice = 0, i = at, to = first; slice < count; slice++, i += apart, to += normsApart) {
      double p = element(x, i);
      double q = element(x, i + step);
      double r = element(x, i + 2 * step);
      double s = element(x, i + 3 * step);
      norms[to] = (float) Math.sqrt((p * p + r * r) + (q * q + s * s));
    }
  }

  private void five(float[] x, int at, float[] norms, int first) {
    for (int slice = 0, i = at, to = first; slice < count; slice++, i += apart, to += normsApart) {
      double p = element(x, i);
      double q = element(x, i + step);
      double r = element(x, i + 2 * step);
      double s = element(x, i + 3 * step);
      double t = element(x, i + 4 * step);
      norms[to] = (float) Math.sqrt(((p * p + t * t) + r * r) + (q * q + s * s));
    }
  }

  private void six(float[] x, int at, float[] norms, int first) {
    for (int slice = 0, i = at, to = first; slice < count; slice++, i += apart, to += normsApart) {
      double p = element(x, i);
      double q = element(x, i + step);
      double r = element(x, i + 2 * step);
      double s = element(x, i + 3 * step);
      double t = element(x, i + 4 * step);
      double u = element(x, i + 5 * step);
      norms[to] = (float) Math.sqrt(((p * p + t * t) + r * r) + ((q * q + u * u) + s * s));
    }
  }

  private void seven(float[] x, int at, float[] norms, int first) {
    for (int slice = 0, i = at, to = first; slice < count; slice++, i += apart, to += normsApart) {
      double p = element(x, i);
      double q = element(x, i + step);
      double r = element(x, i + 2 * step);
      double s = element(x, i + 3 * step);
      double t = element(x, i + 4 * step);
      double u = element(x, i + 5 * step);
      double v = element(x, i + 6 * step);
      norms[to] =
          (float) Math.sqrt(((p * p + t * t) + (r * r + v * v)) + ((q * q + u * u) + s * s));
    }
  }

  private void eight(float[] x, int at, float[] norms, int first) {
    for (int slice = 0, i = at, to = first; slice < count; slice++, i += apart, to += normsApart) {
      double p = element(x, i);
      double q = element(x, i + step);
      double r = element(x, i + 2 * step);
      double s = element(x, i + 3 * step);
      double t = element(x, i + 4 * step);
      double u = element(x, i + 5 * step);
      double v = element(x, i + 6 * step);
      double w = element(x, i + 7 * step);
      norms[to] =
          (float)
              Math.sqrt(((p * p + t * t) + (r * r + v * v)) + ((q * q + u * u) + (s * s + w * w)));
    }
  }

  private void longer(float[] x, int at, float[] norms, int first) {
    for (int slice = 0, i = at, to = first; slice < count; slice++, i += apart, to += normsApart) {
      norms[to] = (float) Math.sqrt(PlainRows.square(x, i, length));
    }
  }
}
