package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.CheckpointChange;
import dev.slicenorm.json.JsonValue;
import dev.slicenorm.json.JsonValue.JsonNull;
import java.io.File;
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

  /** Fails if there is nowhere to write to, before anything is read. */
  void check() {
    if (out == null && !dryRun) {
      throw new ParameterException(spec.commandLine(), "where to? expected -o OUT, or --dry-run");
    }
  }

  boolean isDryRun() {
    return dryRun;
  }

  /** Writes, with a progress line, unless this is a dry run, which checks OUT, if it is given. */
  void write(CheckpointChange change) throws IOException {
    Path target = out;
    if (target == null) {
      return;
    }
    if (!change.isSharded()) {
      requireFileName(target);
    }
    if (dryRun) {
      change.check(target, force);
    } else {
      try (ProgressLine progress = ProgressLine.on(spec.commandLine().getErr())) {
        change.write(target, force, progress);
      }
    }
  }

  /** To {@link Path} {@code new/} is {@code new}, and its user finds a file, not in a folder. */
  private void requireFileName(Path target) {
    String given =
        spec.commandLine().getParseResult().matchedOption("-o").originalStringValues().getLast();
    boolean isFolder = given.endsWith("/") || given.endsWith(File.separator);
    if (isFolder && !Files.isDirectory(target)) {
      throw new ParameterException(
          spec.commandLine(),
          "-o %s: expected the name of a file, without %s at its end; a folder only for shards"
              .formatted(given, given.substring(given.length() - 1)));
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

  /** {@return the beginning of a summary in JSON: OUT, null if none was given, and whether dry} */
  JsonRecord toJson() {
    return new JsonRecord()
        .put("output", out == null ? new JsonNull() : JsonValue.of(out.toString()))
        .put("dry_run", JsonValue.of(dryRun));
  }
}
