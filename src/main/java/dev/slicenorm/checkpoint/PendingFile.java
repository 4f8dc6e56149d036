package dev.slicenorm.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * A file that takes its name only when it is complete: until then it lies beside it under a
 * temporary name, and whoever looks sees the old file or none.
 *
 * <p>A process that is killed leaves its temporary file behind. The next one that writes into the
 * folder removes it. It knows dead from alive by a lock that the writer holds: the system drops it
 * with the process, whatever the way it died, and process numbers, which are used again and mean
 * nothing to another container, play no part.
 *
 * <p>Where it replaces a file, its bytes are on the disk before the old ones go, so that a power
 * failure leaves one of the two as well. A file under a new name is left to the system's own pace:
 * waiting for the disk can cost more than all the rest, and what it was made from is still there.
 */
public final class PendingFile implements AutoCloseable {

  private static final String SUFFIX = ".slicenorm-part";

  /** Characters of a name, of four bytes at most, that go into the temporary one. */
  private static final int MOST_SHOWN = 50;

  /** A name that only this class gives: somebody's notes may end alike. */
  private static final Pattern TEMPORARY =
      Pattern.compile("\\..*\\.[0-9a-f]{16}" + Pattern.quote(SUFFIX), Pattern.DOTALL);

  /**
   * Closing a second channel on a file would drop this process's lock on it, so these are left
   * alone.
   */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path named;
  private final Path target;
  private final Path temporary;
  private final boolean replace;
  private final FileChannel channel;
  private boolean done;

  private PendingFile(
      Path named, Path target, Path temporary, boolean replace, FileChannel channel) {
    this.named = named;
    this.target = target;
    this.temporary = temporary;
    this.replace = replace;
    this.channel = channel;
  }

