package dev.slicenorm.checkpoint;

import static dev.slicenorm.checkpoint.TestFiles.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints in several files: read by their index, written with one that is right again. */
class ShardsTest {

  private static final String INDEX = "model.safetensors.index.json";
  private static final String MAP =
      "{\"metadata\":{\"total_size\":1,\"note\":\"kept\"},\"weight_map\":{"
          + "\"a.weight_g\":\"s1.safetensors\",\"a.weight_v\":\"s2.safetensors\","
          + "\"b\":\"s1.safetensors\"}}";

  @TempDir Path folder;

  @BeforeEach
  void writeShards() throws IOException {
    TestFiles.write(
        folder.resolve("s1.safetensors"),
        "a.weight_g",
        random(1, DType.F32, 3, 1),
        "b",
        random(2, DType.F16, 5));
    TestFiles.write(folder.resolve("s2.safetensors"), "a.weight_v", random(3, DType.F32, 3, 4));
    Files.writeString(folder.resolve(INDEX), MAP);
  }

  @Test
  void aPairMayLieInTwoShards() throws IOException {
    Path out = folder.resolve("out");
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.isSharded()).isTrue();
      assertThat(checkpoint.tensors()).hasSize(3);
      Fold fold = Fold.of(checkpoint);
      fold.write(out, false, Progress.NONE);
    }
    JsonNode index = new ObjectMapper().readTree(out.resolve(INDEX).toFile());
    assertThat(index.get("metadata").get("total_size").longValue()).isEqualTo(3 * 4 * 4 + 5 * 2);
    assertThat(index.get("metadata").get("note").textValue()).isEqualTo("kept");
    TreeMap<String, String> map = new TreeMap<>();
    index
        .get("weight_map")
        .properties()
        .forEach(entry -> map.put(entry.getKey(), entry.getValue().textValue()));
    assertThat(map.toString()).isEqualTo("{a.weight=s2.safetensors, b=s1.safetensors}");
    try (Checkpoint folded = Checkpoint.open(out);
        Stream<Path> files = Files.list(out)) {
      assertThat(folded.find("a.weight")).isPresent();
      assertThat(files).hasSize(3);
    }
  }

  @Test
  void nothingIsReplacedUnlessToldAndNothingHalfWritten() throws IOException {
    Path out = Files.createDirectory(folder.resolve("out"));
    Files.writeString(out.resolve("s2.safetensors"), "mine");
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      Fold fold = Fold.of(checkpoint);
      assertThatThrownBy(() -> fold.write(out, false, Progress.NONE))
          .isInstanceOf(FileAlreadyExistsException.class);
      try (Stream<Path> files = Files.list(out)) {
        assertThat(files).containsExactly(out.resolve("s2.safetensors"));
      }
    }
  }

  @Test
  void shardsAreReplacedInAnotherFolderOnly() throws IOException {
    Path out = folder.resolve("out");
    try (Checkpoint checkpoint = Checkpoint.open(folder.resolve(INDEX))) {
      Fold fold = Fold.of(checkpoint);
      assertThatThrownBy(() -> fold.write(folder, true, Progress.NONE))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("expected another folder");
      fold.write(out, false, Progress.NONE);
      fold.write(out, true, Progress.NONE);
    }
    try (Checkpoint folded = Checkpoint.open(out)) {
      assertThat(folded.tensors()).hasSize(2);
    }
  }

  /** As models lie in a cache: links to files that are called by what is in them. */
  @Test
  void linksAreFollowedTheIndexToo() throws IOException {
    Path out = Files.createDirectory(folder.resolve("out"));
    Path blob = Files.writeString(folder.resolve("blob"), "{}");
    Files.createSymbolicLink(out.resolve(INDEX), blob);
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      Fold.of(checkpoint).write(out, true, Progress.NONE);
    }
    assertThat(Files.isSymbolicLink(out.resolve(INDEX))).isTrue();
    assertThat(blob).content().contains("weight_map");
    try (Checkpoint folded = Checkpoint.open(out)) {
      assertThat(folded.tensors()).hasSize(2);
    }
  }

  @Test
  void aFailureLeavesNoFoldersBehind() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      Fold fold = Fold.of(checkpoint);
      assertThatThrownBy(() ->
              fold.write(
                  folder.resolve("new/newer"),
                  false,
                  (bytes, total, tensor) -> {
                    throw new IllegalStateException("stop");
                  }))
          .hasMessage("stop");
    }
    assertThat(folder.resolve("new")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../s1.safetensors", "/etc/passwd", "x/../../y", "..", ".", "", "a\\\\b", "C:x"})
  void aShardNameThatLeavesTheFolderIsRefused(String name) throws IOException {
    Files.writeString(folder.resolve(INDEX), "{\"weight_map\":{\"a\":\"" + name + "\"}}");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected a file name in its own folder");
  }

  @Test
  void aShardThatIsNotThereIsNamedWithItsIndex() throws IOException {
    Files.delete(folder.resolve("s2.safetensors"));
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            folder.resolve(INDEX)
                + " names the shard s2.safetensors, which is not there: expected it in the same"
                + " folder");
  }

  @Test
  void anIndexThatDisagreesWithItsShardsIsRefused() throws IOException {
    Files.writeString(folder.resolve(INDEX), MAP.replace("\"b\"", "\"c\""));
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("says that tensor c is in s1.safetensors, but it is in no shard");
    Files.writeString(folder.resolve(INDEX), MAP.replace("\"b\":\"s1.safe", "\"b\":\"s2.safe"));
    assertThatThrownBy(() -> Checkpoint.open(folder)).hasMessageContaining("but it is in ");
    Files.writeString(folder.resolve(INDEX), MAP.replace(",\"b\":\"s1.safetensors\"", ""));
    assertThatThrownBy(() -> Checkpoint.open(folder)).hasMessageContaining("does not list");
    for (String bad :
        new String[] {"[]", "{}", "{\"weight_map\":[]}", "{\"weight_map\":{\"a\":1}}"}) {
      Files.writeString(folder.resolve(INDEX), bad);
      assertThatThrownBy(() -> Checkpoint.open(folder)).isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void keepsWhatTheIndexSaysBesideAndCountsAnew() throws IOException {
    Files.writeString(
        folder.resolve(INDEX),
        MAP.replace("\"total_size\":1", "\"total_size\":1,\"total_parameters\":20")
            .replaceFirst("\\{", "{\"extra\":[1],"));
    Path out = folder.resolve("out");
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      Fold.of(checkpoint).write(out, false, Progress.NONE);
    }
    JsonNode index = new ObjectMapper().readTree(out.resolve(INDEX).toFile());
    assertThat(index.get("metadata").get("total_parameters").longValue()).isEqualTo(3 * 4 + 5);
    assertThat(index.get("extra").get(0).intValue()).isEqualTo(1);
  }

  @Test
  void writesThroughNoLinkToAShardThatIsRead() throws IOException {
    Path out = Files.createDirectory(folder.resolve("links"));
    Path shard = folder.resolve("s2.safetensors");
    byte[] before = Files.readAllBytes(shard);
    Files.createSymbolicLink(out.resolve("s2.safetensors"), shard);
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      Fold fold = Fold.of(checkpoint);
      assertThatThrownBy(() -> fold.write(out, true, Progress.NONE))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("is one of the files that are read: expected another folder");
    }
    assertThat(shard).hasBinaryContent(before);
    assertThat(out.resolve("s1.safetensors")).doesNotExist();
  }

  @Test
  void leavesNoFolderBehindWhereItFails() throws IOException {
    Files.delete(folder.resolve("s2.safetensors"));
    TestFiles.write(folder.resolve("s2.safetensors"), "a.weight_v", Tensor.zeros(DType.F32, 3, 4));
    Path out = folder.resolve("out");
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      Fold fold = Fold.of(checkpoint, name -> true, ZeroSlice.REJECT);
      assertThatThrownBy(() -> fold.write(out, false, Progress.NONE))
          .isInstanceOf(CheckpointException.class);
    }
    assertThat(out).doesNotExist();
  }
}
