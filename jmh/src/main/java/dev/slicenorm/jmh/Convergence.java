package dev.slicenorm.jmh;

import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.nn.Sgd;
import dev.slicenorm.nn.Tanh;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNorm;
import dev.slicenorm.weightnorm.WeightNormHook;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains a small network with and without weight norm, and draws how the loss falls.
 *
 * <p>Both start from the same function, see the same batches in the same order, and use plain SGD
 * at the same rates. The task is a regression whose inputs are badly scaled: their standard
 * deviations go from 0.1 to 10. Everything comes from seeds.
 *
 * <pre>{@code
 * ./mvnw -f jmh verify -DskipTests -Djmh="convergence --out=results"
 * }</pre>
 */
@Command(
    name = "convergence",
    description = "Trains a small network with and without weight norm; draws the losses.",
    mixinStandardHelpOptions = true)
final class Convergence implements Callable<Integer> {

  private static final double[] RATES = {0.01, 0.03, 0.1, 0.3, 1};
  private static final Color[] COLORS = {
    new Color(0x1f77b4),
    new Color(0x3b7a57),
    new Color(0xe08a00),
    new Color(0xc62828),
    new Color(0x6a3d9a)
  };
  private static final int SEEDS = 5;

  private static final int INPUTS = 16;
  private static final int HIDDEN = 32;
  private static final int TEACHER_UNITS = 8;
  private static final int SAMPLES = 512;
  private static final int BATCH = 32;
  private static final int STEPS = 1000;
  private static final int STEPS_PER_POINT = 25;
  private static final double SMALLEST_SCALE = 0.1;
  private static final double LARGEST_SCALE = 10;

  /** A tenth of the variance of what is to be learned. */
  private static final double REACHED = 0.1;

  /** Worse losses, infinite ones too, are drawn here. */
  private static final double WORST_DRAWN = 10;

  @Option(names = "--out", description = "Folder that receives convergence.svg.")
  private Path out = Path.of("results");

  @Override
  public Integer call() throws IOException {
    System.setProperty("java.awt.headless", "true");
    double[][] plain = new double[RATES.length][];
    double[][] normed = new double[RATES.length][];
    System.out.println(
        "| rate | final loss, plain | final loss, weight norm"
            + " | steps to 0.1, plain | steps to 0.1, weight norm |");
    System.out.println("|---|---|---|---|---|");
    for (int i = 0; i < RATES.length; i++) {
      double[][] plainRuns = new double[SEEDS][];
      double[][] normedRuns = new double[SEEDS][];
      for (int seed = 0; seed < SEEDS; seed++) {
        Data data = Data.random(new Random(seed));
        Sequential model = model(new Random(1000 + seed));
        Module copy = model.copy();
        WeightNormHook.applyAll(
            copy, path -> path.endsWith("weight"), WeightNorm.of(Axes.except(0)));
        plainRuns[seed] = train(model, data, RATES[i], new Random(2000 + seed));
        normedRuns[seed] = train(copy, data, RATES[i], new Random(2000 + seed));
      }
      plain[i] = medians(plainRuns);
      normed[i] = medians(normedRuns);
      System.out.printf(
          Locale.ROOT,
          "| %s | %.4f | %.4f | %s | %s |%n",
          rate(i),
          plain[i][plain[i].length - 1],
          normed[i][normed[i].length - 1],
          reached(plain[i]),
          reached(normed[i]));
    }
    Path file = Files.createDirectories(out).resolve("convergence.svg");
    Charts.save(chart(plain, normed), file);
    System.out.println("wrote " + file);
    return 0;
  }

  private static Sequential model(Random random) {
    return new Sequential(
        new Linear(INPUTS, HIDDEN, true, DType.F32, random),
        new Tanh(),
        new Linear(HIDDEN, HIDDEN, true, DType.F32, random),
        new Tanh(),
        new Linear(HIDDEN, 1, true, DType.F32, random));
  }

  /** Samples, row by row, and what is to be learned from them: mean 0, variance 1. */
  private record Data(float[] inputs, float[] wanted) {

    /** {@return normal inputs of many scales, and the answers of a random teacher} */
    static Data random(Random random) {
      double[] teacher = gaussians(random, TEACHER_UNITS * INPUTS);
      double[] heads = gaussians(random, TEACHER_UNITS);
      float[] inputs = new float[SAMPLES * INPUTS];
      double[] answers = new double[SAMPLES];
      for (int n = 0; n < SAMPLES; n++) {
        double[] sample = gaussians(random, INPUTS);
        for (int i = 0; i < INPUTS; i++) {
          double exponent = i / (INPUTS - 1.0);
          double scale = SMALLEST_SCALE * Math.pow(LARGEST_SCALE / SMALLEST_SCALE, exponent);
          inputs[n * INPUTS + i] = (float) (sample[i] * scale);
        }
        for (int unit = 0; unit < TEACHER_UNITS; unit++) {
          double sum = 0;
          for (int i = 0; i < INPUTS; i++) {
            sum += teacher[unit * INPUTS + i] * sample[i];
          }
          answers[n] += heads[unit] * Math.tanh(sum / Math.sqrt(INPUTS));
        }
      }
      double mean = Arrays.stream(answers).average().orElseThrow();
      double variance =
          Arrays.stream(answers).map(a -> (a - mean) * (a - mean)).average().orElseThrow();
      float[] wanted = new float[SAMPLES];
      for (int n = 0; n < SAMPLES; n++) {
        wanted[n] = (float) ((answers[n] - mean) / Math.sqrt(variance));
      }
      return new Data(inputs, wanted);
    }

