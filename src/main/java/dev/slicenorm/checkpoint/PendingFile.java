package dev.slicenorm.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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

  /**
   * Closing a second channel on a file would drop this process's lock on it, so these are left
   * alone.
   */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path target;
  private final Path temporary;
  private final boolean replace;
  private final FileChannel channel;
  private boolean done;

  private PendingFile(Path target, Path temporary, boolean replace, FileChannel channel) {
    this.target = target;
    this.temporary = temporary;
    this.replace = replace;
    this.channel = channel;
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
    Path real = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath().normalize();
    checkTarget(real, target, replace);
    Path folder = real.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new CheckpointException(target + " can't be written: there is no folder " + folder);
    }
    removeStale(folder);
    while (true) {
      String random = HexFormat.of().toHexDigits(RANDOM.nextLong());
      Path temporary = folder.resolve("." + real.getFileName() + "." + random + SUFFIX);
      OWN.add(temporary);
      FileChannel channel = openLocked(temporary);
      if (Files.exists(temporary)) {
        // Ctrl-C ends the JVM in good order, so what it interrupts need not wait for the next run.
        temporary.toFile().deleteOnExit();
        return new PendingFile(real, temporary, replace, channel);
      }
      // Somebody who tidied up saw it before it was locked, and took it for abandoned.
      channel.close();
      OWN.remove(temporary);
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

  private static void checkTarget(Path real, Path named, boolean replace) throws IOException {
    if (!Files.exists(real)) {
      return;
    }
    if (!Files.isRegularFile(real)) {
      throw new CheckpointException(named + " is no regular file and can't be replaced");
    }
    if (!replace) {
      throw new FileAlreadyExistsException(named.toString());
    }
  }

  /** {@return where to write; open until the file is committed or closed} */
  public FileChannel channel() {
    return channel;
  }

  /** {@return whether there is a file that this one will replace} */
  boolean replaces() {
    return Files.exists(target);
  }

  /** Waits until what was written is on the disk. */
  void force() throws IOException {
    channel.force(true);
  }

  /**
   * Gives the file its name, in one step.
   *
   * @throws IOException if it can't be written to the end, or there is a file of that name that may
   *     not be replaced
   */
  public void commit() throws IOException {
    // Looked at again: a file that somebody made in the meantime is not ours to replace either.
    checkTarget(target, target, replace);
    boolean replaces = replaces();
    if (replaces) {
      force();
    }
    channel.close();
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
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
        if (!OWN.contains(file) && isAbandoned(file)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static boolean isAbandoned(Path file) {
    try (FileChannel other = FileChannel.open(file, StandardOpenOption.WRITE)) {
      return tryLock(other).isPresent();
    } catch (IOException e) {
      // Gone already, or another user's: either way not ours to remove.
      return false;
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
