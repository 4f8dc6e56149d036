package dev.slicenorm.jmh;

import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.knowm.xchart.HorizontalBarChart;
import org.knowm.xchart.HorizontalBarChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.internal.chartpart.IChart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Draws the charts of a run, as SVG.
 *
 * <pre>{@code
 * ./mvnw -f jmh verify -DskipTests -Djmh="charts target/peers/results/jmh.json"
 * }</pre>
 */
@Command(
    name = "charts",
    description = "Draws a run's charts: bandwidth, ratio, accuracy against speed.",
    mixinStandardHelpOptions = true)
final class Charts implements Callable<Integer> {

  private static final Color WON = new Color(0x3b7a57);
  private static final Color LOST = new Color(0xc62828);

  private static final Pattern LONG_DECIMAL = Pattern.compile("-?\\d+\\.\\d{2,}");

  private static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 11);
  private static final float OURS_WIDTH = 4;
  private static final String READ_LIMIT = "limit: read (measured)";
  private static final String NORM_LIMIT = "limit: squares in double, C (measured)";

  /** Longer bars are cut: 70 times faster needs no more ink than 6 times; the label has it. */
  private static final double LONGEST_BAR = 6;

  /** The items of the bandwidth chart. */
  static final List<WorkItem> WORKING_SETS =
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

  /**
   * Writes a chart as SVG. Text is drawn as outlines, with up to six decimals of a pixel, of which
   * one is enough: half the size.
   */
  static void save(IChart chart, Path file) throws IOException {
    ByteArrayOutputStream svg = new ByteArrayOutputStream();
    VectorGraphicsEncoder.saveVectorGraphic(chart, svg, VectorGraphicsFormat.SVG);
    String text =
        LONG_DECIMAL
            .matcher(svg.toString(StandardCharsets.UTF_8))
            .replaceAll(
                number -> String.format(Locale.ROOT, "%.1f", Double.parseDouble(number.group())));
    Files.writeString(file, text);
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
    plain(chart.getStyler());
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    for (WorkItem item : WORKING_SETS) {
      double size = item.bytes() / 1024.0;
      results.limit(item, threads).ifPresent(rate -> point(lines, READ_LIMIT, size, rate));
      results
          .limit(item, Bandwidth.Kind.NORM, threads)
          .ifPresent(rate -> point(lines, NORM_LIMIT, size, rate));
      results
          .times(item, threads)
          .forEach((library, nanos) -> point(lines, library, size, item.bytes() / nanos));
    }
    lines.forEach((name, points) -> line(chart, name, points));
    return chart;
  }

  private static void line(XYChart chart, String name, List<double[]> points) {
    XYSeries series =
        chart.addSeries(
            name,
            points.stream().mapToDouble(point -> point[0]).toArray(),
            points.stream().mapToDouble(point -> point[1]).toArray());
    if (name.equals(Slicenorm.NAME)) {
      series.setLineWidth(OURS_WIDTH).setLineColor(WON);
      series.setMarkerColor(WON);
    } else if (name.equals(READ_LIMIT) || name.equals(NORM_LIMIT)) {
      series.setLineStyle(SeriesLines.DASH_DASH).setLineColor(Color.BLACK);
      series.setMarker(name.equals(READ_LIMIT) ? SeriesMarkers.CIRCLE : SeriesMarkers.DIAMOND);
      series.setMarkerColor(Color.BLACK);
    }
  }

  /** Gives a chart the look that all have. */
  static void plain(AxesChartStyler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setAxisTickLabelsFont(SMALL);
    styler.setXAxisDecimalPattern("#,##0.##");
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
    HorizontalBarChart chart =
        new HorizontalBarChartBuilder()
            .width(1200)
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
    plain(chart.getStyler());
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setXAxisMax(LONGEST_BAR);
    // The spacing of categories, too, goes by the hint of the x axis: each bar needs its label.
    chart.getStyler().setXAxisTickMarkSpacingHint(20);
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
    plain(chart.getStyler());
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
