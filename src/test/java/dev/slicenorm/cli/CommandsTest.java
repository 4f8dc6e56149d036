package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.checkpoint.Golden;
import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Each command from its words to what it prints. */
class CommandsTest {

  @TempDir Path folder;

  @Test
  void unfoldRenameFoldAndDiff() {
    Path plain = Golden.copy("ckpt_folded.safetensors", folder);
    Path unfolded = folder.resolve("unfolded.safetensors");
    Run.Result result =
        Run.slicenorm(
            "unfold",
            plain,
            "-o",
            unfolded,
            "--axis",
            "*pos_conv*.weight=2",
            "--axis",
            "0",
            "--include",
            "*conv*",
            "--exclude",
            "*norm*");
    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("unfolded 11 weights, kept 37 tensors");

    Path renamed = folder.resolve("renamed.safetensors");
    assertThat(Run.slicenorm("rename", unfolded, "--to", "parametrizations", "-o", renamed).out())
        .startsWith("renamed 11 pairs");
    Path folded = folder.resolve("folded.safetensors");
    assertThat(Run.slicenorm("fold", renamed, "-o", folded).out()).startsWith("folded 11 pairs");

    Run.Result same = Run.slicenorm("diff", plain, plain);
    assertThat(same.exitCode()).isZero();
    assertThat(same.out()).isEqualTo("0 tensors differ, 48 the same to the bit\n");
    Run.Result different = Run.slicenorm("diff", plain, unfolded);
    assertThat(different.exitCode()).isEqualTo(1);
    assertThat(different.out()).contains("conv2d.weight_g").contains("33 tensors differ");
    assertThat(Run.slicenorm("diff", plain, folded, "--include", "*.bias").exitCode()).isZero();
  }

  @Test
  void aNameMayBeginWithAnAt() throws IOException {
    Files.writeString(folder.resolve("words"), "--json");
    Path named = folder.resolve("@x");
    TestFiles.write(named, "w.weight", TestFiles.random(1, DType.F32, 3, 4));
    assertThat(Run.slicenorm("inspect", named, "@" + folder.resolve("words")).err())
        .contains("Unmatched argument");
    assertThat(Run.slicenorm("inspect", named).exitCode()).isZero();
  }

