package dev.slicenorm.checkpoint;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNorm;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The plain weight that a pair stands for, composed without ever holding all of it in memory.
 *
 * <p>Slices of the first axis lie together and don't depend on each other, so that case, which is
 * nearly every case, goes window by window. The slices of another axis are spread over the whole
 * tensor: when it is larger than a window the result is composed straight into the mapped output.
 *
 * @param pair the pair
 * @param weightNorm the weight norm over the pair's axes
 */
record ComposedContent(WeightNormPair pair, WeightNorm weightNorm) implements Content {

  @Override
  public void writeTo(TensorSink sink) throws IOException {
    Tensor v = pair.v().tensor();
    Tensor g = pair.g().tensor();
    long bytes = pair.v().entry().byteSize();
    if (bytes == 0) {
      return;
    }
    boolean firstAxis = pair.keptAxis().isPresent() && pair.keptAxis().getAsInt() == 0;
    long rowBytes = firstAxis ? bytes / v.size(0) : bytes;
    if (rowBytes > TensorSink.WINDOW) {
      composeMapped(v, g, bytes, sink);
      return;
    }
    if (!firstAxis) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment w = arena.allocate(bytes);
        compose(v, g, w);
        sink.write(w);
      }
      return;
    }
    long rows = Math.min(v.size(0), TensorSink.WINDOW / rowBytes);
    try (WriteBehind output = new WriteBehind(sink, rows * rowBytes)) {
      for (long row = 0; row < v.size(0); row += rows) {
        long end = Math.min(row + rows, v.size(0));
        long length = (end - row) * rowBytes;
        compose(v.slice(0, row, end), g.slice(0, row, end), output.buffer().asSlice(0, length));
        output.write(length);
      }
      output.await();
    }
  }

  private void composeMapped(Tensor v, Tensor g, long bytes, TensorSink sink) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      compose(v, g, sink.map(bytes, arena));
    }
  }

  private void compose(Tensor v, Tensor g, MemorySegment w) throws CheckpointException {
    DType dtype = v.dtype();
    try {
      weightNorm.compose(v, g, Tensor.of(dtype, w, v.shape()));
    } catch (ArithmeticException e) {
      throw new CheckpointException(pair.name() + ": " + e.getMessage(), e);
    }
  }
}
