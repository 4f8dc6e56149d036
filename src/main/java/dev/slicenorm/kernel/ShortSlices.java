package dev.slicenorm.kernel;

import static dev.slicenorm.kernel.FusedMultiplyAdd.HARDWARE;

/**
 * Norms of F32 slices that lie evenly in an array, in plain Java. As in {@link PlainShortRows}
 * every length up to eight has a loop of its own without a decision or a call: what lone rows call
 * stays a call where other lengths came first (10 rows of 3 on Zen 4: 49 ns by it, 32 here; by C1
 * 56 and 39). Fields in place of parameters are fewer for C1 to pass (2 rows of 3: 18 -> 16 ns),
 * and even steps, instead of places looked up, spare C2 a third (11 -> 8.7 ns). The loops are ones
 * that C2 does not count: around those it puts others, for which a single slice pays too (Zen 3, 2
 * elements: 9.1 -> 8.1 ns). Elements are those of {@link SmallBlocks#element}: without AVX 16 rows
 * of 8 took 169 or 58 ns by what registers held, and take 82; without FMA alone 86 instead of 70.
 * They are written out: where other lengths came first, C2 takes a loop in and leaves a call for
 * each of its elements (16 rows of 8 on Zen 3: 335 and 540 ns in some JVMs, 98 to 160 in others).
 */
public abstract sealed class ShortSlices extends LoneSlices {

  /** The elements of the longest slice whose elements may lie apart. */
  public static final int MOST = 8;

  final int step;
  final int apart;
  final int normsApart;
  final int normsEnd;

  /** How many slices there are, and how they lie. */
  private record Steps(int count, int step, int apart, int normsApart) {}

  private ShortSlices(Steps steps) {
    this.step = steps.step;
    this.apart = steps.apart;
    this.normsApart = steps.normsApart;
    this.normsEnd = steps.count * steps.normsApart;
  }

  /**
   * {@return slices}
   *
   * @param count how many there are, 1 or more
   * @param length the elements of each, 1 or more
   * @param step from one element to the next: 1 if there are more than {@link #MOST}
   * @param apart from one slice to the next
   * @param normsApart from one norm to the next; not 0, where there is a next
   */
  public static ShortSlices of(int count, int length, int step, int apart, int normsApart) {
    if (length < 1 || (length > MOST && step != 1)) {
      throw new IllegalArgumentException(
          "slices of %d elements, %d apart: expected 1 to %d, or neighbours"
              .formatted(length, step, MOST));
    }
    if (count < 1 || (count > 1 && normsApart == 0)) {
      throw new IllegalArgumentException(
          "%d slices with norms %d apart: expected 1, or norms at different places"
              .formatted(count, normsApart));
    }
    Steps steps = new Steps(count, step, apart, normsApart);
    return switch (length) {
      case 1 -> new One(steps);
      case 2 -> new Two(steps);
      case 3 -> new Three(steps);
      case 4 -> new Four(steps);
      case 5 -> new Five(steps);
      case 6 -> new Six(steps);
      case 7 -> new Seven(steps);
      case 8 -> new Eight(steps);
      default -> new Longer(steps, length);
    };
  }

  private static final class One extends ShortSlices {

    One(Steps steps) {
      super(steps);
    }

    @Override
    public void writeNorms(float[] x, int at, float[] norms, int first) {
      int i = at;
      int to = first;
      do {
        double p = HARDWARE ? x[i] : Math.abs(x[i]);
        norms[to] = (float) Math.sqrt(p * p);
        i += apart;
        to += normsApart;
      } while (to != first + normsEnd);
    }
  }

  private static final class Two extends ShortSlices {

    Two(Steps steps) {
      super(steps);
    }

    @Override
    public void writeNorms(float[] x, int at, float[] norms, int first) {
      int i = at;
      int to = first;
      do {
        double p = HARDWARE ? x[i] : Math.abs(x[i]);
        double q = HARDWARE ? x[i + step] : Math.abs(x[i + step]);
        norms[to] = (float) Math.sqrt(p * p + q * q);
        i += apart;
        to += normsApart;
      } while (to != first + normsEnd);
    }
  }

  private static final class Three extends ShortSlices {

    Three(Steps steps) {
      super(steps);
    }

    @Override
    public void writeNorms(float[] x, int at, float[] norms, int first) {
      int i = at;
      int to = first;
      do {
        double p = HARDWARE ? x[i] : Math.abs(x[i]);
        double q = HARDWARE ? x[i + step] : Math.abs(x[i + step]);
        double r = HARDWARE ? x[i + 2 * step] : Math.abs(x[i + 2 * step]);
        norms[to] = (float) Math.sqrt((p * p + r * r) + q * q);
        i += apart;
        to += normsApart;
      } while (to != first + normsEnd);
    }
  }

  private static final class Four extends ShortSlices {

    Four(Steps steps) {
      super(steps);
    }

    @Override
    public void writeNorms(float[] x, int at, float[] norms, int first) {
      int i = at;
      int to = first;
      do {
        double p = HARDWARE ? x[i] : Math.abs(x[i]);
        double q = HARDWARE ? x[i + step] : Math.abs(x[i + step]);
        double r = HARDWARE ? x[i + 2 * step] : Math.abs(x[i + 2 * step]);
        double s = HARDWARE ? x[i + 3 * step] : Math.abs(x[i + 3 * step]);
        norms[to] = (float) Math.sqrt((p * p + r * r) + (q * q + s * s));
        i += apart;
        to += normsApart;
      } while (to != first + normsEnd);
    }
  }

