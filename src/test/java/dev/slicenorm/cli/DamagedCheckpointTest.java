package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.checkpoint.Checkpoint;
import dev.slicenorm.checkpoint.Progress;
import dev.slicenorm.checkpoint.SafetensorsWriter;
import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole commands on whole files with something wrong in them: each ends well, or with one line that
 * says what is wrong ({@code -Dslicenorm.damages=} sets how many).
 */
class DamagedCheckpointTest {

  private static final int DAMAGES = Integer.getInteger("slicenorm.damages", 400);

  /** What a token is replaced by: other tokens of the kind, and some of none. */
  private static final String[] TOKENS = {
    "0",
    "1",
    "2",
    "3",
    "4",
    "8",
    "12",
    "24",
    "48",
    "-1",
    "9223372036854775807",
    "1e3",
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "\"F32\"",
    "\"I32\"",
    "\"BF16\"",
    "\"F16\"",
    "\"F64\"",
    "\"F8_E4M3\"",
    "\"F4\"",
    "\"BOOL\"",
    "\"dtype\"",
    "\"a.weight_g\"",
    "\"a.weight_v\"",
    "\"a.weight\"",
    "\"b.parametrizations.weight.original1\"",
    "\"b.parametrizations.weight.original2\"",
    "\"part-2.safetensors\"",
    "\"../x\"",
    "\"x.bias\"",
    "\"(.*a){25}\"",
    "\"base_model.model.x\"",
    "\"base_model.model.x.lora_B.bias\""
  };

  private static final Pattern TOKEN = Pattern.compile("\"[^\"]*\"|-?[0-9.eE+]+|true|false|null");

  @TempDir Path folder;
  private Path single;
  private Path index;
  private Path base;
  private Path adapter;
  private final List<Path> files = new ArrayList<>();

