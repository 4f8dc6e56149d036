package dev.slicenorm.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.slicenorm.testing.RandomTensors.Place;
import dev.slicenorm.testing.ReproducibilityDigest;
import dev.slicenorm.testing.ReproducibilityDigest.Arrangement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same values give the same bits in every layout, memory, thread count, vector width and JVM.
 *
 * <p>{@link #DIGEST} is what all of them must come to. It changes only when the definition of a
 * result changes, such as the order of summation, and that is a break of the contract to be stated
 * in the release notes.
 */
class ReproducibilityTest {

  private static final long DIGEST = 0x180234f7f6fabf0cL;

  @TempDir private static Path folder;

  @Test
  void thousandsOfResultsHaveTheStoredBits() {
    assertThat(ReproducibilityDigest.results()).isGreaterThan(3000);
    assertDigest(
        ReproducibilityDigest.of(Arrangement.CONTIGUOUS, Place.ARRAY, Parallelism.SEQUENTIAL));
  }

  @ParameterizedTest
  @CsvSource({
    "CONTIGUOUS, HEAP_SEGMENT",
    "CONTIGUOUS, NATIVE",
    "CONTIGUOUS, MAPPED",
    "TRANSPOSED, ARRAY",
    "TRANSPOSED, NATIVE",
    "STEPPED, ARRAY",
    "STEPPED, MAPPED",
    "ANY, ARRAY"
  })
  void layoutAndMemoryChangeNoBit(Arrangement arrangement, Place place) {
    assertDigest(ReproducibilityDigest.of(arrangement, place, Parallelism.SEQUENTIAL));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7})
  void threadsChangeNoBit(int threads) {
    Parallelism parallelism = Parallelism.threads(threads);
    assertDigest(ReproducibilityDigest.of(Arrangement.CONTIGUOUS, Place.ARRAY, parallelism));
    assertDigest(ReproducibilityDigest.of(Arrangement.ANY, Place.ARRAY, parallelism));
  }

  @Test
  void aJvmWithoutTheVectorApiComputesTheSameBits() {
    assertThat(child("-Ddev.slicenorm.kernel=scalar")).isEqualTo(DIGEST_LINE);
    assertThat(child("-XX:-UseFMA")).isEqualTo(DIGEST_LINE);
  }

  static Stream<Arguments> vectorOptions() {
    return Stream.of(
        Arguments.of("-Ddev.slicenorm.kernel=simd", ""),
        Arguments.of("-Ddev.slicenorm.kernel=scalar", ""),
        Arguments.of("-XX:MaxVectorSize=16", ""),
        Arguments.of("-XX:MaxVectorSize=32", ""),
        Arguments.of("-XX:MaxVectorSize=64", ""),
        Arguments.of("-XX:-UseFMA", ""),
        Arguments.of("-XX:UseAVX=0", "amd64"),
        Arguments.of("-XX:UseAVX=1", "amd64"),
        Arguments.of("-XX:UseAVX=2", "amd64"),
        Arguments.of("-XX:UseAVX=3", "amd64"));
  }

  @ParameterizedTest
  @MethodSource("vectorOptions")
  @Tag("vector")
  void vectorWidthChangesNoBit(String option, String architecture) {
    assumeTrue(
        System.getProperty("os.arch").contains(architecture),
        () -> option + " is an option of " + architecture + " only");
    // Forced, since the automatic choice would fall back to scalar where SIMD is slow.
    List<String> options =
        new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector", option));
    if (!option.startsWith("-D")) {
      options.add("-Ddev.slicenorm.kernel=simd");
    }
    assertThat(child(options.toArray(String[]::new))).isEqualTo(DIGEST_LINE);
  }

  private static final String DIGEST_LINE = "digest " + Long.toHexString(DIGEST);

  private static void assertDigest(long digest) {
    assertThat("digest " + Long.toHexString(digest)).isEqualTo(DIGEST_LINE);
  }

  /** {@return the line that a JVM with these options prints} */
  private static String child(String... options) {
    try {
      Path output = Files.createTempFile(folder, "child", ".txt");
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Xmx512m");
      Collections.addAll(command, options);
      Collections.addAll(
          command,
          "-cp",
          root(SliceNorms.class)
              + System.getProperty("path.separator")
              + root(ReproducibilityDigest.class),
          ReproducibilityDigest.class.getName());
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(3, TimeUnit.MINUTES);
      if (!ended) {
        process.destroyForcibly();
      }
      String printed = Files.readString(output, StandardCharsets.UTF_8);
      assertThat(ended && process.exitValue() == 0).as("%s%n%s", command, printed).isTrue();
      return printed
          .lines()
          .filter(line -> line.startsWith("digest "))
          .findFirst()
          .orElse("no digest in:\n" + printed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * {@return the folder that a class was loaded from}
   *
   * <p>Asked of the class file, because the code source of a test class that is patched into the
   * module is the module.
   */
  private static Path root(Class<?> type) {
    String file = type.getName().replace('.', '/') + ".class";
    URL url = Objects.requireNonNull(type.getResource("/" + file), file);
    String text = url.toString();
    return Path.of(URI.create(text.substring(0, text.length() - file.length())));
  }
}
