package dev.slicenorm.checkpoint;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Optional;

/** The bytes of a tensor that is to be written: made, or fetched, only when their turn comes. */
@FunctionalInterface
interface Content {

  /** Writes all of them. */
  void writeTo(TensorSink sink) throws IOException;

  /** {@return bytes that lie in memory} */
  static Content of(MemorySegment bytes) {
    return sink -> sink.write(bytes);
  }

  /** {@return the bytes of a tensor of another file} */
  static Content of(Safetensors file, TensorEntry entry) {
    return sink -> {
      Optional<FileChannel> channel = file.channel();
      if (channel.isPresent()) {
        sink.transfer(channel.get(), file.dataOffset() + entry.begin(), entry.byteSize());
      } else {
        sink.write(file.bytes(entry.name()));
      }
    };
  }

  /**
   * {@return the elements of a tensor in row-major order, packed in windows if they lie otherwise}
   */
  static Content of(Tensor tensor) {
    return sink -> {
      if (tensor.count() > 0) {
        writeRows(tensor, sink);
      }
    };
  }

  private static void writeRows(Tensor tensor, TensorSink sink) throws IOException {
    DType dtype = tensor.dtype();
    long bytes = tensor.count() * dtype.byteSize();
    if (tensor.rank() > 0 && bytes > TensorSink.WINDOW) {
      long rows = Math.max(1, TensorSink.WINDOW / (bytes / tensor.size(0)));
      for (long row = 0; row < tensor.size(0); row += rows) {
        long end = Math.min(row + rows, tensor.size(0));
        Tensor window = tensor.slice(0, row, end);
        // A single row may still be too large: then its own rows are walked.
        writeRows(end - row == 1 ? window.select(0, 0) : window, sink);
      }
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment packed = arena.allocate(bytes);
      Tensor.of(dtype, packed, tensor.shape()).copyFrom(tensor);
      sink.write(packed);
    }
  }
}
