package dev.slicenorm.jmh;

import dev.slicenorm.json.JsonException;
import dev.slicenorm.json.JsonReader;
import dev.slicenorm.json.JsonValue;
import dev.slicenorm.json.JsonValue.JsonArray;
import dev.slicenorm.json.JsonValue.JsonNumber;
import dev.slicenorm.json.JsonValue.JsonObject;
import dev.slicenorm.json.JsonValue.JsonString;
import dev.slicenorm.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Figures of one run, in the form in which JMH writes its own: what JMH can't time (processes,
 * limits, accuracy) stands in the same file, so one file holds what the charts need.
 */
final class Results {

  /**
   * One figure.
   *
   * @param benchmark what was measured
   * @param params under which names
   * @param score the figure
   * @param unit its unit
   */
  record Result(String benchmark, Map<String, String> params, double score, String unit) {}

  private static final String NANOS = "ns/op";
  private static final String RATE = "GB/s";
  private static final String ULP = "ULP";

  private final List<Result> results = new ArrayList<>();

  /** {@return all figures} */
  List<Result> all() {
    return results;
  }

  void addTime(WorkItem item, String library, int threads, double nanos) {
    Map<String, String> params = new LinkedHashMap<>();
    params.put("item", item.name());
    params.put("library", library);
    params.put("threads", Integer.toString(threads));
    results.add(new Result("dev.slicenorm.jmh.Measure", params, nanos, NANOS));
  }

  /** Measures a limit unless it is known. */
  void addLimit(WorkItem item, Bandwidth.Kind kind, int threads) {
    if (limit(item, kind, threads).isPresent()) {
      return;
    }
    long bytes = item.bytes();
    Bandwidth.measure(kind, bytes, threads)
        .forEach((language, rate) -> {
          Map<String, String> params = new LinkedHashMap<>();
          params.put("kind", kind.name());
          params.put("bytes", Long.toString(bytes));
          params.put("threads", Integer.toString(threads));
          params.put("language", language);
          results.add(new Result("dev.slicenorm.jmh.Bandwidth", params, rate, RATE));
        });
  }

  void addAccuracy(int elements, String library, double ulps) {
    Map<String, String> params = new LinkedHashMap<>();
    params.put("elements", Integer.toString(elements));
    params.put("library", library);
    results.add(new Result("dev.slicenorm.jmh.Accuracy", params, ulps, ULP));
  }

  /** {@return nanoseconds of a call by library, of those that were timed} */
  Map<String, Double> times(WorkItem item, int threads) {
    Map<String, Double> times = new LinkedHashMap<>();
    for (Result result : results) {
      if (result.unit().equals(NANOS)
          && item.name().equals(result.params().get("item"))
          && Integer.toString(threads).equals(result.params().get("threads"))) {
        times.put(result.params().get("library"), result.score());
      }
    }
    return times;
  }

  /** {@return the fastest peer of those times} */
  static Optional<Map.Entry<String, Double>> bestPeer(Map<String, Double> times) {
    return times.entrySet().stream()
        .filter(time -> !time.getKey().equals(Slicenorm.NAME))
        .min(Map.Entry.comparingByValue());
  }

  /** {@return the measured GB/s that an item could reach at most} */
  OptionalDouble limit(WorkItem item, int threads) {
    return limit(item, item.operation().traffic(), threads);
  }

  /** {@return the measured GB/s of another kind of traffic on as many bytes} */
  OptionalDouble limit(WorkItem item, Bandwidth.Kind kind, int threads) {
    return results.stream()
        .filter(result -> result.unit().equals(RATE))
        .filter(result -> kind.name().equals(result.params().get("kind")))
        .filter(result -> Long.toString(item.bytes()).equals(result.params().get("bytes")))
        .filter(result -> Integer.toString(threads).equals(result.params().get("threads")))
        .mapToDouble(Result::score)
        .max();
  }

  /** {@return largest error in ULP by library, for so many elements} */
  Map<String, Double> accuracy(int elements) {
    Map<String, Double> errors = new LinkedHashMap<>();
    for (Result result : results) {
      if (result.unit().equals(ULP)
          && Integer.toString(elements).equals(result.params().get("elements"))) {
        errors.put(result.params().get("library"), result.score());
      }
    }
    return errors;
  }

  /**
   * {@return the figures of a file}
   *
   * @param file JMH's JSON, with or without figures added by {@link #appendTo}
   */
  static Results read(Path file) throws IOException {
    Results read = new Results();
    for (JsonValue entry : entries(file)) {
      Map<String, JsonValue> members = members(entry);
      Map<String, JsonValue> metric = members(members.get("primaryMetric"));
      Map<String, String> params = new LinkedHashMap<>();
      if (members.get("params") instanceof JsonObject(Map<String, JsonValue> named)) {
        named.forEach((name, value) -> params.put(name, text(value)));
      }
      read.results.add(
          new Result(
              text(members.get("benchmark")),
              params,
              Double.parseDouble(text(metric.get("score"))),
              text(metric.get("scoreUnit"))));
    }
    return read;
  }

  /**
   * Adds these figures to a file in JMH's form.
   *
   * @param file may be missing
   */
  void appendTo(Path file) throws IOException {
    List<JsonValue> entries = new ArrayList<>(Files.exists(file) ? entries(file) : List.of());
    for (Result result : results) {
      Map<String, JsonValue> params = new LinkedHashMap<>();
      result.params().forEach((name, value) -> params.put(name, new JsonString(value)));
      Map<String, JsonValue> metric = new LinkedHashMap<>();
      metric.put("score", new JsonNumber(Double.toString(result.score())));
      metric.put("scoreUnit", new JsonString(result.unit()));
      Map<String, JsonValue> members = new LinkedHashMap<>();
      members.put("benchmark", new JsonString(result.benchmark()));
      members.put("mode", new JsonString("avgt"));
      members.put("params", new JsonObject(params));
      members.put("primaryMetric", new JsonObject(metric));
      entries.add(new JsonObject(members));
    }
    Files.writeString(file, JsonWriter.indented(new JsonArray(entries)));
  }

  private static List<JsonValue> entries(Path file) throws IOException {
    try {
      if (JsonReader.parse(Files.readAllBytes(file)) instanceof JsonArray(List<JsonValue> items)) {
        return items;
      }
    } catch (JsonException e) {
      throw new IOException(file + " is not JSON", e);
    }
    throw new IOException(file + ": expected an array, as JMH writes it");
  }

  private static Map<String, JsonValue> members(JsonValue value) throws IOException {
    if (value instanceof JsonObject(Map<String, JsonValue> members)) {
      return members;
    }
    throw new IOException("not a result of JMH: " + value);
  }

  private static String text(JsonValue value) {
    return switch (value) {
      case JsonString(String text) -> text;
      case JsonNumber(String text) -> text;
      default -> throw new IllegalArgumentException("expected a string or a number: " + value);
    };
  }
}
