package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.testing.Child;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** How the program ends where it can't go on. */
@Tag("child")
class MainTest {

  @TempDir private Path folder;

  /** The JVM's own code for an error that nobody catches is 1, which says that two files differ. */
  @Test
  void anErrorIsNoDifference() throws IOException {
    Path broken = Files.createDirectories(folder.resolve("classes/dev/slicenorm/cli"));
    Files.writeString(broken.resolve("ProgressLine.class"), "no class");
    Path file = TestFiles.write(folder.resolve("in"), "x", TestFiles.random(1, DType.F32, 3));
    Child.Result result =
        Child.java(
            folder,
            "-cp",
            folder.resolve("classes") + File.pathSeparator + Child.commandClassPath(),
            Main.class.getName(),
            "diff",
            file.toString(),
            file.toString());
    assertThat(result.exitCode()).isEqualTo(ExitCode.DEFECT);
    assertThat(result.err())
        .contains("slicenorm: this is a defect, please report it: java.lang.ClassFormatError");
  }

  @Test
  void withoutPicocliItSaysWhatIsMissing() throws IOException {
    Child.Result result = Child.java(folder, "-cp", Child.classes(), Main.class.getName());
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).startsWith("slicenorm: picocli is not on the class path: add");
  }

  /** A limit for the size of files fails like a full disk: in the middle of a tensor. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aFullDiskIsNamedByTheFileAndTheTensor() throws IOException {
    Path in =
        TestFiles.write(
            folder.resolve("in.safetensors"),
            "w_g",
            TestFiles.random(1, DType.F32, 512, 1),
            "w_v",
            TestFiles.random(2, DType.F32, 512, 512));
    Path out = folder.resolve("out.safetensors");
    assertFull("writing tensor w F32[512, 512] to " + out + " failed: ", "fold", in, out);
    Path plain =
        TestFiles.write(
            folder.resolve("plain.safetensors"), "w", TestFiles.random(3, DType.F32, 512, 512));
    assertFull("writing " + out + " failed: ", "fold", plain, out);
    assertFull("writing " + out + " failed: ", "report", in, out);
    assertThat(out).doesNotExist();
  }

  private void assertFull(String message, String command, Path in, Path out) throws IOException {
    String limited = "ulimit -f 8 && exec \"$@\"";
    ProcessBuilder builder =
        new ProcessBuilder(
            "sh",
            "-c",
            limited,
            "sh",
            Child.java(),
            "-XX:-UsePerfData",
            "-cp",
            Child.commandClassPath(),
            Main.class.getName(),
            command,
            in.toString(),
            "-o",
            out.toString());
    Child.Result result = Child.run(folder, builder);
    assertThat(result.err()).contains("slicenorm: " + message).doesNotContain("slicenorm-part");
    assertThat(result.exitCode()).isEqualTo(ExitCode.MACHINE);
  }
}
