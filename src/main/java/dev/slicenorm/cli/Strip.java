package dev.slicenorm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The slice norms of one weight as a strip of bars in SVG. */
final class Strip {

  private static final int BINS = 256;
  private static final int HEIGHT = 40;

  /** Up to here bars are wide enough to stand apart, by about a pixel. */
  private static final int MOST_APART = 64;

  private static final double PIXELS = 960;

  private static final int MENTIONED = 8;

  private final double[] norms;
  private final List<Integer> zeros = new ArrayList<>();
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;
  private long broken;

  /** Looks through the norms of all slices. */
  Strip(double[] norms) {
    this.norms = norms;
    for (int slice = 0; slice < norms.length; slice++) {
      double norm = norms[slice];
      if (norm == 0) {
        zeros.add(slice);
      }
      if (Double.isFinite(norm)) {
        max = Math.max(max, norm);
        min = Math.min(min, norm);
      } else {
        broken++;
      }
    }
  }

  /** {@return the least finite norm; above {@link #max} if there is none} */
  double min() {
    return min;
  }

  /** {@return the greatest finite norm} */
  double max() {
    return max;
  }

  /** {@return the slices of norm zero} */
  List<Integer> zeros() {
    return zeros;
  }

  /** {@return the number of slices with NaN or infinity} */
  long broken() {
    return broken;
  }

  /** {@return the end of a caption: what is wrong with some slices, and which} */
  String marks() {
    StringBuilder marks = new StringBuilder();
    if (!zeros.isEmpty()) {
      marks.append(", <strong>").append(Units.count(zeros.size(), "dead slice"));
      marks.append("</strong> (at ");
      marks.append(
          zeros.stream().limit(MENTIONED).map(String::valueOf).collect(Collectors.joining(", ")));
      marks.append(zeros.size() > MENTIONED ? ", …)" : ")");
    }
    if (broken > 0) {
      marks.append(", ").append(Units.count(broken, "slice")).append(" with NaN or infinity");
    }
    return marks.toString();
  }

  /**
   * Draws the bars.
   *
   * @param kind the class of an ordinary bar
   * @param title what a screen reader says
   * @param top the norm at the top
   * @param svg is added to
   */
  void draw(String kind, String title, double top, StringBuilder svg) {
    int bins = Math.min(BINS, norms.length);
    StringBuilder means = new StringBuilder();
    StringBuilder ranges = new StringBuilder();
    StringBuilder dead = new StringBuilder();
    StringBuilder bad = new StringBuilder();
    double width = bins <= MOST_APART ? 1 - bins / PIXELS : 1;
    for (int bin = 0; bin < bins; bin++) {
      int from = (int) ((long) bin * norms.length / bins);
      int to = (int) ((long) (bin + 1) * norms.length / bins);
      double mean = 0;
      double greatest = 0;
      boolean zero = false;
      for (int slice = from; slice < to; slice++) {
        mean += norms[slice] / (to - from) / top;
        greatest = Math.max(greatest, norms[slice]);
        zero |= norms[slice] == 0;
      }
      if (zero) {
        bar(dead, bin, width, 1);
      } else if (!Double.isFinite(greatest)) {
        bar(bad, bin, width, 1);
      } else {
        bar(means, bin, width, mean);
        if (to - from > 1) {
          bar(ranges, bin, width, greatest / top);
        }
      }
    }
    svg.append("<svg role=\"img\" preserveAspectRatio=\"none\" viewBox=\"0 0 ");
    svg.append(Math.max(bins, 1)).append(' ').append(HEIGHT).append("\"><title>");
    svg.append(title).append("</title>");
    path(svg, kind + " range", ranges);
    path(svg, kind, means);
    path(svg, "dead", dead);
    path(svg, "bad", bad);
    svg.append("</svg>");
  }

  private static void bar(StringBuilder path, int bin, double width, double share) {
    double top = HEIGHT - share * HEIGHT;
    path.append(String.format(Locale.ROOT, "M%d %dV%.1fh%.3fV%d", bin, HEIGHT, top, width, HEIGHT));
  }

  private static void path(StringBuilder svg, String kind, StringBuilder bars) {
    if (!bars.isEmpty()) {
      svg.append("<path class=\"").append(kind).append("\" d=\"").append(bars).append("\"/>");
    }
  }
}
