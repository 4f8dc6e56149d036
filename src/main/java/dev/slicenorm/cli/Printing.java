package dev.slicenorm.cli;

import dev.slicenorm.json.JsonValue;
import dev.slicenorm.json.JsonWriter;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command says what it found: as text, or as JSON. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class Printing {

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

  void json(JsonValue value) {
    out().print(JsonWriter.indented(value));
    out().flush();
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
