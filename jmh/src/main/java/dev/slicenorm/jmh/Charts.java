package dev.slicenorm.jmh;

import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.knowm.xchart.HorizontalBarChart;
import org.knowm.xchart.HorizontalBarChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.internal.chartpart.IChart;
import org.knowm.xchart.style.Styler.LegendPosition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Draws the charts of a run, as SVG.
 *
 * <pre>{@code
 * ./mvnw -f jmh verify -DskipTests -Djmh="charts target/results/jmh.json"
 * }</pre>
 */
@Command(
    name = "charts",
    description = "Draws a run's charts: bandwidth, ratio, accuracy against speed.",
    mixinStandardHelpOptions = true)
final class Charts implements Callable<Integer> {

  private static final Color WON = new Color(0x3b7a57);
  private static final Color LOST = new Color(0xc62828);

  /** Longer bars are cut: 70 times faster needs no more ink than 6 times; the label has it. */
  private static final double LONGEST_BAR = 6;

  private static final List<WorkItem> WORKING_SETS =
      List.of(
          WorkItem.NORM_1K,
          WorkItem.NORM_4K,
          WorkItem.NORM_64K,
          WorkItem.NORM_1M,
          WorkItem.NORM_16M);

  @Parameters(index = "0", description = "JMH's JSON, as the suite writes it.")
  private Path json;

  @Option(names = "--out", description = "Folder; that of the file by default.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Path folder = out != null ? out : json.toAbsolutePath().getParent();
    draw(json, Files.createDirectories(folder));
    System.out.println("wrote " + folder);
    return 0;
  }

  /**
   * Draws all charts that a file has figures for.
   *
   * @param json the file
   * @param folder receives them
   */
  static void draw(Path json, Path folder) throws IOException {
    System.setProperty("java.awt.headless", "true");
    Results results = Results.read(json);
    TreeSet<Integer> threads = new TreeSet<>();
    for (Results.Result result : results.all()) {
      if (result.params().containsKey("threads")) {
        threads.add(Integer.parseInt(result.params().get("threads")));
      }
    }
    for (int count : threads) {
      save(bandwidth(results, count), folder.resolve("bandwidth-" + count + "t.svg"));
      save(ratio(results, count), folder.resolve("ratio-" + count + "t.svg"));
    }
    save(accuracy(results), folder.resolve("accuracy.svg"));
  }

  private static void save(IChart chart, Path file) throws IOException {
    try (OutputStream stream = Files.newOutputStream(file)) {
      VectorGraphicsEncoder.saveVectorGraphic(chart, stream, VectorGraphicsFormat.SVG);
    }
  }

  private static XYChart bandwidth(Results results, int threads) {
    XYChart chart =
        new XYChartBuilder()
            .width(960)
            .height(560)
            .title("L2 norm of one F32 row, " + threads + (threads == 1 ? " thread" : " threads"))
            .xAxisTitle("working set, KiB")
            .yAxisTitle("GB/s")
            .build();
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    for (WorkItem item : WORKING_SETS) {
      double size = item.bytes() / 1024.0;
      results.limit(item, threads).ifPresent(rate -> point(lines, "limit (read)", size, rate));
      results
          .times(item, threads)
          .forEach((library, nanos) -> point(lines, library, size, item.bytes() / nanos));
    }
    lines.forEach((name, points) ->
        chart.addSeries(
            name,
            points.stream().mapToDouble(point -> point[0]).toArray(),
            points.stream().mapToDouble(point -> point[1]).toArray()));
    return chart;
  }

  private static void point(Map<String, List<double[]>> lines, String name, double x, double y) {
    lines.computeIfAbsent(name, line -> new ArrayList<>()).add(new double[] {x, y});
  }

  private static HorizontalBarChart ratio(Results results, int threads) {
    List<String> labels = new ArrayList<>();
    List<Double> won = new ArrayList<>();
    List<Double> lost = new ArrayList<>();
    for (WorkItem item : WorkItem.values()) {
      Map<String, Double> times = results.times(item, threads);
      Double ours = times.get(Slicenorm.NAME);
      if (ours != null) {
        Results.bestPeer(times)
            .ifPresent(peer -> {
              double ratio = peer.getValue() / ours;
              labels.add(
                  String.format(Locale.ROOT, "%s: %.2f × %s", item.label(), ratio, peer.getKey()));
              won.add(ratio >= 1 ? Math.min(ratio, LONGEST_BAR) : 0);
              lost.add(ratio >= 1 ? 0 : ratio);
            });
      }
    }
    Collections.reverse(labels);
    Collections.reverse(won);
    Collections.reverse(lost);
    HorizontalBarChart chart =
        new HorizontalBarChartBuilder()
            .width(1100)
            .height(140 + 26 * Math.max(1, labels.size()))
            .title(
                "Time of the best peer over ours, "
                    + threads
                    + " thread"
                    + (threads == 1 ? "" : "s"))
            .xAxisTitle("above 1 Slicenorm is faster; bars end at 6")
            .build();
    if (!labels.isEmpty()) {
      chart.addSeries("faster", won, labels).setFillColor(WON);
      chart.addSeries("slower", lost, labels).setFillColor(LOST);
    }
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
    return chart;
  }

  private static XYChart accuracy(Results results) {
    XYChart chart =
        new XYChartBuilder()
            .width(960)
            .height(560)
            .title("L2 norm of 16M normal F32 elements, 1 thread")
            .xAxisTitle("largest error, ULP")
            .yAxisTitle("GB/s")
            .build();
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    WorkItem item = WorkItem.NORM_16M;
    Map<String, Double> errors = results.accuracy((int) item.elements());
    results
        .times(item, 1)
        .forEach((library, nanos) -> {
          Double error = errors.get(library);
          if (error != null) {
            chart.addSeries(library, new double[] {error}, new double[] {item.bytes() / nanos});
          }
        });
    return chart;
  }
}