  @BeforeEach
  void writeWholeOnes() throws IOException {
    single = folder.resolve("single.safetensors");
    pairs().write(single, false, Progress.NONE);
    Path shards = Files.createDirectory(folder.resolve("shards"));
    pairs().write(shards.resolve("part-1.safetensors"), false, Progress.NONE);
    TestFiles.write(
        shards.resolve("part-2.safetensors"), "other_g", TestFiles.random(9, DType.F32, 1, 3));
    index = shards.resolve("model.safetensors.index.json");
    StringBuilder map = new StringBuilder("{\"metadata\":{\"total_size\":1},\"weight_map\":{");
    try (Checkpoint checkpoint = Checkpoint.open(shards.resolve("part-1.safetensors"))) {
      checkpoint
          .tensors()
          .forEach(t -> map.append("\"%s\":\"part-1.safetensors\",".formatted(t.name())));
    }
    Files.writeString(index, map.append("\"other_g\":\"part-2.safetensors\"}}"));
    base =
        TestFiles.write(
            folder.resolve("base.safetensors"),
            "x.weight",
            TestFiles.random(1, DType.F32, 4, 3),
            "x.bias",
            TestFiles.random(1, DType.BF16, 4));
    adapter = Files.createDirectory(folder.resolve("adapter"));
    TestFiles.write(
        adapter.resolve("adapter_model.safetensors"),
        "base_model.model.x.lora_A.weight",
        TestFiles.random(2, DType.F32, 2, 3),
        "base_model.model.x.lora_B.weight",
        TestFiles.random(3, DType.F32, 4, 2),
        "base_model.model.x.lora_magnitude_vector",
        TestFiles.random(3, DType.F32, 4));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\":\"LORA\",\"lora_alpha\":8,\"alpha_pattern\":{\"x|y\":2},\"use_dora\":true,"
            + "\"use_rslora\":false,\"lora_bias\":null,\"fan_in_fan_out\":false}");
    files.addAll(List.of(single, index, shards.resolve("part-1.safetensors"), base));
    files.add(adapter.resolve("adapter_model.safetensors"));
    files.add(adapter.resolve("adapter_config.json"));
  }

  private static SafetensorsWriter pairs() throws IOException {
    return new SafetensorsWriter()
        .metadata(Map.of("format", "pt"))
        .tensor("a.weight_g", TestFiles.random(1, DType.F32, 4, 1))
        .tensor("a.weight_v", TestFiles.random(2, DType.F32, 4, 3))
        .tensor("b.parametrizations.weight.original0", TestFiles.random(3, DType.BF16, 1, 1, 3))
        .tensor("b.parametrizations.weight.original1", TestFiles.random(4, DType.BF16, 2, 2, 3))
        .tensor("c.weight_g", Tensor.zeros(DType.F64))
        .tensor("c.weight_v", TestFiles.random(6, DType.F64, 5))
        .tensor("plain.weight", TestFiles.random(7, DType.F16, 3, 2));
  }

  @Test
  void everyCommandEndsWellOrSaysWhatIsWrong() throws IOException {
    Random random = new Random(11);
    int[] codes = new int[128];
    for (int i = 0; i < DAMAGES; i++) {
      Path file = files.get(random.nextInt(files.size()));
      byte[] whole = Files.readAllBytes(file);
      byte[] damaged = damage(whole, file.toString().endsWith(".json"), random);
      Files.write(file, damaged);
      for (Object[] command : commands(file, random)) {
        Run.Result result = Run.slicenorm(command);
        String what =
            Arrays.toString(command) + " " + new String(damaged, StandardCharsets.ISO_8859_1);
        assertThat(result.exitCode()).as(what + result.err()).isBetween(0, 2);
        boolean failed = result.exitCode() == 2;
        assertThat(result.err()).as(what).hasLineCount(failed ? 1 : 0);
        codes[result.exitCode()]++;
      }
      Files.write(file, whole);
    }
    assertThat(codes[0]).isGreaterThan(DAMAGES / 20);
    assertThat(codes[2]).isGreaterThan(DAMAGES / 20);
  }

  private List<Object[]> commands(Path file, Random random) {
    Path out = folder.resolve("out");
    if (file.equals(base) || file.startsWith(adapter)) {
      return List.<Object[]>of(new Object[] {"merge", base, adapter, "-o", out, "--force"});
    }
    Path in = file.equals(single) ? single : index;
    Path to = file.equals(single) ? out : folder.resolve("out-shards");
    Path page = folder.resolve("page.html");
    Object[][] all = {
      {"inspect", in},
      {"inspect", in, "--json"},
      {"fold", in, "-o", to, "--force"},
      {"fold", in, "-o", to, "--force", "--zero-slice", "nan"},
      {"unfold", in, "-o", to, "--force", "--axis", "*=-1"},
      {"unfold", in, "-o", to, "--force", "--axis", "whole"},
      {"rename", in, "-o", to, "--force", "--to", "g_v"},
      {"diff", in, file.equals(single) ? index : single},
      {"report", in, "-o", page, "--force"},
      {"report", in, "--json"}
    };
    return List.of(all[random.nextInt(all.length)], all[random.nextInt(all.length)]);
  }

  private static byte[] damage(byte[] file, boolean json, Random random) {
    if (random.nextInt(3) == 0) {
      byte[] bytes = file.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(file.length * 2)) : bytes;
    }
    // The header stays JSON, and the file says how long it is.
    int start = json ? 0 : 8;
    int end =
        json ? file.length : 8 + ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt();
    String text = new String(file, start, end - start, StandardCharsets.UTF_8);
    for (int i = random.nextInt(3); i >= 0; i--) {
      List<MatchResult> tokens = TOKEN.matcher(text).results().toList();
      MatchResult token = tokens.get(random.nextInt(tokens.size()));
      String other =
          random.nextBoolean()
              ? TOKENS[random.nextInt(TOKENS.length)]
              : tokens.get(random.nextInt(tokens.size())).group();
      text = text.substring(0, token.start()) + other + text.substring(token.end());
    }
    byte[] header = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer damaged =
        ByteBuffer.allocate(start + header.length + file.length - end)
            .order(ByteOrder.LITTLE_ENDIAN);
    if (!json) {
      damaged.putLong(header.length);
    }
    return damaged.put(header).put(file, end, file.length - end).array();
  }
}
