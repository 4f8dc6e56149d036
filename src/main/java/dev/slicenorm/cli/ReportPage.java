package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.LayerNorms;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One HTML page that needs nothing else: no network, no script. Follows the reader's light or dark
 * theme.
 */
final class ReportPage {

  private static final int BINS = 256;
  private static final int HEIGHT = 40;

  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>TITLE</title>
      <style>
      :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #6a737d; --line: #d8dee4;
        --w: #2f6fde; --v: #8250df; --b: #8c959f; --dead: #d1242f; --bad: #bf8700 }
      @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --soft: #8d96a0;
        --line: #30363d; --w: #5b9bff; --v: #b083f0; --b: #6e7681; --dead: #ff6a69; --bad: #e3b341 } }
      body { font: 14px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
        max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
      h2 { font: 600 14px ui-monospace, monospace; margin: 1.5rem 0 0; overflow-wrap: anywhere }
      p, figcaption { margin: 0; color: var(--soft) }
      figure { margin: .25rem 0 }
      svg { width: 100%; height: 40px; border-bottom: 1px solid var(--line); display: block }
      .w { fill: var(--w) } .v { fill: var(--v) } .b { fill: var(--b) }
      .dead { fill: var(--dead) } .bad { fill: var(--bad) }
      strong { color: var(--dead) }
      </style></head><body>
      <h1>TITLE</h1>
      """;

  private final StringBuilder html = new StringBuilder();

  private ReportPage() {}

  /**
   * {@return the page}
   *
   * @param title what it is about
   * @param layers the weights
   * @param before the weights of an earlier checkpoint by name; empty if there is none
   */
  static String of(String title, List<LayerNorms> layers, Map<String, LayerNorms> before) {
    ReportPage page = new ReportPage();
    page.html.append(HEAD.replace("TITLE", escape(title)));
    page.html
        .append("<p>One bar per slice: its norm, from 0 to the greatest of its strip. ")
        .append("Zero slices are marked over the full height in the colour of ")
        .append("<strong>dead slices</strong>, NaN and infinite ones in another.</p>\n");
    for (LayerNorms layer : layers) {
      page.layer(layer, before);
    }
    return page.html.append("</body></html>\n").toString();
  }

  private void layer(LayerNorms layer, Map<String, LayerNorms> before) {
    String axis = layer.keptAxis().isPresent() ? "axis " + layer.keptAxis().getAsInt() : "whole";
    double[] weight = layer.weight();
    html.append("<section><h2>").append(escape(layer.name())).append("</h2>\n<p>");
    html.append(escape(layer.describe())).append(", ").append(axis).append(", ");
    html.append(Units.count(weight.length, "slice")).append("</p>\n");
    strip("w", layer.direction().isPresent() ? "|g|, the norm of the weight" : "norm", weight);
    layer.direction().ifPresent(v -> strip("v", "‖v‖, which training moves freely", v));
    LayerNorms earlier = before.get(layer.name());
    if (earlier != null) {
      strip("b", "before", earlier.weight());
    }
    html.append("</section>\n");
  }

  private void strip(String kind, String caption, double[] norms) {
    double max = 0;
    long dead = 0;
    long bad = 0;
    double min = Double.POSITIVE_INFINITY;
    for (double norm : norms) {
      dead += norm == 0 ? 1 : 0;
      if (Double.isFinite(norm)) {
        max = Math.max(max, norm);
        min = Math.min(min, norm);
      } else {
        bad++;
      }
    }
    int bins = Math.min(BINS, norms.length);
    html.append("<figure><svg role=\"img\" preserveAspectRatio=\"none\" viewBox=\"0 0 ");
    html.append(Math.max(bins, 1)).append(' ').append(HEIGHT).append("\"><title>");
    html.append(caption).append("</title>");
    for (int bin = 0; bin < bins; bin++) {
      int from = (int) ((long) bin * norms.length / bins);
      int to = (int) ((long) (bin + 1) * norms.length / bins);
      bar(kind, bin, norms, from, to, max);
    }
    html.append("</svg><figcaption>").append(caption);
    if (norms.length > bad) {
      html.append(": ").append(Units.norm(min)).append(" to ").append(Units.norm(max));
    }
    if (dead > 0) {
      html.append(", <strong>").append(Units.count(dead, "dead slice")).append("</strong>");
    }
    if (bad > 0) {
      html.append(", ").append(Units.count(bad, "slice")).append(" with NaN or infinity");
    }
    html.append("</figcaption></figure>\n");
  }

  /** A bar for one slice or, where there are more slices than bars, the mean of several. */
  private void bar(String kind, int bin, double[] norms, int from, int to, double max) {
    double sum = 0;
    String mark = kind;
    for (int slice = from; slice < to; slice++) {
      sum += norms[slice];
      if (norms[slice] == 0) {
        mark = "dead";
      } else if (!Double.isFinite(norms[slice]) && !mark.equals("dead")) {
        mark = "bad";
      }
    }
    double share = max > 0 ? sum / (to - from) / max : 0;
    double height = mark.equals(kind) ? share * HEIGHT : HEIGHT;
    html.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"1\" height=\"%.1f\"/>",
            mark,
            bin,
            HEIGHT - height,
            height));
  }

  /** {@return a text that is only text in HTML, in an element as in an attribute} */
  static String escape(String text) {
    return Text.printable(text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
