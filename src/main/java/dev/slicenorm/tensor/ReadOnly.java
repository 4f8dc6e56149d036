package dev.slicenorm.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * Views that refuse to be written, so that a write past a version counter is an error, never lost.
 */
final class ReadOnly {

  private ReadOnly() {}

  static Tensor view(Tensor tensor) {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN && !isSegment(tensor)) {
      // Segments are little-endian by definition: an array can't be seen through one here.
      return tensor.copy();
    }
    MemorySegment segment =
        switch (tensor.memory()) {
          case Memory.Floats(float[] array) -> MemorySegment.ofArray(array);
          case Memory.Doubles(double[] array) -> MemorySegment.ofArray(array);
          case Memory.Halves(short[] array) -> MemorySegment.ofArray(array);
          case Memory.Bytes(MemorySegment bytes) -> bytes;
        };
    return Tensor.strided(tensor.dtype(), new Memory.Bytes(segment.asReadOnly()), tensor.layout());
  }

  private static boolean isSegment(Tensor tensor) {
    return tensor.memory() instanceof Memory.Bytes;
  }
}