  private static final class Five extends ShortSlices {

    Five(Steps steps) {
      super(steps);
    }

    @Override
    public void writeNorms(float[] x, int at, float[] norms, int first) {
      int i = at;
      int to = first;
      do {
        double p = HARDWARE ? x[i] : Math.abs(x[i]);
        double q = HARDWARE ? x[i + step] : Math.abs(x[i + step]);
        double r = HARDWARE ? x[i + 2 * step] : Math.abs(x[i + 2 * step]);
        double s = HARDWARE ? x[i + 3 * step] : Math.abs(x[i + 3 * step]);
        double t = HARDWARE ? x[i + 4 * step] : Math.abs(x[i + 4 * step]);
        norms[to] = (float) Math.sqrt(((p * p + t * t) + r * r) + (q * q + s * s));
        i += apart;
        to += normsApart;
      } while (to != first + normsEnd);
    }
  }

  private static final class Six extends ShortSlices {

    Six(Steps steps) {
      super(steps);
    }

    @Override
    public void writeNorms(float[] x, int at, float[] norms, int first) {
      int i = at;
      int to = first;
      do {
        double p = HARDWARE ? x[i] : Math.abs(x[i]);
        double q = HARDWARE ? x[i + step] : Math.abs(x[i + step]);
        double r = HARDWARE ? x[i + 2 * step] : Math.abs(x[i + 2 * step]);
        double s = HARDWARE ? x[i + 3 * step] : Math.abs(x[i + 3 * step]);
        double t = HARDWARE ? x[i + 4 * step] : Math.abs(x[i + 4 * step]);
        double u = HARDWARE ? x[i + 5 * step] : Math.abs(x[i + 5 * step]);
        norms[to] = (float) Math.sqrt(((p * p + t * t) + r * r) + ((q * q + u * u) + s * s));
        i += apart;
        to += normsApart;
      } while (to != first + normsEnd);
    }
  }

  private static final class Seven extends ShortSlices {

    Seven(Steps steps) {
      super(steps);
    }

    @Override
    public void writeNorms(float[] x, int at, float[] norms, int first) {
      int i = at;
      int to = first;
      do {
        double p = HARDWARE ? x[i] : Math.abs(x[i]);
        double q = HARDWARE ? x[i + step] : Math.abs(x[i + step]);
        double r = HARDWARE ? x[i + 2 * step] : Math.abs(x[i + 2 * step]);
        double s = HARDWARE ? x[i + 3 * step] : Math.abs(x[i + 3 * step]);
        double t = HARDWARE ? x[i + 4 * step] : Math.abs(x[i + 4 * step]);
        double u = HARDWARE ? x[i + 5 * step] : Math.abs(x[i + 5 * step]);
        double v = HARDWARE ? x[i + 6 * step] : Math.abs(x[i + 6 * step]);
        norms[to] =
            (float) Math.sqrt(((p * p + t * t) + (r * r + v * v)) + ((q * q + u * u) + s * s));
        i += apart;
        to += normsApart;
      } while (to != first + normsEnd);
    }
  }

  private static final class Eight extends ShortSlices {

    Eight(Steps steps) {
      super(steps);
    }

    @Override
    public void writeNorms(float[] x, int at, float[] norms, int first) {
      int i = at;
      int to = first;
      do {
        double p = HARDWARE ? x[i] : Math.abs(x[i]);
        double q = HARDWARE ? x[i + step] : Math.abs(x[i + step]);
        double r = HARDWARE ? x[i + 2 * step] : Math.abs(x[i + 2 * step]);
        double s = HARDWARE ? x[i + 3 * step] : Math.abs(x[i + 3 * step]);
        double t = HARDWARE ? x[i + 4 * step] : Math.abs(x[i + 4 * step]);
        double u = HARDWARE ? x[i + 5 * step] : Math.abs(x[i + 5 * step]);
        double v = HARDWARE ? x[i + 6 * step] : Math.abs(x[i + 6 * step]);
        double w = HARDWARE ? x[i + 7 * step] : Math.abs(x[i + 7 * step]);
        norms[to] =
            (float)
                Math.sqrt(
                    ((p * p + t * t) + (r * r + v * v)) + ((q * q + u * u) + (s * s + w * w)));
        i += apart;
        to += normsApart;
      } while (to != first + normsEnd);
    }
  }

  private static final class Longer extends ShortSlices {

    private final int length;

    Longer(Steps steps, int length) {
      super(steps);
      this.length = length;
    }

    @Override
    public void writeNorms(float[] x, int at, float[] norms, int first) {
      int i = at;
      int to = first;
      do {
        // The longer way is a call for each slice (10 of 12 on Zen 5: 43 ns by this, 66 by it).
        double square =
            length <= 16 ? PlainRow.upTo16(x, i, length) : PlainRow.squareFrom9(x, i, length);
        norms[to] = (float) Math.sqrt(square);
        i += apart;
        to += normsApart;
      } while (to != first + normsEnd);
    }
  }
}
