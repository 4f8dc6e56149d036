package dev.slicenorm.checkpoint;

import dev.slicenorm.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * A tensor of a checkpoint and the file that holds it.
 *
 * @param file the file
 * @param entry what its header says about the tensor
 */
public record Stored(Safetensors file, TensorEntry entry) {

  /** {@return the name of the tensor} */
  public String name() {
    return entry.name();
  }

  /**
   * {@return the tensor, read-only, without a copy}
   *
   * @throws CheckpointException if its elements are not F16, BF16, F32 or F64
   */
  public Tensor tensor() throws CheckpointException {
    return file.tensor(entry.name());
  }

  /**
   * {@return its bytes, read-only, without a copy}
   *
   * @throws CheckpointException if the file has no such tensor
   */
  public MemorySegment bytes() throws CheckpointException {
    return file.bytes(entry.name());
  }

  @Override
  public String toString() {
    return entry.toString();
  }
}
