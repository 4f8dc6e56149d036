package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.PendingFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code slicenorm example}. */
@Command(
    name = "example",
    mixinStandardHelpOptions = true,
    description = {
      "Attaches weight norm to a small model along different axes, trains it, saves it, inspects"
          + " and folds the file, and checks that the output stays the same to the bit.",
      "Its source, src/main/java/dev/slicenorm/cli/Example.java, uses the public API only."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ExampleCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FOLDER",
      description = "Keep the two files here; otherwise they are deleted at the end.")
  private @Nullable Path folder;

  @Option(names = "--force", description = "Replace files of FOLDER that are there already.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    boolean held;
    if (folder != null) {
      PendingFile.checkFolder(folder, "expected one for the two files");
      Files.createDirectories(folder);
      held = new Example(print, force).run(folder);
    } else {
      Path temporary = Files.createTempDirectory("slicenorm-example");
      try {
        held = new Example(print, true).run(temporary);
      } finally {
        delete(temporary);
      }
    }
    print.println();
    print.println(held ? "All checks held." : "A check failed.");
    print.flush();
    return held ? ExitCode.OK : ExitCode.DEFECT;
  }

  private static void delete(Path temporary) throws IOException {
    Files.walkFileTree(
        temporary,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
