package dev.slicenorm.cli;

import static dev.slicenorm.weightnorm.WeightNormHook.removeWeightNorm;

import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.Fold;
import dev.slicenorm.checkpoint.Progress;
import dev.slicenorm.checkpoint.SafetensorsWriter;
import dev.slicenorm.checkpoint.Stored;
import dev.slicenorm.checkpoint.WeightNormPair;
import dev.slicenorm.checkpoint.WeightNormPairs;
import dev.slicenorm.nn.Conv1d;
import dev.slicenorm.nn.ConvTranspose1d;
import dev.slicenorm.nn.ConvolutionSteps;
import dev.slicenorm.nn.LeakyRelu;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.nn.Module;
import dev.slicenorm.nn.Sequential;
import dev.slicenorm.nn.Sgd;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNormHook;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * The life of a weight under weight norm, start to end, with nothing but the public API: attach it
 * to a small model, train a little, save, look into the file, fold it, load the plain weights, and
 * check that the output is the same to the bit.
 *
 * <p>Every number comes from a seed, so two runs print the same.
 */
final class Example {

  private static final int BATCH = 2;
  private static final int CHANNELS = 3;
  private static final int LENGTH = 8;
  private static final int CLASSES = 5;

  private final PrintWriter out;
  private final boolean replace;

  /** Prints each step; replaces files that are there, or fails. */
  Example(PrintWriter out, boolean replace) {
    this.out = out;
    this.replace = replace;
  }

  /** {@return whether every check held} */
  boolean run(Path folder) throws IOException {
    Tensor signals = random(1, BATCH, CHANNELS, LENGTH);
    Tensor wanted = random(2, BATCH, CLASSES);
    Sequential model = model(new Random(3));

    title("1. A small model, plain");
    model.allParameters().forEach((path, p) -> line(path, p.describe()));

    title("2. Weight norm, along different axes");
    Tensor plainOutput = model.forward(signals);
    attach(model, "encoder", "weight", Axes.along(-1), "one g per row of a kernel: two axes kept");
    attach(model, "upsample", "weight", Axes.except(1), "one g per output channel");
    attach(model, "hidden", "weight", Axes.except(0), "one g per output, PyTorch's dim=0");
    attach(model, "hidden", "bias", Axes.along(0), "a second parameter of the same module");
    attach(model, "head", "weight", Axes.whole(), "one g in all");
    double apart = distance(plainOutput, model.forward(signals));
    boolean close = apart <= 1e-6;
    line("output", "as before, but for the rounding of w = g*v/|v|: " + yes(close));
    line("", "at most " + Units.norm(apart) + " apart");

    title("3. Train g and v");
    train(model, signals, wanted);
    Tensor output = model.forward(signals);

    title("4. Save, and look into the file");
    Path trained = folder.resolve("trained.safetensors");
    SafetensorsWriter file = new SafetensorsWriter();
    for (Map.Entry<String, Tensor> entry : model.state().entrySet()) {
      file.tensor(entry.getKey(), entry.getValue());
    }
    file.write(trained, replace, Progress.NONE);
    inspect(trained);

    title("5. Fold g and v into plain weights, and look again");
    Path folded = folder.resolve("folded.safetensors");
    try (Checkpoint checkpoint = Checkpoint.open(trained)) {
      Fold.of(checkpoint).write(folded, replace, Progress.NONE);
    }
    inspect(folded);

    title("6. Load the folded file into a plain model, and compare");
    Sequential plain = model(new Random(4));
    plain.load(read(folded));
    boolean sameFolded = compare("folded output", output, plain.forward(signals));

    title("7. Or end weight norm in memory, and compare");
    for (String path : new String[] {"encoder", "upsample", "hidden", "head"}) {
      removeWeightNorm(child(model, path), "weight");
    }
    removeWeightNorm(child(model, "hidden"), "bias");
    line("parameters", String.join(", ", model.allParameters().keySet()));
    boolean sameRemoved = compare("output", output, model.forward(signals));
    return close && sameFolded && sameRemoved;
  }

