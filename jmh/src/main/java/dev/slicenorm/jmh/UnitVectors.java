package dev.slicenorm.jmh;

import dev.slicenorm.jmh.MeasureUnitVectors.Figure;
import dev.slicenorm.jmh.MeasureUnitVectors.Way;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How fast and how accurately embedding vectors are made unit length, beside the libraries that
 * embedding code in Java calls for it.
 *
 * <pre>{@code
 * ./mvnw -f jmh verify -DskipTests -Ppeers -Djmh=embeddings
 * }</pre>
 *
 * <p>Everybody works in place, on arrays with the same data, which are restored between passes and
 * outside the time. Ours also returns the lengths, and allocates them. Peers are public API:
 *
 * <ul>
 *   <li>LangChain4j: {@code new Embedding(vector).normalize()};
 *   <li>Lucene: {@code VectorUtil.l2normalize}, on the Vector API;
 *   <li>Spring AI: it offers no more than {@code SimpleVectorStore.EmbeddingMath.norm}, the sum of
 *       the squares; its root, and the division of each element by it, is what a user adds.
 * </ul>
 */
@Command(
    name = "embeddings",
    description = "Time and accuracy of making embedding vectors unit length.",
    mixinStandardHelpOptions = true)
final class UnitVectors implements Callable<Integer> {

  private static final int HARD_DIMENSION = 768;
  private static final double[] HARD_SIZES = {1e-25, 1e25};
  private static final String HEAD = "%-10s %-16s";
  private static final String CELL = " %22s";

  @Option(names = "--dimensions", split = ",", description = "384,768,1024,1536,3072 by default.")
  private int[] dimensions = {384, 768, 1024, 1536, 3072};

  @Option(names = "--rounds", description = "Windows per library, of which the median counts.")
  private int rounds = 5;

  @Option(names = "--window", description = "Seconds of a window.")
  private double window = 0.1;

  @Option(names = "--warm-up", description = "Seconds before the first window.")
  private double warmUp = 0.8;

  @Override
  public Integer call() throws IOException, InterruptedException {
    System.out.println("Time of one vector, and largest error of an element of the unit vector.");
    System.out.println("ratio: the best peer's time over ours; below 1 it is faster.");
    System.out.println();
    System.out.printf(HEAD, "dimension", "vectors");
    Normalizers.all().forEach(normalizer -> System.out.printf(CELL, normalizer.name()));
    System.out.println("   ratio");
    for (int dimension : dimensions) {
      List<Figure> figures =
          ChildProcess.lines(
                  Fairness.process(MeasureUnitVectors.words(dimension, rounds, window, warmUp)),
                  "measuring dimension " + dimension)
              .stream()
              .filter(line -> Stream.of(Way.values()).anyMatch(way -> line.startsWith(way + "\t")))
              .map(Figure::of)
              .toList();
      for (Way way : Way.values()) {
        print(dimension, way, figures);
      }
    }
    System.out.println();
    for (double size : HARD_SIZES) {
      printHard(size);
    }
    return 0;
  }

  /** Peers take no flat batch: they stand beside ours with the same vectors in arrays. */
  private static void print(int dimension, Way way, List<Figure> figures) {
    Way others = way == Way.FLAT ? Way.ARRAYS : way;
    Figure ours = find(figures, way, Slicenorm.NAME).orElseThrow();
    List<Figure> row = new ArrayList<>(List.of(ours));
    for (Normalizer peer : Normalizers.peers()) {
      row.add(find(figures, others, peer.name()).orElseThrow());
    }
    System.out.printf(HEAD, dimension, way.label());
    for (Figure figure : row) {
      String cell = String.format(Locale.ROOT, "%.0f ns %7.2f ULP", figure.nanos(), figure.ulps());
      System.out.printf(CELL, cell);
    }
    Optional<Figure> best = row.stream().skip(1).min(Comparator.comparingDouble(Figure::nanos));
    System.out.println(
        best.map(peer -> String.format(Locale.ROOT, "%8.2f", peer.nanos() / ours.nanos()))
            .orElse("       -"));
  }

  private static Optional<Figure> find(List<Figure> figures, Way way, String library) {
    return figures.stream()
        .filter(figure -> figure.way() == way && figure.library().equals(library))
        .findFirst();
  }

  private static void printHard(double size) {
    float[] vector = MeasureUnitVectors.normal(HARD_DIMENSION, 1, size)[0];
    ExactUnit exact = new ExactUnit(vector);
    System.out.printf(HEAD, HARD_DIMENSION, String.format(Locale.ROOT, "elements %.0e", size));
    for (Normalizer normalizer : Normalizers.all()) {
      System.out.printf(CELL, outcome(normalizer, vector, exact));
    }
    System.out.println();
  }

  private static String outcome(Normalizer normalizer, float[] vector, ExactUnit exact) {
    float[] unit = vector.clone();
    try {
      normalizer.normalize(new float[][] {unit});
    } catch (IllegalArgumentException e) {
      return "an exception";
    }
    if (Arrays.equals(unit, vector)) {
      return "left as it is";
    }
    double ulps = exact.largestError(unit);
    if (Double.isNaN(ulps)) {
      return "infinite or NaN";
    }
    boolean zero = true;
    for (float element : unit) {
      zero &= element == 0;
    }
    return zero ? "all 0" : String.format(Locale.ROOT, "%.2f ULP", ulps);
  }
}
