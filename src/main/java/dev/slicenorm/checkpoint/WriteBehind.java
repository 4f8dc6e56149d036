package dev.slicenorm.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Two buffers in turn: one is filled while the other is written, so that computing and writing cost
 * the longer of the two and not their sum.
 *
 * <p>Writing happens in the common pool, one write at a time and in order.
 */
final class WriteBehind implements AutoCloseable {

  private final TensorSink sink;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment[] buffers;
  private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);
  private int turn;

  /**
   * Creates the buffers.
   *
   * @param sink where they are written to; not used by anybody else until this is closed
   * @param byteSize the size of each
   */
  WriteBehind(TensorSink sink, long byteSize) {
    this.sink = sink;
    this.buffers = new MemorySegment[] {arena.allocate(byteSize), arena.allocate(byteSize)};
  }

  /** {@return the buffer to fill next; nobody reads it} */
  MemorySegment buffer() {
    return buffers[turn];
  }

  /** Writes the first bytes of the buffer that was filled, once the one before is written. */
  void write(long byteSize) throws IOException {
    MemorySegment filled = buffers[turn].asSlice(0, byteSize);
    turn ^= 1;
    await();
    writing = CompletableFuture.runAsync(() -> writeNow(filled));
  }

  private void writeNow(MemorySegment bytes) {
    try {
      sink.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until everything is written. */
  void await() throws IOException {
    try {
      writing.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof UncheckedIOException failed) {
        throw failed.getCause();
      }
      // What whoever is told of progress has thrown.
      if (e.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      if (e.getCause() instanceof Error thrown) {
        throw thrown;
      }
      throw e;
    }
  }

  /** Frees the buffers, which nobody writes any more by then. */
  @Override
  public void close() {
    // The outcome matters no more: whoever cares has called await().
    writing.handle((_, _) -> true).join();
    arena.close();
  }
}