  /** {@code [N, 3, 8] → conv → [N, 6, 8] → transposed conv → [N, 4, 16] → linear → [N, 5]}. */
  private static Sequential model(Random random) {
    ConvolutionSteps padded = ConvolutionSteps.PLAIN.withPadding(1);
    int flat = 4 * 2 * LENGTH;
    return new Sequential()
        .add("encoder", new Conv1d(CHANNELS, 6, 3, padded, true, DType.F32, random))
        .add("relu1", new LeakyRelu(0.1))
        .add(
            "upsample", new ConvTranspose1d(6, 4, 4, padded.withStride(2), true, DType.F32, random))
        .add("flatten", new Flatten())
        .add("hidden", new Linear(flat, 7, true, DType.F32, random))
        .add("relu2", new LeakyRelu(0.1))
        .add("head", new Linear(7, CLASSES, true, DType.F32, random));
  }

  /** A module of one's own: {@code [N, …] → [N, product of the others]}. */
  private static final class Flatten extends Module {
    @Override
    protected Tensor compute(Tensor input) {
      save(input.shape());
      return input.reshape(input.size(0), -1);
    }

    @Override
    protected Tensor differentiate(Tensor outputGradient) {
      return outputGradient.reshape(saved(long[].class));
    }
  }

  private void attach(Module model, String child, String name, Axes axes, String meaning) {
    Module module = child(model, child);
    WeightNormHook.apply(module, name, axes);
    line(
        child + "." + name,
        "%-10s  g %-13s v %-13s %s"
            .formatted(
                axes,
                module.parameter(name + "_g").describe(),
                module.parameter(name + "_v").describe(),
                meaning));
  }

  private void train(Module model, Tensor signals, Tensor wanted) {
    Sgd optimizer = new Sgd(model.allParameters().values(), 0.05);
    for (int step = 0; step <= 20; step++) {
      Tensor output = model.forward(signals);
      Tensor error = Tensor.zeros(DType.F32, output.shape());
      double loss = 0;
      for (int n = 0; n < BATCH; n++) {
        for (int c = 0; c < CLASSES; c++) {
          double difference = output.get(n, c) - wanted.get(n, c);
          error.set(difference, n, c);
          loss += difference * difference / 2;
        }
      }
      if (step % 10 == 0) {
        line("step " + step, "loss " + Units.norm(loss));
      }
      model.clearGradients();
      model.backward(error);
      optimizer.step();
    }
  }

  private void inspect(Path file) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      Map<Stored, WeightNormPair> pairs = new LinkedHashMap<>();
      WeightNormPairs.find(checkpoint).pairs().forEach(pair -> pairs.put(pair.v(), pair));
      for (Stored tensor : checkpoint.tensors()) {
        WeightNormPair pair = pairs.get(tensor);
        line(
            tensor.name(),
            tensor.entry().describe()
                + (pair == null ? "" : "  v of " + pair.name() + ", " + pair.axes()));
      }
    }
  }

  private static Map<String, Tensor> read(Path file) throws IOException {
    Map<String, Tensor> state = new LinkedHashMap<>();
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      for (Stored tensor : checkpoint.tensors()) {
        state.put(tensor.name(), tensor.tensor().copy());
      }
    }
    return state;
  }

  private boolean compare(String what, Tensor expected, Tensor actual) {
    int different = 0;
    float[] a = expected.toFloatArray();
    float[] b = actual.toFloatArray();
    for (int i = 0; i < a.length; i++) {
      different += Float.floatToRawIntBits(a[i]) == Float.floatToRawIntBits(b[i]) ? 0 : 1;
    }
    line(
        what,
        different == 0
            ? "all " + a.length + " values the same to the bit (0 ULP): yes"
            : different + " of " + a.length + " values differ: NO");
    return different == 0;
  }

  /** {@return the greatest difference of two elements} */
  private static double distance(Tensor expected, Tensor actual) {
    float[] a = expected.toFloatArray();
    float[] b = actual.toFloatArray();
    double greatest = 0;
    for (int i = 0; i < a.length; i++) {
      greatest = Math.max(greatest, Math.abs((double) a[i] - b[i]));
    }
    return greatest;
  }

  private static Module child(Module model, String name) {
    Module module = model.children().get(name);
    if (module == null) {
      throw new IllegalArgumentException("no child " + name);
    }
    return module;
  }

  private static Tensor random(long seed, long... shape) {
    Random random = new Random(seed);
    float[] values = new float[(int) Layout.contiguous(shape).count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, shape);
  }

  private static String yes(boolean holds) {
    return holds ? "yes" : "NO";
  }

  private void title(String text) {
    out.println();
    out.println(text);
  }

  private void line(String name, String text) {
    out.printf("   %-18s %s%n", name, text);
  }
}
