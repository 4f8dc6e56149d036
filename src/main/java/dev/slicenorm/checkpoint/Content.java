package dev.slicenorm.checkpoint;

import dev.slicenorm.json.JsonWriter;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
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
      long before = sink.written();
      if (channel.isPresent()) {
        try {
          sink.transfer(channel.get(), file.dataOffset() + entry.begin(), entry.byteSize());
          return;
        } catch (ClosedByInterruptException e) {
          throw e;
        } catch (ClosedChannelException e) {
          // Another thread that read this file was interrupted, which closes it for all: the rest
          // is in memory too.
        }
      }
      sink.write(file.bytes(entry.name()).asSlice(sink.written() - before));
    };
  }

  /**
   * {@return the elements of a tensor in row-major order, packed in windows if they lie otherwise}
   */
  static Content of(Tensor tensor) {
    return rounded("", tensor, tensor.dtype());
  }

  /**
   * {@return the elements of a tensor in row-major order, each rounded once to an element type}
   *
   * <p>Writing fails, by the name, if one that is finite overflows that type.
   */
  static Content rounded(String name, Tensor tensor, DType dtype) {
    return sink -> {
      if (tensor.count() > 0) {
        writeRows(name, tensor, dtype, sink);
      }
    };
  }

  private static void writeRows(String name, Tensor tensor, DType dtype, TensorSink sink)
      throws IOException {
    long bytes = tensor.count() * dtype.byteSize();
    if (tensor.rank() > 0 && bytes > TensorSink.WINDOW) {
      long rows = Math.max(1, TensorSink.WINDOW / (bytes / tensor.size(0)));
      for (long row = 0; row < tensor.size(0); row += rows) {
        long end = Math.min(row + rows, tensor.size(0));
        Tensor window = tensor.slice(0, row, end);
        // A single row may still be too large: then its own rows are walked.
        writeRows(name, end - row == 1 ? window.select(0, 0) : window, dtype, sink);
      }
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment packed = arena.allocate(bytes);
      Tensor rounded = Tensor.of(dtype, packed, tensor.shape());
      rounded.copyFrom(tensor);
      if (dtype != tensor.dtype()) {
        requireNoOverflow(name, tensor, rounded);
      }
      sink.write(packed);
    }
  }

  private static void requireNoOverflow(String name, Tensor exact, Tensor rounded)
      throws CheckpointException {
    double[] before = exact.toDoubleArray();
    double[] after = rounded.toDoubleArray();
    for (int i = 0; i < after.length; i++) {
      if (Double.isInfinite(after[i]) && Double.isFinite(before[i])) {
        throw new CheckpointException(
            "%s has an element %s, which overflows %s"
                .formatted(JsonWriter.abbreviate(name), before[i], rounded.dtype()));
      }
    }
  }
}
