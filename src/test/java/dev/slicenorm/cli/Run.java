package dev.slicenorm.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Runs a command in this JVM. */
final class Run {

  private Run() {}

  record Result(int exitCode, String out, String err) {}

  static Result slicenorm(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Slicenorm.commandLine();
    command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = String.valueOf(args[i]);
    }
    return new Result(command.execute(words), out.toString(), err.toString());
  }
}
