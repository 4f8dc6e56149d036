package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.checkpoint.Golden;
import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void aPatternToIncludeThatNothingMatchesIsRefused() {
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
      words.addAll(List.of("--include", "*conv*", "--include", "*covn*"));
      Run.Result result = Run.slicenorm(words.toArray());
      assertThat(result.exitCode()).as("%s", words).isEqualTo(2);
      assertThat(result.err()).startsWith("slicenorm: --include *covn*: no ").contains(" matches");
      assertThat(result.out()).isEmpty();
      assertThat(out).doesNotExist();
    }
    // Nothing is left to rename, but the name is there.
    assertThat(
            Run.slicenorm("rename", raw, "--to", "g_v", "--include", "*conv*", "--dry-run")
                .exitCode())
        .isZero();
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

  private static JsonNode json(Run.Result result) throws IOException {
    assertThat(result.err()).isEmpty();
    return new ObjectMapper().readTree(result.out());
  }
}
