package dev.slicenorm.cli;

import dev.slicenorm.json.JsonValue;
import dev.slicenorm.json.JsonWriter;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command says what it found: as text, or as JSON. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class Printing {

  private static final int MENTIONED = 20;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  boolean isJson() {
    return json;
  }

  void text(String line) {
    out().println(line);
    out().flush();
  }

  /** Says which tensors stay though they look like weight norm, and why: a slip shows there. */
  void lone(List<String> tensors) {
    for (String tensor : tensors.subList(0, Math.min(tensors.size(), MENTIONED))) {
      text("in no pair, kept: " + Text.printable(tensor));
    }
    if (tensors.size() > MENTIONED) {
      text("in no pair, kept: %d more".formatted(tensors.size() - MENTIONED));
    }
  }

  void json(JsonValue value) {
    out().print(JsonWriter.indented(value));
    out().flush();
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
