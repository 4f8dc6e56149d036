package dev.slicenorm.jmh;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Times everybody on vectors of one dimension in one JVM, window by window in turn. {@link
 * UnitVectors} starts it, once per dimension.
 */
@Command(
    name = "measure-embeddings",
    hidden = true,
    description = "Times one dimension; prints way, library, ns and ULP, with tabs between.")
final class MeasureUnitVectors implements Callable<Integer> {

  /** How vectors are handed over. */
  enum Way {
    /** One call each, over as many vectors as fit the level-2 cache twice over. */
    ONE("one call each"),
    /** 1000 in arrays of their own: one call of ours, one call each for peers. */
    ARRAYS("1000, float[][]"),
    /** 1000 in one array, which only ours takes. */
    FLAT("1000, flat");

    private final String label;

    Way(String label) {
      this.label = label;
    }

    /** {@return the words for the table} */
    String label() {
      return label;
    }
  }

  /** One figure of one library. */
  record Figure(Way way, String library, double nanos, double ulps) {

    String line() {
      return String.join("\t", way.name(), library, Double.toString(nanos), Double.toString(ulps));
    }

    static Figure of(String line) {
      String[] parts = line.split("\t");
      return new Figure(
          Way.valueOf(parts[0]),
          parts[1],
          Double.parseDouble(parts[2]),
          Double.parseDouble(parts[3]));
    }
  }

  private static final int NEAR_ELEMENTS = 1 << 16;
  private static final int BATCH = 1000;

  /** Vectors of which every element is held against the exact one: some tenths of a second. */
  private static final int EXACT = 16;

  /** 6e-5: finds another formula, not a lack of accuracy, which the table shows. */
  private static final double MOST_ULPS = 1000;

  @Parameters(index = "0")
  private int dimension;

  @Option(names = "--rounds")
  private int rounds;

  @Option(names = "--window")
  private double window;

  @Option(names = "--warm-up")
  private double warmUp;

  /** {@return the words for this command} */
  static List<String> words(int dimension, int rounds, double window, double warmUp) {
    return List.of(
        "measure-embeddings",
        Integer.toString(dimension),
        "--rounds=" + rounds,
        "--window=" + window,
        "--warm-up=" + warmUp);
  }

  private record Entry(Way way, String library, UnitVectorTask task) {}

  @Override
  public Integer call() {
    float[][] batch = normal(dimension, BATCH, 1);
    List<ExactUnit> exact = Arrays.stream(batch).limit(EXACT).map(ExactUnit::new).toList();
    Map<Entry, Double> errors = new LinkedHashMap<>();
    for (Entry entry : entries(batch)) {
      double error = entry.task.largestError(exact);
      if (!(error <= MOST_ULPS)) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "%s, %s, dimension %d: errs by %.1f ULP, expected %.0f at most; not timed",
                entry.library,
                entry.way.label(),
                dimension,
                error,
                MOST_ULPS));
      }
      errors.put(entry, error);
    }
    Map<Entry, double[]> times = new LinkedHashMap<>();
    for (Entry entry : errors.keySet()) {
      entry.task.nanosPerVector((long) (warmUp * 1e9));
      times.put(entry, new double[rounds]);
    }
    Timing.awaitVectors();
    for (Entry entry : errors.keySet()) {
      entry.task.nanosPerVector((long) (warmUp * 1e9));
    }
    for (int round = 0; round < rounds; round++) {
      for (Entry entry : errors.keySet()) {
        times.get(entry)[round] = entry.task.nanosPerVector((long) (window * 1e9));
      }
    }
    times.forEach((entry, nanos) -> {
      Arrays.sort(nanos);
      double median = nanos[rounds / 2];
      System.out.println(new Figure(entry.way, entry.library, median, errors.get(entry)).line());
    });
    return 0;
  }

  private List<Entry> entries(float[][] batch) {
    float[][] near = Arrays.copyOf(batch, Math.max(EXACT, NEAR_ELEMENTS / dimension));
    List<Entry> entries = new ArrayList<>();
    for (Normalizer normalizer : Normalizers.all()) {
      entries.add(new Entry(Way.ONE, normalizer.name(), UnitVectorTask.of(normalizer, near)));
    }
    Normalizer ours = new Normalizers.AllAtOnce();
    entries.add(new Entry(Way.ARRAYS, ours.name(), UnitVectorTask.of(ours, batch)));
    for (Normalizer peer : Normalizers.peers()) {
      entries.add(new Entry(Way.ARRAYS, peer.name(), UnitVectorTask.of(peer, batch)));
    }
    entries.add(new Entry(Way.FLAT, ours.name(), UnitVectorTask.flat(batch)));
    return entries;
  }

  /** {@return vectors of normal elements, the same at each call} */
  static float[][] normal(int dimension, int count, double size) {
    SplittableRandom random = new SplittableRandom(42);
    float[][] vectors = new float[count][dimension];
    for (float[] vector : vectors) {
      for (int i = 0; i < dimension; i++) {
        vector[i] = (float) (random.nextGaussian() * size);
      }
    }
    return vectors;
  }
}