    private static double[] gaussians(Random random, int count) {
      double[] values = new double[count];
      Arrays.setAll(values, i -> random.nextGaussian());
      return values;
    }

    /** {@return a batch drawn with replacement} */
    Data batch(Random random) {
      float[] rows = new float[BATCH * INPUTS];
      float[] targets = new float[BATCH];
      for (int n = 0; n < BATCH; n++) {
        int sample = random.nextInt(SAMPLES);
        System.arraycopy(inputs, sample * INPUTS, rows, n * INPUTS, INPUTS);
        targets[n] = wanted[sample];
      }
      return new Data(rows, targets);
    }

    /** {@return the inputs as the network takes them} */
    Tensor rows() {
      return Tensor.of(inputs, wanted.length, INPUTS);
    }
  }

  /** {@return the mean squared error over all samples, at the start and every so many steps} */
  private static double[] train(Module model, Data data, double rate, Random random) {
    double[] losses = new double[STEPS / STEPS_PER_POINT + 1];
    losses[0] = loss(model, data);
    Sgd optimizer = new Sgd(model.allParameters().values(), rate);
    for (int step = 1; step <= STEPS; step++) {
      Data batch = data.batch(random);
      float[] error = model.forward(batch.rows()).toFloatArray();
      for (int n = 0; n < BATCH; n++) {
        error[n] = (error[n] - batch.wanted()[n]) / BATCH;
      }
      optimizer.clearGradients();
      model.backward(Tensor.of(error, BATCH, 1));
      optimizer.step();
      if (step % STEPS_PER_POINT == 0) {
        losses[step / STEPS_PER_POINT] = loss(model, data);
      }
    }
    return losses;
  }

  private static double loss(Module model, Data data) {
    float[] outputs = model.forward(data.rows()).toFloatArray();
    double sum = 0;
    for (int n = 0; n < SAMPLES; n++) {
      double difference = outputs[n] - data.wanted()[n];
      sum += difference * difference;
    }
    return sum / SAMPLES;
  }

  /** {@return the median of the runs at each point; NaN counts as the worst} */
  private static double[] medians(double[][] runs) {
    double[] medians = new double[runs[0].length];
    for (int point = 0; point < medians.length; point++) {
      int at = point;
      medians[point] =
          Arrays.stream(runs).mapToDouble(run -> run[at]).sorted().toArray()[runs.length / 2];
    }
    return medians;
  }

  private static String reached(double[] losses) {
    for (int point = 0; point < losses.length; point++) {
      if (losses[point] <= REACHED) {
        return Integer.toString(point * STEPS_PER_POINT);
      }
    }
    return "not in " + STEPS;
  }

  private static String rate(int index) {
    return String.format(Locale.ROOT, RATES[index] == 1 ? "%.0f" : "%s", RATES[index]);
  }

  private static XYChart chart(double[][] plain, double[][] normed) {
    XYChart chart =
        new XYChartBuilder()
            .width(960)
            .height(560)
            .title("Training loss with weight norm and without, median of " + SEEDS + " seeds")
            .xAxisTitle("steps of SGD")
            .yAxisTitle("mean squared error")
            .build();
    Charts.plain(chart.getStyler());
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    for (int i = 0; i < RATES.length; i++) {
      line(chart, rate(i) + ", weight norm", normed[i], COLORS[i], true);
      line(chart, rate(i) + ", plain", plain[i], COLORS[i], false);
    }
    return chart;
  }

  private static void line(
      XYChart chart, String name, double[] losses, Color color, boolean solid) {
    double[] steps = new double[losses.length];
    Arrays.setAll(steps, point -> (double) point * STEPS_PER_POINT);
    double[] drawn =
        Arrays.stream(losses).map(loss -> loss < WORST_DRAWN ? loss : WORST_DRAWN).toArray();
    chart
        .addSeries(name, steps, drawn)
        .setMarker(SeriesMarkers.NONE)
        .setLineWidth(2)
        .setLineColor(color)
        .setLineStyle(solid ? SeriesLines.SOLID : SeriesLines.DASH_DASH);
  }
}
