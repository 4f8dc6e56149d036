package dev.slicenorm.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Where the bytes of the tensors of one file go, one after another, in windows of bounded size. */
final class TensorSink {

  /**
   * The most bytes that are held in memory, or written between two reports of progress. Writes of 4
   * MB took three times as long in the system as these, which it finds in the cache.
   */
  static final int WINDOW = 1 << 20;

  private static final long TRANSFER = 64L << 20;

  private final FileChannel file;
  private final Progress progress;
  private final long total;
  private long written;
  private String tensor = "";

  /**
   * Creates a sink.
   *
   * @param file the file, positioned after its header
   * @param written the tensor bytes that went to other files before
   * @param total the tensor bytes in all
   * @param progress who is told
   */
  TensorSink(FileChannel file, long written, long total, Progress progress) {
    this.file = file;
    this.written = written;
    this.total = total;
    this.progress = progress;
  }

  /** Names the tensor whose bytes come next. */
  void begin(String name) {
    tensor = name;
    progress.at(written, total, tensor);
  }

  /** {@return the tensor bytes written so far} */
  long written() {
    return written;
  }

  /** Writes bytes that lie in memory. */
  void write(MemorySegment bytes) throws IOException {
    for (long at = 0; at < bytes.byteSize(); at += WINDOW) {
      MemorySegment part = bytes.asSlice(at, Math.min(WINDOW, bytes.byteSize() - at));
      // A segment over a float[] can't be seen as a buffer of bytes.
      ByteBuffer window =
          part.isNative()
              ? part.asByteBuffer()
              : ByteBuffer.wrap(part.toArray(ValueLayout.JAVA_BYTE));
      int length = window.remaining();
      while (window.hasRemaining()) {
        file.write(window);
      }
      advance(length);
    }
  }

  /** Writes the first bytes of another file, which are no tensor's. */
  void transferHeader(FileChannel from, long length) throws IOException {
    long done = 0;
    while (done < length) {
      done += move(from, done, length - done);
    }
  }

  /** Writes bytes of another file, which the system copies without showing them to the JVM. */
  void transfer(FileChannel from, long position, long length) throws IOException {
    long done = 0;
    while (done < length) {
      long moved = move(from, position + done, Math.min(TRANSFER, length - done));
      done += moved;
      advance(moved);
    }
  }

  private long move(FileChannel from, long position, long most) throws IOException {
    long moved = from.transferTo(position, most, file);
    if (moved <= 0) {
      throw new EOFException("input ends at byte " + position + ": it was shortened");
    }
    return moved;
  }

  private void advance(long bytes) {
    written += bytes;
    progress.at(written, total, tensor);
  }
}