  @Test
  void theExampleNeedsAFolder() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "mine");
    Run.Result result = Run.slicenorm("example", "-o", file, "--force");
    assertThat(result.err()).contains(file + " is no folder: expected one for the two files");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(file).hasContent("mine");
  }

  @Test
  void sizesAreWholeNumbers() {
    assertThat(Run.slicenorm("doctor", "--no-speed", "--shape", "64,x").err())
        .contains("'--shape' (SIZE): 'x' is no whole number within the range");
    assertThat(Run.slicenorm("doctor", "--no-speed", "--shape", "6", "--along", "1.5").err())
        .contains("'--along' (AXIS): '1.5' is no whole number within the range");
  }

  @Test
  void aPatternThatNoTensorMatchesIsRefused() throws IOException {
    Path in =
        TestFiles.write(folder.resolve("in"), "w.weight", TestFiles.random(1, DType.F32, 3, 4));
    Path out = folder.resolve("out");
    Run.Result result = Run.slicenorm("unfold", in, "--axis", "w.wieght=0", "-o", out);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("slicenorm: --axis w.wieght=0: no tensor of " + in + " matches 'w.wieght'");
    assertThat(out).doesNotExist();
    assertThat(Run.slicenorm("unfold", in, "--axis", "w.w*=0", "--dry-run").out())
        .startsWith("would unfold 1 weight, keep 0 tensors");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--include", "--exclude"})
  void aPatternToSelectByThatNothingMatchesIsRefused(String option) {
    Path plain = Golden.copy("ckpt_folded.safetensors", folder);
    Path raw = folder.resolve("raw.safetensors");
    Path out = folder.resolve("out");
    Run.slicenorm("unfold", plain, "--axis", "0", "-o", raw);
    List<List<Object>> commands =
        List.of(
            List.of("fold", raw, "-o", out),
            List.of("unfold", plain, "--axis", "0", "-o", out),
            List.of("rename", raw, "--to", "parametrizations", "-o", out),
            List.of("report", raw, "-o", out),
            List.of("inspect", raw),
            List.of("diff", raw, plain));
    for (List<Object> command : commands) {
      List<Object> words = new ArrayList<>(command);
      words.addAll(List.of(option, "*conv*", option, "*covn*"));
      Run.Result result = Run.slicenorm(words.toArray());
      assertThat(result.exitCode()).as("%s", words).isEqualTo(2);
      assertThat(result.err())
          .startsWith("slicenorm: " + option + " '*covn*': no ")
          .contains(
              " in " + command.get(1), " matches, expected a name that slicenorm inspect lists");
      assertThat(result.out()).isEmpty();
      assertThat(out).doesNotExist();
    }
    // Nothing is left to rename, but the name is there.
    assertThat(Run.slicenorm("rename", raw, "--to", "g_v", option, "*conv*", "--dry-run").out())
        .startsWith("nothing to rename in " + raw);
  }

  @Test
  void aPatternForAPairIsThatOfThePlainWeight() {
    Path raw = Golden.copy("ckpt_raw.safetensors", folder);
    Run.Result result = Run.slicenorm("fold", raw, "--exclude", "whole.weight_g", "--dry-run");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith(
            "slicenorm: --exclude 'whole.weight_g': no weight under weight norm in "
                + raw
                + " matches, expected a name that slicenorm inspect lists behind 'v of'");
    assertThat(Run.slicenorm("fold", raw, "--exclude", "whole.weight", "--dry-run").out())
        .startsWith("would fold 17 pairs");
  }

  @Test
  void nothingToDoIsSaid() throws IOException {
    Tensor v = TestFiles.random(1, DType.F32, 3, 4);
    Path in =
        TestFiles.write(
            folder.resolve("in"), "x.weight_v", v, "style_g", v.select(0, 0), "style_v", v);
    Path out = folder.resolve("out");
    String lone =
        """
        in no pair, kept: style_g F32[4] (g has rank 1, v has rank 2)
        in no pair, kept: style_v F32[3, 4] (g has rank 1, v has rank 2)
        in no pair, kept: x.weight_v F32[3, 4] (no x.weight_g)
        """;
    assertThat(Run.slicenorm("fold", in, "-o", out))
        .isEqualTo(
            new Run.Result(
                0,
                "nothing to fold in %s, kept 3 tensors, 112 B, wrote %s%n%s"
                    .formatted(in, out, lone),
                ""));
    assertThat(out).hasSameBinaryContentAs(in);
    assertThat(Run.slicenorm("rename", in, "--to", "g_v", "--dry-run").out())
        .isEqualTo("nothing to rename in %s, 112 B%n%s".formatted(in, lone));
    JsonNode json = json(Run.slicenorm("rename", in, "--to", "g_v", "--dry-run", "--json"));
    assertThat(json.get("in_no_pair")).hasSize(3);
    assertThat(Run.slicenorm("unfold", in, "--axis", "0", "--dry-run").out())
        .isEqualTo("nothing to unfold in %s, keep 3 tensors, 112 B%n".formatted(in));
  }

  @Test
  void manyInNoPairAreCounted() throws IOException {
    List<Object> tensors = new ArrayList<>();
    for (int i = 0; i < 23; i++) {
      tensors.addAll(List.of(i + ".weight_v", Tensor.of(new float[] {i}, 1)));
    }
    Path in = TestFiles.write(folder.resolve("in"), tensors.toArray());
    assertThat(Run.slicenorm("fold", in, "--dry-run").out())
        .hasLineCount(1 + 20 + 1)
        .endsWith("in no pair, kept: 3 more%n".formatted());
  }

  /** An unset variable of a shell. */
  @Test
  void anEmptyNameIsRefused() throws IOException {
    Path in =
        TestFiles.write(folder.resolve("in"), "w.weight", TestFiles.random(1, DType.F32, 3, 4));
    String expected = " is empty: expected the name of a file or folder (see slicenorm ";
    List<List<Object>> outputs =
        List.of(
            List.of("fold", in, "-o", ""),
            List.of("unfold", in, "--axis", "0", "--output", ""),
            List.of("merge", in, folder, "-o", "", "--dry-run"),
            List.of("report", in, "-o", ""),
            List.of("example", "-o", ""));
    for (List<Object> words : outputs) {
      assertRefused(Run.slicenorm(words.toArray()), "slicenorm: -o" + expected + words.getFirst());
    }
    assertRefused(Run.slicenorm("inspect", ""), "slicenorm: FILE" + expected + "inspect");
    assertRefused(Run.slicenorm("diff", in, ""), "slicenorm: B" + expected + "diff");
    assertRefused(
        Run.slicenorm("merge", in, "", "-o", folder.resolve("out")),
        "slicenorm: ADAPTER" + expected + "merge");
    assertRefused(
        Run.slicenorm("report", in, "--before", ""), "slicenorm: --before" + expected + "report");
  }

  @Test
  void anOutputThatIsNoFileIsRefused() throws IOException {
    Path in =
        TestFiles.write(folder.resolve("in"), "w.weight", TestFiles.random(1, DType.F32, 3, 4));
    String expected = ": expected a regular file, or a name that is not taken";
    for (List<Object> command :
        List.<List<Object>>of(List.of("fold", in), List.of("report", in, "--force"))) {
      List<Object> words = new ArrayList<>(command);
      words.addAll(List.of("-o", folder));
      assertRefused(
          Run.slicenorm(words.toArray()), "slicenorm: " + folder + " is a folder" + expected);
      Path device = Path.of("/dev/null");
      if (Files.exists(device)) {
        words.set(words.size() - 1, device);
        assertRefused(
            Run.slicenorm(words.toArray()), "slicenorm: /dev/null is no regular file" + expected);
      }
    }
    Path index = folder.resolve("model.safetensors.index.json");
    Files.writeString(index, "{\"weight_map\":{\"w.weight\":\"in\"}}");
    assertRefused(
        Run.slicenorm("fold", index, "-o", in, "--force"),
        "slicenorm: " + in + " is no folder: expected one for the shards");
  }

  @Test
  void aFolderThatTakesNoFileIsNamed() throws IOException {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")), "no folder that nobody can write to");
    Path in =
        TestFiles.write(folder.resolve("in"), "w.weight", TestFiles.random(1, DType.F32, 3, 4));
    for (String command : List.of("fold", "report")) {
      Run.Result result = Run.slicenorm(command, in, "-o", "/proc/out.safetensors");
      assertThat(result.exitCode()).isEqualTo(3);
      assertThat(result.err())
          .startsWith("slicenorm: /proc/out.safetensors: no file can be made in /proc")
          .doesNotContain("slicenorm-part")
          .hasLineCount(1);
    }
    Path index = folder.resolve("model.safetensors.index.json");
    Files.writeString(index, "{\"weight_map\":{\"w.weight\":\"in\"}}");
    Run.Result shards = Run.slicenorm("fold", index, "-o", "/proc/out");
    assertThat(shards.exitCode()).isEqualTo(3);
    assertThat(shards.err()).startsWith("slicenorm: /proc/out: no file can be made in /proc");
  }

  @Test
  void diffCountsStepsAndNorms() throws IOException {
    Path a =
        TestFiles.write(folder.resolve("a"), "x", Tensor.of(new float[] {3, 4, Float.NaN, 0}, 4));
    Path b =
        TestFiles.write(
            folder.resolve("b"),
            "x",
            Tensor.of(new float[] {3, Math.nextUp(Math.nextUp(4f)), Float.NaN, -0f}, 4));
    Path c = TestFiles.write(folder.resolve("c"), "x", Tensor.of(new float[] {3, 4}, 2));
    JsonNode json = json(Run.slicenorm("diff", a, b, "--json"));
    assertThat(json.at("/different/0/elements").longValue()).isEqualTo(1);
    assertThat(json.at("/different/0/max_ulp").longValue()).isEqualTo(2);
    assertThat(Run.slicenorm("diff", a, c).out()).contains("F32[4]").contains("F32[2]");
  }

  @Test
  void inspectSaysItInJsonToo() throws IOException {
    Tensor v = TestFiles.random(1, DType.F32, 3, 4);
    v.select(0, 1).fill(0);
    v.select(0, 2).fill(Double.NaN);
    Tensor g = TestFiles.random(2, DType.F32, 3, 1);
    Path in = TestFiles.write(folder.resolve("in"), "w_g", g, "w_v", v);
    JsonNode json = json(Run.slicenorm("inspect", in, "--json"));
    JsonNode entry = json.at("/tensors/1");
    assertThat(entry.get("name").textValue()).isEqualTo("w_v");
    assertThat(entry.get("kept_axis").intValue()).isZero();
    assertThat(entry.get("zero").intValue()).isEqualTo(1);
    assertThat(entry.get("nan").intValue()).isEqualTo(1);
    assertThat(Run.slicenorm("inspect", in).out())
        .contains("v of w, except [0], 1 zero slice, 1 NaN slice");
  }

  @Test
  void foldHonoursSelectionPolicyAndJson() throws IOException {
    Tensor v = TestFiles.random(1, DType.F32, 3, 4);
    v.select(0, 1).fill(0);
    Tensor g = TestFiles.random(2, DType.F32, 3, 1);
    Path in = TestFiles.write(folder.resolve("in"), "w_g", g, "w_v", v, "u_g", g, "u_v", v);
    Path out = folder.resolve("out");
    Run.Result rejected = Run.slicenorm("fold", in, "-o", out, "--zero-slice", "reject");
    assertThat(rejected.exitCode()).isEqualTo(2);
    assertThat(rejected.err()).hasLineCount(1).contains("u");
    assertThat(out).doesNotExist();
    JsonNode json = json(Run.slicenorm("fold", in, "-o", out, "--exclude", "u", "--json"));
    assertThat(json.at("/folded/0").textValue()).isEqualTo("w");
    assertThat(json.at("/kept").intValue()).isEqualTo(2);
  }

  @Test
  void mergeFromTheCommandLine() throws IOException {
    Path base =
        TestFiles.write(folder.resolve("base"), "x.weight", TestFiles.random(1, DType.F32, 6, 5));
    Path adapter = Files.createDirectory(folder.resolve("adapter"));
    Files.writeString(
        adapter.resolve("adapter_config.json"), "{\"peft_type\":\"LORA\",\"lora_alpha\":8}");
    TestFiles.write(
        adapter.resolve("adapter_model.safetensors"),
        "base_model.model.x.lora_A.weight",
        TestFiles.random(2, DType.F32, 2, 5),
        "base_model.model.x.lora_B.weight",
        TestFiles.random(3, DType.F32, 6, 2));
    Path out = folder.resolve("out");
    assertThat(Run.slicenorm("merge", base, adapter, "-o", out))
        .isEqualTo(
            new Run.Result(
                0,
                "changed 1 weight from 1 adapter, replaced 0 tensors, 120 B, wrote " + out + "\n",
                ""));
    assertThat(Run.slicenorm("merge", base, folder, "-o", out).exitCode()).isEqualTo(2);
    assertThat(Run.slicenorm("merge", base, "-o", out).exitCode()).isEqualTo(2);
  }

  private static void assertRefused(Run.Result result, String message) {
    assertThat(result.err()).startsWith(message).hasLineCount(1);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
  }

  private static JsonNode json(Run.Result result) throws IOException {
    assertThat(result.err()).isEmpty();
    return new ObjectMapper().readTree(result.out());
  }

  @Test
  void unfoldLeavesWeightsOfOneAxisAloneUnlessTheyAreNamed() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in.safetensors"),
            "fc.weight",
            Tensor.zeros(DType.F32, 2, 2),
            "norm.weight",
            Tensor.zeros(DType.F32, 2));
    assertThat(Run.slicenorm("unfold", in, "--axis", "0", "--dry-run").out())
        .startsWith("would unfold 1 weight, keep 1 tensor");
    Run.Result named = Run.slicenorm("unfold", in, "--axis", "norm.weight=0", "--dry-run");
    assertThat(named.exitCode()).isEqualTo(2);
    assertThat(named.err()).contains("norm.weight F32[2] can't be unfolded");
  }

  @Test
  void aDifferenceThatNoLongHoldsIsNoNaN() throws IOException {
    Path a = TestFiles.write(folder.resolve("a"), "x", Tensor.of(new double[] {2}, 1));
    Path b = TestFiles.write(folder.resolve("b"), "x", Tensor.of(new double[] {-2}, 1));
    assertThat(Run.slicenorm("diff", a, b).out())
        .contains("9223372036854775806")
        .contains("1 tensor differs, 0 the same to the bit");
  }

  @Test
  void saysThatItsAnswerWasLost() throws IOException {
    Path a = TestFiles.write(folder.resolve("a"), "x", Tensor.of(new double[] {2}, 1));
    StringWriter err = new StringWriter();
    CommandLine command =
        Slicenorm.commandLine()
            .setOut(
                new PrintWriter(
                    new Writer() {
                      @Override
                      public void write(char[] buffer, int offset, int length) throws IOException {
                        throw new IOException("No space left on device");
                      }

                      @Override
                      public void flush() {}

                      @Override
                      public void close() {}
                    }))
            .setErr(new PrintWriter(err));
    assertThat(Slicenorm.run(command, "inspect", a.toString(), "--json")).isEqualTo(3);
    assertThat(err.toString()).contains("standard output can't be written");
  }

  @Test
  void aDryRunSaysThatTheNameIsTaken() {
    Path in = Golden.copy("ckpt_raw.safetensors", folder);
    Run.Result taken = Run.slicenorm("fold", in, "-o", in, "--dry-run");
    assertThat(taken.exitCode()).isEqualTo(2);
    assertThat(taken.err()).contains("is there already: --force replaces it");
    assertThat(Run.slicenorm("fold", in, "-o", in, "--dry-run", "--force").exitCode()).isZero();
  }

  @Test
  void aNameThatNoFileCanHaveIsRefusedWithAWord() {
    Run.Result result = Run.slicenorm("inspect", "a\0b");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("can be no name of a file here").contains("LC_ALL=C.UTF-8");
  }

  @Test
  void theMedianOfTwoLargeNormsIsNotInfinite() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in"),
            "a.weight_g",
            Tensor.zeros(DType.F64, 2, 1),
            "a.weight_v",
            Tensor.of(new double[] {1e308, 0, 0, 1.5e308}, 2, 2));
    assertThat(Run.slicenorm("inspect", in).out()).contains("1.250e+308");
  }

  /** The stream of a process keeps its failures to itself in another way than a writer does. */
  @Test
  @Tag("child")
  void saysSoInAProcessOfItsOwn() throws Exception {
    File full = new File("/dev/full");
    assumeThat(full).exists();
    Path a = TestFiles.write(folder.resolve("a"), "x", Tensor.of(new double[] {2}, 1));
    ProcessBuilder.Redirect toFull = ProcessBuilder.Redirect.to(full);
    assertThat(Run.process(toFull, "inspect", a, "--json").waitFor()).isEqualTo(3);
    assertThat(Run.process(toFull, "inspect", a).waitFor()).isEqualTo(3);
    assertThat(Run.process("inspect", a).waitFor()).isZero();
  }
}
