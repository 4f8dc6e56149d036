package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.CheckpointException;
import dev.slicenorm.kernel.KernelChoiceException;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.module.ModuleDescriptor;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code slicenorm}: dispatches, and turns failures into one line and an exit code. */
@Command(
    name = "slicenorm",
    description = "Norms of slices and weight normalization, on checkpoints.",
    subcommands = {
      InspectCommand.class,
      FoldCommand.class,
      UnfoldCommand.class,
      RenameCommand.class,
      DiffCommand.class,
      MergeCommand.class,
      ReportCommand.class,
      DoctorCommand.class,
      ExampleCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Slicenorm.Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:diff found differences",
      "2:wrong usage, or wrong input: a file that is missing, malformed or in the way",
      "3:the machine failed: a full disk, no permission, no memory, no Java 25",
      "70:a defect in slicenorm"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class Slicenorm implements Runnable {

  @Spec private CommandSpec spec;

  /** The version of the module; on the class path, that in the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version =
          Optional.ofNullable(Slicenorm.class.getModule().getDescriptor())
              .flatMap(ModuleDescriptor::rawVersion)
              .or(() ->
                  Optional.ofNullable(Slicenorm.class.getPackage().getImplementationVersion()))
              .orElse("(unpackaged)");
      return new String[] {"slicenorm " + version};
    }
  }

  /** An empty name of a file: what an unset variable of a shell gives. */
  private static final class EmptyName extends TypeConversionException {

    private static final long serialVersionUID = 1L;

    private EmptyName() {
      super("is empty: expected the name of a file or folder");
    }
  }

  static int run(String... args) {
    // Over the stream itself, which a writer asks for its failures; picocli's own asks no one.
    PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
    return run(commandLine().setOut(out), args);
  }

  static int run(CommandLine command, String... args) {
    int code = command.execute(args);
    // A printer keeps its failures to itself, and a script would go on with half an answer.
    boolean isLost = command.getOut().checkError() && code <= ExitCode.DIFFERENT;
    return isLost
        ? say(
            command,
            "standard output can't be written: its disk is full, or its reader is gone; all else is"
                + " done",
            ExitCode.MACHINE)
        : code;
  }

  static CommandLine commandLine() {
    return new CommandLine(new Slicenorm())
        .setCaseInsensitiveEnumValuesAllowed(true)
        // A name may begin with @.
        .setExpandAtFiles(false)
        .registerConverter(Path.class, Slicenorm::path)
        .registerConverter(long.class, text -> whole(text, Long::valueOf))
        .registerConverter(int.class, text -> whole(text, Integer::valueOf))
        .setParameterExceptionHandler(Slicenorm::wrongUsage)
        .setExecutionExceptionHandler(Slicenorm::failed);
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? expected one of " + names(spec.commandLine()));
  }

  /** To {@link Path} an empty name is the current folder, which nobody has asked for. */
  private static Path path(String name) {
    if (name.isEmpty()) {
      throw new EmptyName();
    }
    if (name.equals("-")) {
      throw new TypeConversionException(
          "'-' is no file here: expected a name, since checkpoints don't go through pipes; ./- is a"
              + " file of that name");
    }
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new TypeConversionException(
          "'%s' can be no name of a file here: %s; if it has letters of other scripts, expected a locale that has them, such as LC_ALL=C.UTF-8"
              .formatted(name, e.getReason()));
    }
  }

  /** What picocli says is that a text is not a long. */
  private static <N> N whole(String text, Function<String, N> parse) {
    try {
      return parse.apply(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is no whole number within the range");
    }
  }

  private static int wrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String help = " (see " + command.getCommandSpec().qualifiedName() + " --help)";
    return say(command, message(e) + help, ExitCode.USAGE);
  }

  private static String message(ParameterException e) {
    CommandLine command = e.getCommandLine();
    if (e instanceof UnmatchedArgumentException unmatched
        && !unmatched.isUnknownOption()
        && !command.getSubcommands().isEmpty()) {
      return "no command '%s': expected one of %s"
          .formatted(unmatched.getUnmatched().getFirst(), names(command));
    }
    if (e.getCause() instanceof EmptyName empty) {
      ArgSpec argument = e.getArgSpec();
      String name =
          argument instanceof OptionSpec option ? option.shortestName() : argument.paramLabel();
      return name + " " + empty.getMessage();
    }
    // A group of options says it so, in the middle of our line.
    return String.valueOf(e.getMessage()).replaceFirst("^Error: ", "");
  }

  private static String names(CommandLine command) {
    return String.join(", ", command.getSubcommands().keySet());
  }

  private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    return switch (e) {
      case CheckpointException _ -> say(command, String.valueOf(e.getMessage()), ExitCode.USAGE);
      case NoSuchFileException _ -> say(command, "no such file: " + e.getMessage(), ExitCode.USAGE);
      case FileAlreadyExistsException _ ->
          say(command, e.getMessage() + " is there already: --force replaces it", ExitCode.USAGE);
      case AccessDeniedException _ ->
          say(command, "no permission for " + e.getMessage(), ExitCode.MACHINE);
      case KernelChoiceException _ -> say(command, "-D" + e.getMessage(), ExitCode.USAGE);
      case IOException _ -> say(command, String.valueOf(e.getMessage()), ExitCode.MACHINE);
      default -> {
        e.printStackTrace(command.getErr());
        yield say(command, "this is a defect, please report it: " + e, ExitCode.DEFECT);
      }
    };
  }

  private static int say(CommandLine command, String message, int exitCode) {
    PrintWriter err = command.getErr();
    // Names from files stand in it, and a terminal obeys what it prints.
    err.println("slicenorm: " + Text.printable(message.replace('\n', ' ')));
    err.flush();
    return exitCode;
  }
}
