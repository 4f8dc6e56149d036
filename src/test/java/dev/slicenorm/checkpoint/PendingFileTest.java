package dev.slicenorm.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies beside and under the name of a file that is being written. */
class PendingFileTest {

  @TempDir Path folder;

  private static void write(Path file, boolean replace) throws IOException {
    try (PendingFile pending = PendingFile.create(file, replace)) {
      pending.write(ByteBuffer.wrap("new".getBytes(StandardCharsets.UTF_8)));
      pending.commit();
    }
  }

  @Test
  void keepsThePermissionsOfWhatItReplaces() throws IOException {
    assumeThat(FileSystems.getDefault().supportedFileAttributeViews()).contains("posix");
    Path file = Files.writeString(folder.resolve("private"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    write(file, true);
    assertThat(file).hasContent("new");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void removesOnlyWhatIsItsOwn() throws IOException {
    Path notes = Files.writeString(folder.resolve(".notes.slicenorm-part"), "mine");
    Path stale =
        Files.writeString(folder.resolve(".out.0123456789abcdef.slicenorm-part"), "abandoned");
    write(folder.resolve("out"), false);
    assertThat(notes).exists();
    assertThat(stale).doesNotExist();
  }

  @Test
  void refusesALinkThatLeadsNowhere() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("gone"));
    assertThatThrownBy(() -> write(link, false))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("link to")
        .hasMessageContaining("which is not there");
    assertThat(Files.isSymbolicLink(link)).isTrue();
  }

  /** As the system reads it: from a link upwards is not from its name upwards. */
  @Test
  void upwardsFromALinkIsAboveWhatItLeadsTo() throws IOException {
    Path deep = Files.createDirectories(folder.resolve("far/deep"));
    Path mine = Files.writeString(folder.resolve("mine"), "precious");
    Files.createSymbolicLink(folder.resolve("link"), deep);
    write(folder.resolve("link/../mine"), true);
    assertThat(mine).hasContent("precious");
    assertThat(folder.resolve("far/mine")).hasContent("new");
  }

  @Test
  void refusesAFileInAnArchive() throws IOException {
    try (FileSystem archive =
        FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
      assertThatThrownBy(() -> write(archive.getPath("/x"), false))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith("/x can't be written: expected a file of the system");
    }
  }

  @Test
  void takesTheLongestNameThatASystemHas() throws IOException {
    Path file = folder.resolve("ä".repeat(125) + "12345"); // 255 bytes
    write(file, false);
    assertThat(file).hasContent("new");
  }
}
