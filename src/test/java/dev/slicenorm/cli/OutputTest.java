package dev.slicenorm.cli;

import static dev.slicenorm.checkpoint.TestFiles.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where commands write to: what is in the way is said by a dry run as by the real one. */
class OutputTest {

  private static final String INDEX = "model.safetensors.index.json";

  @TempDir Path folder;

  private Path in;
  private Path shards;

  @BeforeEach
  void write() throws IOException {
    Object[] pair = {
      "a.weight_g", random(1, DType.F32, 3, 1), "a.weight_v", random(2, DType.F32, 3, 4)
    };
    in = TestFiles.write(folder.resolve("in.safetensors"), pair);
    shards = Files.createDirectory(folder.resolve("shards"));
    TestFiles.write(shards.resolve("s.safetensors"), pair);
    Files.writeString(
        shards.resolve(INDEX),
        "{\"weight_map\":{\"a.weight_g\":\"s.safetensors\",\"a.weight_v\":\"s.safetensors\"}}");
  }

  /** Runs a fold dry and in earnest: both must fail alike, and change nothing. */
  private void assertRefused(int exitCode, String message, Object... words) throws IOException {
    List<Object> fold = new ArrayList<>(List.of("fold"));
    fold.addAll(Arrays.asList(words));
    List<String> before = files();
    for (List<Object> last : List.of(List.<Object>of("--dry-run"), List.of())) {
      List<Object> all = new ArrayList<>(fold);
      all.addAll(last);
      Run.Result result = Run.slicenorm(all.toArray());
      assertThat(result.err()).as("%s", all).contains(message);
      assertThat(result.exitCode()).as("%s", all).isEqualTo(exitCode);
      assertThat(result.out()).isEmpty();
    }
    assertThat(files()).isEqualTo(before);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.map(path -> path + " " + path.toFile().length()).sorted().toList();
    }
  }

  @Test
  void aFileNeedsAFolderAndAFreeName() throws IOException {
    Path nowhere = folder.resolve("none").resolve("out");
    assertRefused(2, nowhere + " can't be written: there is no folder", in, "-o", nowhere);
    assertRefused(2, folder + " is a folder: expected a regular file", in, "-o", folder);
    assertRefused(2, in + " is there already: --force replaces it", in, "-o", in);
    assertRefused(2, "expected the name of a file, without / at its", in, "-o", folder + "/new/");
    assertRefused(2, "'-' is no file here", in, "-o", "-");
  }

  @Test
  void shardsNeedAFolderThatHoldsNoneOfThem() throws IOException {
    assertRefused(2, "expected another folder than " + shards, shards, "-o", shards);
    assertRefused(2, "expected another folder than " + shards, shards, "-o", shards, "--force");
    Path out = folder.resolve("out");
    assertThat(Run.slicenorm("fold", shards, "-o", out + "/").exitCode()).isZero();
    Path first = out.resolve("s.safetensors");
    assertRefused(2, first + " is there already: --force replaces it", shards, "-o", out);
    assertRefused(2, in + " is no folder: expected one for the shards", shards, "-o", in);
    Path below = in.resolve("deep").resolve("deeper");
    assertRefused(2, in + " is no folder: expected one for the shards", shards, "-o", below);
  }

  @Test
  void aFolderMayBeClosed() throws IOException {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Path hidden = closed.resolve("in.safetensors");
    Files.copy(in, hidden);
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    try {
      assumeThat(Files.isWritable(closed)).as("for a user who may do all").isFalse();
      String refused = "no file can be made in " + closed + ": no permission";
      assertRefused(3, refused, in, "-o", closed.resolve("out"));
      assertRefused(3, refused, shards, "-o", closed.resolve("new"));
      assertThat(Run.slicenorm("inspect", hidden).err()).contains("no permission for " + hidden);
      assertThat(Run.slicenorm("inspect", closed).err()).contains("no permission for " + closed);
      assertThat(Run.slicenorm("inspect", hidden).exitCode()).isEqualTo(3);
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void aLinkToItselfIsNotAFileThatIsMissing() throws IOException {
    Path loop = folder.resolve("loop");
    Files.createSymbolicLink(loop, loop);
    Run.Result result = Run.slicenorm("inspect", loop);
    assertThat(result.err()).startsWith("slicenorm: " + loop + ": Too many levels");
    assertThat(result.exitCode()).isEqualTo(3);
    Run.Result missing = Run.slicenorm("inspect", folder.resolve("none"));
    assertThat(missing.err()).startsWith("slicenorm: no such file: " + folder.resolve("none"));
    assertThat(missing.exitCode()).isEqualTo(2);
  }

  @Test
  void jsonOfADryRunSaysWhereToAndThatItIsDry() throws IOException {
    Path out = folder.resolve("out");
    JsonNode dry = json("fold", in, "-o", out, "--dry-run", "--json");
    assertThat(dry.get("output").textValue()).isEqualTo(out.toString());
    assertThat(dry.get("dry_run").booleanValue()).isTrue();
    assertThat(out).doesNotExist();
    assertThat(json("fold", in, "--dry-run", "--json").get("output").isNull()).isTrue();
    assertThat(json("fold", in, "-o", out, "--json").get("dry_run").booleanValue()).isFalse();
    assertThat(out).exists();
  }

  private static JsonNode json(Object... words) throws IOException {
    return new ObjectMapper().readTree(Run.slicenorm(words).out());
  }

  @Test
  void whatStandsForAWeightTwiceIsShown() throws IOException {
    Path file =
        TestFiles.write(
            folder.resolve("twice"),
            "a.weight",
            random(3, DType.F32, 3, 4),
            "a.weight_g",
            random(1, DType.F32, 3, 1),
            "a.weight_v",
            random(2, DType.F32, 3, 4));
    String message = "a.weight_g F32[3, 1] and a.weight_v F32[3, 4] fold to a.weight, but there is";
    assertThat(Run.slicenorm("inspect", file).out()).contains("doubled: " + message);
    assertThat(json("inspect", file, "--json").get("doubled").get(0).textValue())
        .startsWith(message);
    assertRefused(2, message, file, "-o", folder.resolve("out"));
    assertThat(Run.slicenorm("fold", file, "--exclude", "a.weight", "--dry-run").exitCode())
        .isZero();
  }

  @Test
  void normsOfNoSlicesAreNotShownAsNaN() throws IOException {
    Path file =
        TestFiles.write(
            folder.resolve("none"),
            "a.weight_g",
            random(1, DType.F32, 0, 1),
            "a.weight_v",
            random(2, DType.F32, 0, 4));
    Run.Result result = Run.slicenorm("inspect", file);
    assertThat(result.out()).contains("v of a.weight").doesNotContain("NaN");
  }

  @Test
  void aComparisonOfNothingIsRefused() {
    Run.Result result = Run.slicenorm("diff", in, in, "--exclude", "*");
    assertThat(result.err()).contains("--include and --exclude leave no tensor to compare");
    assertThat(result.exitCode()).isEqualTo(2);
  }
}
