package consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The jar that is shipped, started as the README says and called over HTTP. */
class PackagedApplicationIT {

  private static final String FLAG = "--add-modules jdk.incubator.vector";

  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

  @Test
  void withTheFlag() throws Exception {
    assertRuns("simd", List.of(FLAG.split(" ")), Map.of());
  }

  @Test
  void withTheFlagInTheEnvironment() throws Exception {
    assertRuns("simd", List.of(), Map.of("JDK_JAVA_OPTIONS", FLAG));
  }

  @Test
  void withTheFlagInTheEnvironmentOfAnyJvm() throws Exception {
    assertRuns("simd", List.of(), Map.of("JAVA_TOOL_OPTIONS", FLAG.replace(' ', '=')));
  }

  @Test
  void withoutTheFlag() throws Exception {
    assertRuns("scalar", List.of(), Map.of());
  }

  /** Starts the application, calls it, stops it, and looks at what it logged. */
  private static void assertRuns(String kernel, List<String> options, Map<String, String> variables)
      throws IOException, InterruptedException {
    List<String> log = new ArrayList<>();
    Process application = start(options, variables);
    try (BufferedReader output = application.inputReader();
        HttpClient client = HttpClient.newHttpClient()) {
      String address = "http://localhost:" + awaitPort(output, log);
      String explanation = send(client, HttpRequest.newBuilder(URI.create(address + "/kernel")));
      // A machine without FMA instructions computes on plain loops, flag or not.
      String expected = explanation.contains("\"hardwareFma\":true") ? kernel : "scalar";
      assertTrue(explanation.contains("\"kernel\":\"" + expected + "\""), explanation);
      assertEquals(
          "{\"vectors\":[[0.6,0.8],[0.0,1.0,0.0]],\"lengths\":[5.0,2.0]}",
          send(
              client,
              HttpRequest.newBuilder(URI.create(address + "/normalize"))
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString("[[3, 4], [0, 2, 0]]"))));
      application.toHandle().destroy(); // Process.destroy would close its output as well
      output.lines().forEach(log::add);
    } finally {
      application.destroyForcibly();
    }
    assertLogged(log, options.isEmpty() && variables.isEmpty());
  }

  private static void assertLogged(List<String> log, boolean warned) {
    String all = String.join("\n", log);
    assertFalse(all.contains(" ERROR "), all);
    List<String> warnings = log.stream().filter(line -> line.contains(" WARN ")).toList();
    if (warned) {
      assertEquals(1, warnings.size(), all);
      // Of Spring's own form: it has come through Spring's logging.
      assertTrue(
          warnings
              .getFirst()
              .matches(
                  ".* WARN .* dev\\.slicenorm +: slicenorm runs on the scalar .*" + FLAG + ".*"),
          all);
    } else {
      assertEquals(List.of(), warnings);
    }
  }

  private static Process start(List<String> options, Map<String, String> variables)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-jar", System.getProperty("application"), "--server.port=0"));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
    builder.environment().putAll(variables);
    return builder.start();
  }

  private static String awaitPort(BufferedReader output, List<String> log) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      log.add(line);
      Matcher port = PORT.matcher(line);
      if (port.find()) {
        return port.group(1);
      }
    }
    return fail("ended before it listened:\n" + String.join("\n", log));
  }

  private static String send(HttpClient client, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertEquals(200, response.statusCode(), response.body());
    return response.body();
  }
}
