package dev.slicenorm.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Expected values made by running torch, NumPy and Jittor, with a truth computed at 420 bits. The
 * head of the manifest, {@code golden/manifest.json.gz} in the test resources, describes the
 * format.
 */
public final class GoldenData {

  private static final Map<String, Map<String, Tensor>> SUITES = new ConcurrentHashMap<>();

  private static final List<GoldenCase> CASES = read();

  private GoldenData() {}

  /** {@return every case, in the order of the manifest} */
  public static Stream<GoldenCase> cases() {
    return CASES.stream();
  }

  /** {@return the cases of one operation} */
  public static Stream<GoldenCase> cases(String op) {
    return cases().filter(each -> each.op().equals(op));
  }

  static Map<String, Tensor> suite(String file) {
    return SUITES.computeIfAbsent(file, name -> SafetensorsFixture.read("golden/" + name));
  }

  private static List<GoldenCase> read() {
    byte[] zipped = SafetensorsFixture.bytes("golden/manifest.json.gz");
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(zipped))) {
      List<GoldenCase> cases = new ArrayList<>();
      for (JsonNode line : new ObjectMapper().readTree(in).get("cases")) {
        cases.add(new GoldenCase(line));
      }
      return List.copyOf(cases);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
