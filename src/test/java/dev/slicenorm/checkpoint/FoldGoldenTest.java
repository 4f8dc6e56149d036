package dev.slicenorm.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folding PyTorch's checkpoints gives what PyTorch's weights are, to rounding. */
class FoldGoldenTest {

  private static final double MAX_ULPS = 0.51;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"ckpt_raw.safetensors", "ckpt_raw_handwritten.safetensors"})
  void foldsToTheSameNamesTypesShapesAndValues(String raw) throws IOException {
    Path out = fold(Golden.copy(raw, folder), "out.safetensors");

    try (Safetensors before = Safetensors.open(folder.resolve(raw));
        Safetensors got = Safetensors.open(out);
        Safetensors expected = Safetensors.open(Golden.copy("ckpt_folded.safetensors", folder));
        Safetensors truth = Safetensors.open(Golden.copy("ckpt_folded_f64.safetensors", folder))) {
      assertThat(got.entries().stream().map(TensorEntry::toString))
          .isEqualTo(expected.entries().stream().map(TensorEntry::toString).toList());
      assertThat(got.metadata()).isEqualTo(before.metadata());
      for (TensorEntry entry : got.entries()) {
        if (before.find(entry.name()).isPresent()) {
          assertThat(got.bytes(entry.name()).mismatch(before.bytes(entry.name())))
              .as(entry.name())
              .isEqualTo(-1);
        } else {
          assertWithin(
              MAX_ULPS, got.tensor(entry.name()), truth.tensor(entry.name()), entry.name());
        }
      }
    }
  }

  @Test
  void findsThePairsAndAxesThatTheListNames() throws IOException {
    JsonNode list = new ObjectMapper().readTree(Golden.copy("ckpt.json", folder).toFile());
    try (Checkpoint checkpoint = Checkpoint.open(Golden.copy("ckpt_raw.safetensors", folder))) {
      WeightNormPairs found = WeightNormPairs.find(checkpoint);
      Set<String> expected = new HashSet<>();
      for (JsonNode pair : list.get("pairs")) {
        OptionalInt dim =
            pair.get("dim").isNull()
                ? OptionalInt.empty()
                : OptionalInt.of(pair.get("dim").intValue());
        expected.add(
            "%s %s %s %s"
                .formatted(
                    pair.get("folded").textValue(),
                    pair.get("g").textValue(),
                    pair.get("v").textValue(),
                    dim));
      }
      assertThat(found.pairs())
          .map(p -> "%s %s %s %s".formatted(p.name(), p.g().name(), p.v().name(), p.keptAxis()))
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(found.broken()).isEmpty();
      assertThat(found.lone()).isEmpty();
    }
  }

  @Test
  void foldingTwiceIsFoldingOnce() throws IOException {
    Path once = fold(Golden.copy("ckpt_raw.safetensors", folder), "once.safetensors");
    Path twice = fold(once, "twice.safetensors");
    assertThat(twice).hasSameBinaryContentAs(once);

    Path theirs = Golden.copy("ckpt_folded.safetensors", folder);
    assertThat(fold(theirs, "theirs.safetensors")).hasSameBinaryContentAs(theirs);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ckpt_raw.safetensors", "ckpt_folded.safetensors"})
  void writesTheBytesThatTheReferenceWrites(String name) throws IOException {
    Path theirs = Golden.copy(name, folder);
    Path ours = folder.resolve("ours.safetensors");
    try (Safetensors file = Safetensors.open(theirs)) {
      SafetensorsWriter writer = new SafetensorsWriter().metadata(file.metadata());
      for (TensorEntry entry : file.entries().reversed()) {
        writer.copy(entry.name(), file, entry.name());
      }
      writer.write(ours, false, Progress.NONE);
    }
    assertThat(ours).hasSameBinaryContentAs(theirs);
  }

  private Path fold(Path in, String name) throws IOException {
    Path out = folder.resolve(name);
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      Fold.of(checkpoint).write(out, false, Progress.NONE);
    }
    assertThat(Files.exists(out)).isTrue();
    return out;
  }

  private static void assertWithin(double ulps, Tensor got, Tensor truth, String name) {
    assertThat(got.shape()).isEqualTo(truth.shape());
    double[] values = got.toDoubleArray();
    double[] exact = truth.toDoubleArray();
    for (int i = 0; i < values.length; i++) {
      double error = Math.abs(values[i] - exact[i]) / ulp(exact[i], got.dtype());
      assertThat(error).as("%s, element %d", name, i).isLessThanOrEqualTo(ulps);
    }
  }

  static double ulp(double value, DType dtype) {
    int exponent = value == 0 ? -2000 : Math.getExponent(value);
    return switch (dtype) {
      case F64 -> Math.ulp(value);
      case F32 -> Math.scalb(1.0, Math.max(exponent, -126) - 23);
      case F16 -> Math.scalb(1.0, Math.max(exponent, -14) - 10);
      case BF16 -> Math.scalb(1.0, Math.max(exponent, -126) - 7);
    };
  }
}
