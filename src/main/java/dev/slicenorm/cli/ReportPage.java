package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.LayerNorms;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTML page that needs nothing else: no network, no script. Follows the reader's light or dark
 * theme. It is well-formed XML too.
 */
final class ReportPage {

  private static final int LONGEST_NAME = 400;

  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
      <title>TITLE</title>
      <style>
      :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #57606a; --line: #d8dee4;
        --w: #2f6fde; --v: #8250df; --b: #6e7781; --dead: #d1242f; --bad: #bf8700 }
      @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --soft: #9aa4ae;
        --line: #30363d; --w: #5b9bff; --v: #b083f0; --b: #8b949e; --dead: #ff6a69; --bad: #e3b341 } }
      body { font: 14px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
        max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
      h1, h2, li { overflow-wrap: anywhere }
      h1 { font-size: 1.5rem }
      h2 { font: 600 14px ui-monospace, monospace; margin: 1.5rem 0 0 }
      p, figcaption { margin: 0; color: var(--soft) }
      a { color: inherit }
      figure { margin: .25rem 0 }
      svg { width: 100%; height: 40px; border-bottom: 1px solid var(--line); display: block }
      .w { fill: var(--w) } .v { fill: var(--v) } .b { fill: var(--b) } .range { opacity: .35 }
      .dead { fill: var(--dead) } .bad { fill: var(--bad) }
      .legend svg { display: inline-block; width: 10px; height: 10px; border: 0 }
      strong { color: var(--dead) }
      </style></head><body>
      <h1><bdi>TITLE</bdi></h1>
      <p class="legend">One bar per slice, from 0 to the greatest norm of the strip; where there are
      more slices than fit, a bar is the mean of several, and its pale end their greatest.
      KEY(dead)&#160;a slice that is zero, KEY(bad)&#160;one with NaN or infinity, both over the full
      height.</p>
      """;

  private static final String KEY =
      "<svg viewBox=\"0 0 1 1\" aria-hidden=\"true\"><path class=\"KIND\" d=\"M0"
          + " 0h1v1h-1z\"/></svg>";

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
    page.html.append(
        HEAD.replace("KEY(dead)", KEY.replace("KIND", "dead"))
            .replace("KEY(bad)", KEY.replace("KIND", "bad"))
            .replace("TITLE", escape(title)));
    page.contents(layers);
    for (int i = 0; i < layers.size(); i++) {
      page.layer(i, layers.get(i), before.get(layers.get(i).name()));
    }
    return page.html.append("</body></html>\n").toString();
  }

  /** How many weights there are, and the way to those that somebody should look at. */
  private void contents(List<LayerNorms> layers) {
    StringBuilder list = new StringBuilder();
    for (int i = 0; i < layers.size(); i++) {
      Strip weight = new Strip(layers.get(i).weight());
      if (!weight.zeros().isEmpty() || weight.broken() > 0) {
        list.append("<li><a href=\"#w").append(i).append("\"><bdi>");
        list.append(escape(layers.get(i).name())).append("</bdi></a>");
        list.append(weight.marks()).append("</li>\n");
      }
    }
    html.append("<p>").append(Units.count(layers.size(), "weight"));
    html.append(list.isEmpty() ? ", all slices alive.</p>\n" : "; look at</p>\n<ul>\n");
    html.append(list).append(list.isEmpty() ? "" : "</ul>\n");
  }

  private void layer(int index, LayerNorms layer, @Nullable LayerNorms earlier) {
    Strip weight = new Strip(layer.weight());
    html.append("<section id=\"w").append(index).append("\"><h2><bdi>");
    html.append(escape(layer.name())).append("</bdi></h2>\n<p>");
    html.append(escape(layer.describe())).append(", ").append(layer.axes()).append(", ");
    html.append(Units.count(layer.weight().length, "slice")).append("</p>\n");
    // Both to one scale, so that they can be compared.
    Strip old = earlier == null ? weight : new Strip(earlier.weight());
    double top = Math.max(weight.max(), old.max());
    String caption = layer.direction().isPresent() ? "|g|, the norm of the weight" : "norm";
    figure("w", caption, weight, top);
    if (earlier != null) {
      figure("b", "before, to the same scale", old, top);
    }
    layer
        .direction()
        .map(Strip::new)
        .ifPresent(v -> figure("v", "‖v‖, which training moves freely", v, v.max()));
    html.append("</section>\n");
  }

  private void figure(String kind, String caption, Strip strip, double top) {
    html.append("<figure>");
    strip.draw(kind, caption, top, html);
    html.append("<figcaption>").append(caption);
    if (strip.max() >= strip.min()) {
      html.append(": ").append(Units.norm(strip.min())).append(" to ");
      html.append(Units.norm(strip.max()));
    }
    html.append(strip.marks()).append("</figcaption></figure>\n");
  }

  /** {@return a text that is only text in HTML, in an element as in an attribute} */
  static String escape(String text) {
    return Text.printable(text, LONGEST_NAME)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