  /**
   * Checks what can be known beforehand of whether a file may be written.
   *
   * @param target the name
   * @param replace whether a file of that name may be replaced
   * @throws FileAlreadyExistsException if there is one and {@code replace} is false
   * @throws CheckpointException if there is something else of that name, or no folder for it
   * @throws IOException if no file may be made in the folder
   */
  public static void check(Path target, boolean replace) throws IOException {
    if (!target.getFileSystem().equals(FileSystems.getDefault())) {
      throw new CheckpointException(
          "%s can't be written: expected a file of the system, not one in %s"
              .formatted(target, target.getFileSystem()));
    }
    if (Files.exists(target)) {
      checkReplaced(target, replace);
    } else if (Files.isSymbolicLink(target)) {
      throw new CheckpointException(
          "%s is a link to %s, which is not there: expected a link to a file, or a name that is not taken"
              .formatted(target, Files.readSymbolicLink(target)));
    }
    Path folder = real(target).getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new CheckpointException(target + " can't be written: there is no folder " + folder);
    }
    requireWritable(target, folder);
  }

  private static void checkReplaced(Path target, boolean replace) throws IOException {
    if (!Files.isRegularFile(target)) {
      throw new CheckpointException(
          "%s is %s: expected a regular file, or a name that is not taken"
              .formatted(target, Files.isDirectory(target) ? "a folder" : "no regular file"));
    }
    if (!replace) {
      throw new FileAlreadyExistsException(target.toString());
    }
  }

  /**
   * Checks what can be known beforehand of whether files may be written into a folder, which is
   * made, with those above it, if it is not there.
   *
   * @param folder the folder
   * @param expected what to say is expected where it is something else
   * @throws CheckpointException if it, or one above it, is something else
   * @throws IOException if nothing may be made in it
   */
  public static void checkFolder(Path folder, String expected) throws IOException {
    Path there = folder.toAbsolutePath();
    // A link that leads nowhere is there too: no folder can be made in its place.
    while (!Files.exists(there, LinkOption.NOFOLLOW_LINKS) && there.getParent() != null) {
      there = there.getParent();
    }
    if (!Files.isDirectory(there)) {
      throw new CheckpointException("%s is no folder: %s".formatted(there, expected));
    }
    requireWritable(folder, there);
  }

  private static void requireWritable(Path named, Path folder) throws FileSystemException {
    if (!Files.isWritable(folder)) {
      throw refused(named, folder, new AccessDeniedException(folder.toString()));
    }
  }

  /** {@return the file itself, where a name leads to it through links} */
  private static Path real(Path target) throws IOException {
    if (Files.exists(target)) {
      return target.toRealPath();
    }
    Path absolute = target.toAbsolutePath();
    Path folder = absolute.getParent();
    Path name = absolute.getFileName();
    // Not by its words alone: "link/.." is the folder above the one that the link leads to.
    return folder == null || name == null || !Files.isDirectory(folder)
        ? absolute
        : folder.toRealPath().resolve(name);
  }

  /**
   * Checks that a file is none of those that are read.
   *
   * @param target the name of a file that will be written
   * @param read files that are there
   * @param expected what to say is expected in its place
   * @throws CheckpointException if it is one of them, under this name or another
   */
  public static void requireNotRead(Path target, List<Path> read, String expected)
      throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    for (Path file : read) {
      if (Files.isSameFile(target, file)) {
        throw new CheckpointException(
            "%s is one of the files that are read: expected %s".formatted(target, expected));
      }
    }
  }

  /**
   * {@return a new file that will be called {@code target}}
   *
   * @param target the name; a symbolic link is followed, and what it leads to is replaced
   * @param replace whether a file of that name may be replaced
   * @throws FileAlreadyExistsException if there is one and {@code replace} is false
   * @throws IOException if there is no such folder, or no file can be made in it
   */
  public static PendingFile create(Path target, boolean replace) throws IOException {
    check(target, replace);
    Path real = real(target);
    Path folder = Objects.requireNonNull(real.getParent());
    removeStale(folder);
    while (true) {
      String random = HexFormat.of().toHexDigits(RANDOM.nextLong());
      Path temporary = folder.resolve("." + shown(real) + "." + random + SUFFIX);
      OWN.add(temporary);
      FileChannel channel;
      try {
        channel = openLocked(temporary);
      } catch (FileSystemException e) {
        OWN.remove(temporary);
        throw refused(target, folder, e);
      }
      if (Files.exists(temporary)) {
        // Ctrl-C ends the JVM in good order, so what it interrupts need not wait for the next run.
        temporary.toFile().deleteOnExit();
        PendingFile pending = new PendingFile(target, real, temporary, replace, channel);
        pending.copyPermissions();
        return pending;
      }
      // Somebody who tidied up saw it before it was locked, and took it for abandoned.
      channel.close();
      OWN.remove(temporary);
    }
  }

  /** A name may have 255 bytes, and the temporary one is longer: it takes the beginning. */
  private static String shown(Path file) {
    String name = String.valueOf(file.getFileName());
    int length = Math.min(name.codePointCount(0, name.length()), MOST_SHOWN);
    return name.substring(0, name.offsetByCodePoints(0, length));
  }

  /** What replaces a file may be read by the same people: by no one else if it was private. */
  private void copyPermissions() throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
    if (view == null || !Files.exists(target)) {
      return;
    }
    try {
      view.setPermissions(Files.getPosixFilePermissions(target));
    } catch (FileSystemException e) {
      close();
      throw new IOException(
          "%s can't be replaced: a new file can't be given its permissions: %s"
              .formatted(named, e.getReason()),
          e);
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // the pending file closes it
  private static FileChannel openLocked(Path temporary) throws IOException {
    FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    tryLock(channel);
    return channel;
  }

  /**
   * {@return what to say where the system makes no file: its own exception speaks of the temporary
   * name, which nobody has given, or of a file that is not there, which is what was asked for}
   */
  static FileSystemException refused(Path named, Path folder, FileSystemException e) {
    String said = e instanceof AccessDeniedException ? "no permission" : e.getReason();
    FileSystemException refused =
        new FileSystemException(
            named.toString(),
            null,
            "no file can be made in %s%s".formatted(folder, said == null ? "" : ": " + said));
    refused.initCause(e);
    return refused;
  }

  /**
   * {@return a failure to write, with the name of the file: the system's own words, "No space left
   * on device", name nothing}
   *
   * @param what the part that was written, such as {@code "tensor a to "}
   */
  IOException failed(String what, IOException e) {
    return e instanceof CheckpointException
        ? e
        : new IOException(
            "writing %s%s failed: %s"
                .formatted(
                    what,
                    named,
                    e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()),
            e);
  }

  /** {@return where to write; open until the file is committed or closed} */
  public FileChannel channel() {
    return channel;
  }

  /**
   * Writes all of some bytes.
   *
   * @param bytes the bytes
   * @throws IOException if they can't be written; it names the file
   */
  public void write(ByteBuffer bytes) throws IOException {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw failed("", e);
    }
  }

  /** {@return whether there is a file that this one will replace} */
  boolean replaces() {
    return Files.exists(target);
  }

  /** Removes the file that this one will replace; a link to it stays, and leads to this one. */
  void removeOld() throws IOException {
    Files.deleteIfExists(target);
  }

  /** Waits until what was written is on the disk. */
  void force() throws IOException {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw failed("", e);
    }
  }

  /**
   * Gives the file its name, in one step.
   *
   * @throws IOException if it can't be written to the end, or there is a file of that name that may
   *     not be replaced
   */
  public void commit() throws IOException {
    // Looked at again: a file that somebody made in the meantime is not ours to replace either.
    check(target, replace);
    boolean replaces = replaces();
    if (replaces) {
      force();
    }
    try {
      channel.close();
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      throw refused(named, Objects.requireNonNull(target.getParent()), e);
    } catch (IOException e) {
      throw failed("", e);
    }
    done = true;
    OWN.remove(temporary);
    if (replaces) {
      forceFolder();
    }
  }

  /** Makes the new name last through a power failure. */
  private void forceFolder() {
    Path folder = Objects.requireNonNull(target.getParent());
    try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
      opened.force(true);
    } catch (IOException e) {
      // Not every system can: Windows opens no folders. Either name then leads to a whole file.
    }
  }

  /** Removes the file unless it was committed. */
  @Override
  public void close() throws IOException {
    if (!done) {
      done = true;
      channel.close();
      Files.deleteIfExists(temporary);
      OWN.remove(temporary);
    }
  }

  private static void removeStale(Path folder) throws IOException {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, ".*" + SUFFIX)) {
      for (Path file : found) {
        try {
          boolean isOurs = TEMPORARY.matcher(String.valueOf(file.getFileName())).matches();
          if (isOurs && !OWN.contains(file) && isAbandoned(file)) {
            Files.deleteIfExists(file);
          }
        } catch (IOException e) {
          // Gone already, another user's, or in a folder that stays as it is: not ours to remove.
        }
      }
    } catch (AccessDeniedException e) {
      // A folder that shows nobody what is in it can still be written into.
    }
  }

  private static boolean isAbandoned(Path file) throws IOException {
    try (FileChannel other = FileChannel.open(file, StandardOpenOption.WRITE)) {
      return tryLock(other).isPresent();
    }
  }

  /** Where the file system has no locks nothing is ever seen as abandoned. */
  private static Optional<FileLock> tryLock(FileChannel channel) {
    try {
      return Optional.ofNullable(channel.tryLock());
    } catch (IOException | OverlappingFileLockException e) {
      return Optional.empty();
    }
  }
}
