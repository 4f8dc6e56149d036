package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.slicenorm.testing.Child;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The doctor's diagnosis in the situations that users get into. */
@Tag("child")
class DoctorCommandTest {

  private static final String MODULE = "--add-modules=jdk.incubator.vector";

  @TempDir private Path folder;

  @Test
  @Tag("vector")
  void theDefaultIsSimd() throws IOException {
    assumeFma();
    assertThat(doctor(MODULE))
        .contains("kernel   simd: the Vector API is there")
        .containsPattern("vectors  (128|256|512) bits")
        .contains("FMA      in hardware");
  }

  @Test
  void withoutTheModuleItIsScalarAndTheCureIsTold() throws IOException {
    assertThat(doctor())
        .contains(
            "kernel   scalar: the module jdk.incubator.vector is not there; start java with"
                + " --add-modules jdk.incubator.vector to use SIMD")
        .contains("vectors  none");
  }

  /** In each of these SIMD would be 8 to 50 times slower than the plain loops. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-XX:TieredStopAtLevel=1 | this JVM runs without C2; leave out -XX:TieredStopAtLevel=1",
        "-XX:TieredStopAtLevel=3 | this JVM runs without C2; leave out -XX:TieredStopAtLevel=3",
        "-XX:-UseCompiler | this JVM does not compile; leave out -XX:-UseCompiler",
        "-Xint | this JVM only interprets; leave out -Xint",
        "-Xcomp | this JVM compiles each method before it runs",
        "-XX:-EnableVectorSupport | this JVM makes objects of vectors; leave out",
      })
  void whereVectorsAreNoInstructionsItIsScalar(String option, String reason) throws IOException {
    assertThat(doctor(MODULE, "-XX:+UnlockExperimentalVMOptions", option))
        .contains("kernel   scalar: " + reason);
  }

  @Test
  void withoutAvxThereIsNoFma() throws IOException {
    assumeX86("-XX:UseAVX=0");
    assertThat(doctor(MODULE, "-XX:UseAVX=0"))
        .contains("kernel   scalar: this JVM has no FMA instructions; leave out -XX:-UseFMA")
        .contains("FMA      emulated");
  }

  @Test
  void vectorsOfOneDoubleAreNotUsed() throws IOException {
    assumeX86("-XX:MaxVectorSize=8");
    assertThat(doctor(MODULE, "-XX:MaxVectorSize=8"))
        .contains("kernel   scalar: vectors have 64 bits here, expected 128 or more; leave out");
    Child.Result forced = child(MODULE, "-XX:MaxVectorSize=8", "-Ddev.slicenorm.kernel=simd");
    assertThat(forced.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(forced.err()).contains("simd can't be met: vectors have 64 bits here");
  }

  @Test
  @Tag("vector")
  void narrowVectorsAreUsed() throws IOException {
    assumeX86("-XX:MaxVectorSize=16");
    assumeFma();
    assertThat(doctor(MODULE, "-XX:MaxVectorSize=16"))
        .contains("kernel   simd: the Vector API is there")
        .contains("vectors  128 bits");
  }

  @Test
  void thePropertyDecides() throws IOException {
    assertThat(doctor(MODULE, "-Ddev.slicenorm.kernel=scalar"))
        .contains("kernel   scalar: set by -Ddev.slicenorm.kernel=scalar")
        .contains("vectors  none");
  }

  @Test
  void anOverrideThatCanNotBeMetIsWrongUsage() throws IOException {
    Child.Result unknown = child("-Ddev.slicenorm.kernel=fast");
    assertThat(unknown.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(unknown.err())
        .startsWith("slicenorm: -Ddev.slicenorm.kernel=fast: expected auto, scalar or simd");
    Child.Result unmet = child("-Ddev.slicenorm.kernel=simd");
    assertThat(unmet.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(unmet.err())
        .startsWith("slicenorm: -Ddev.slicenorm.kernel=simd can't be met: the module");
  }

  @Test
  void measuresTheLibraryBesideAPlainLoop() {
    assertThat(Run.slicenorm("doctor").out())
        .containsPattern("speed    norms .*: [0-9.]+ GB/s, plain loop [0-9.]+ GB/s: [0-9.]+ times");
  }

  @Test
  void saysHowATensorWouldBeWalked() {
    assertThat(plan("--shape", "64,3,7", "--except", "0"))
        .contains("rows: 64 slices of 21 elements, 1 run of 64, in place");
    assertThat(plan("--shape", "64,3,7", "--along", "-3"))
        .contains("columns: 21 slices of 64 elements, 1 run of 21, in place");
    assertThat(plan("--shape", "4,6", "--strides", "12,2", "--along", "1"))
        .contains("rows: 4 slices of 6 elements, 1 run of 4, packed");
    assertThat(plan("--shape", "4,6", "--whole", "--dtype", "BF16"))
        .contains("rows: 1 slice of 24 elements, 1 run of 1, packed, to widen BF16");
  }

  @Test
  void refusesWhatHasNoPlan() {
    refuses("expected --shape", "--whole");
    refuses("expected --along, --except or --whole", "--shape", "3,4");
    refuses("axis 2 does not exist", "--shape", "3,4", "--along", "2");
    refuses("strides", "--shape", "3,4", "--strides", "1", "--along", "1");
    refuses(
        "slicenorm: strides [-1, 1]: expected steps of 0 or more elements",
        "--shape",
        "3,4",
        "--strides",
        "-1,1",
        "--along",
        "1");
    refuses(
        "shape [99999999999, 99999999999]: expected fewer than 2^63 elements",
        "--shape",
        "99999999999,99999999999",
        "--whole");
    refuses(
        "shape [3, 4], strides [9223372036854775807, 1]",
        "--shape",
        "3,4",
        "--strides",
        "9223372036854775807,1",
        "--whole");
    refuses(
        "slicenorm: --along=AXIS, --whole are mutually exclusive",
        "--shape",
        "3,4",
        "--whole",
        "--along",
        "1");
  }

  private static void refuses(String message, String... arguments) {
    Run.Result result = run(arguments);
    assertThat(result.err()).contains(message);
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.out()).isEmpty();
  }

  private static String plan(String... arguments) {
    return run(arguments).out();
  }

  private static Run.Result run(String... arguments) {
    List<Object> words = new ArrayList<>(List.of("doctor", "--no-speed"));
    words.addAll(List.of(arguments));
    return Run.slicenorm(words.toArray());
  }

  /** {@return what a JVM with these options prints; nothing else may be printed but log lines} */
  private String doctor(String... options) throws IOException {
    Child.Result result = child(options);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out().lines()).hasSize(5);
    assertThat(
            result
                .err()
                .lines()
                .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                .filter(line -> !line.contains("dev.slicenorm.kernel.Kernels"))
                .filter(line -> !line.contains("slicenorm runs on the scalar kernel")))
        .isEmpty();
    return result.out();
  }

  private Child.Result child(String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of(options));
    words.addAll(
        List.of("-cp", Child.commandClassPath(), Main.class.getName(), "doctor", "--no-speed"));
    return Child.java(folder, words.toArray(String[]::new));
  }

  private static void assumeX86(String option) {
    assumeTrue(
        List.of("amd64", "x86_64").contains(System.getProperty("os.arch")),
        () -> option + " is an option of x86, or has another meaning elsewhere");
  }

  private static void assumeFma() {
    assumeTrue(
        dev.slicenorm.Slicenorm.explain().hardwareFma(), "this machine has no FMA instructions");
  }
}
