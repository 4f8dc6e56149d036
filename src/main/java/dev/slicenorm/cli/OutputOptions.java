package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.PendingFile;
import dev.slicenorm.checkpoint.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where a command writes its checkpoint to. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class OutputOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "The file to write; for shards, the folder.")
  private @Nullable Path out;

  @Option(names = "--force", description = "Replace OUT if it is there already.")
  private boolean force;

  @Option(
      names = "--dry-run",
      description = "Check names, types and shapes, say what would be done, stop.")
  private boolean dryRun;

  /** What {@code write} of a fold and the like is. */
  @FunctionalInterface
  interface Writing {
    void write(Path out, boolean replace, Progress progress) throws IOException;
  }

  /** Fails if there is nowhere to write to, before anything is read. */
  void check() {
    if (out == null && !dryRun) {
      throw new ParameterException(spec.commandLine(), "where to? expected -o OUT, or --dry-run");
    }
  }

  boolean isDryRun() {
    return dryRun;
  }

  /** Writes, with a progress line, unless this is a dry run, which looks whether OUT is taken. */
  void write(Writing writing) throws IOException {
    Path target = out;
    if (target != null && dryRun) {
      if (!Files.isDirectory(target)) {
        PendingFile.check(target, force);
      }
    } else if (target != null) {
      try (ProgressLine progress = ProgressLine.on(spec.commandLine().getErr())) {
        writing.write(target, force, progress);
      }
    }
  }

  /**
   * {@return the beginning of a summary: how many were changed, or that there was nothing to
   * change}
   *
   * @param change what the command does
   * @param changed what it did
   * @param count to how many
   * @param noun what they are
   * @param file where they are
   */
  String done(String change, String changed, int count, String noun, Path file) {
    if (count == 0) {
      return "nothing to " + change + " in " + file;
    }
    return (dryRun ? "would " + change : changed) + " " + Units.count(count, noun);
  }

  /** {@return the end of a summary: how much went where} */
  String written(long bytes) {
    return Units.bytes(bytes) + (dryRun ? "" : ", wrote " + out);
  }

  /** {@return the path as it goes into JSON: empty for a dry run} */
  String path() {
    return dryRun ? "" : String.valueOf(out);
  }
}
