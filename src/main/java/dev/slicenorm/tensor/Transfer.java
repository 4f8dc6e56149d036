package dev.slicenorm.tensor;

import dev.slicenorm.loop.LoopNest;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Copies elements between tensors: whole runs where type and steps allow it, else one by one. */
final class Transfer {

  /** Elements that are widened and then narrowed while they are in L1. */
  private static final int PIECE = 1024;

  private Transfer() {}

  static void fill(Tensor target, LoopNest nest, double value) {
    if (target.count() == 0) {
      return;
    }
    Memory memory = target.memory();
    DType dtype = target.dtype();
    boolean scalar = nest.rank() == 0;
    long inner = scalar ? 1 : nest.size(nest.rank() - 1);
    long step = scalar ? 0 : nest.stride(0, nest.rank() - 1);
    LoopNest outer = scalar ? nest : nest.without(nest.rank() - 1);
    double[] row = new double[(int) Math.min(PIECE, inner)];
    Arrays.fill(row, value);
    long runs = outer.count();
    for (long run = 0; run < runs; run++) {
      long at = target.layout().offset() + outer.position(0, run);
      for (long done = 0; done < inner; done += PIECE) {
        int count = (int) Math.min(PIECE, inner - done);
        memory.set(dtype, at + done * step, step, row, 0, count);
      }
    }
  }

  /** Copies {@code source} into {@code target}; the shapes are equal and the target is writable. */
  static void copy(Tensor source, Tensor target) {
    source.requireAccessible();
    if (source.count() == 0) {
      return;
    }
    LoopNest nest =
        LoopNest.of(source.shape(), source.layout().strides(), target.layout().strides());
    boolean scalar = nest.rank() == 0;
    int last = nest.rank() - 1;
    long inner = scalar ? 1 : nest.size(last);
    long sourceStep = scalar ? 1 : nest.stride(0, last);
    long targetStep = scalar ? 1 : nest.stride(1, last);
    LoopNest outer = scalar ? nest : nest.without(last);
    boolean bulk =
        source.dtype() == target.dtype()
            && sourceStep == 1
            && targetStep == 1
            && sameByteOrder(source.memory(), target.memory());
    long runs = outer.count();
    for (long run = 0; run < runs; run++) {
      long from = source.layout().offset() + outer.position(0, run);
      long to = target.layout().offset() + outer.position(1, run);
      if (bulk) {
        copyRun(source, from, target, to, inner);
      } else {
        convertRun(source, from, sourceStep, target, to, targetStep, inner);
      }
    }
  }

  /** Arrays are in the platform's byte order, segments little-endian. */
  private static boolean sameByteOrder(Memory source, Memory target) {
    return source.getClass() == target.getClass()
        || ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  }

  private static void copyRun(Tensor source, long from, Tensor target, long to, long length) {
    int unit = source.dtype().byteSize();
    MemorySegment.copy(
        segment(source.memory()), from * unit, segment(target.memory()), to * unit, length * unit);
  }

  private static MemorySegment segment(Memory memory) {
    return switch (memory) {
      case Memory.Floats(float[] array) -> MemorySegment.ofArray(array);
      case Memory.Doubles(double[] array) -> MemorySegment.ofArray(array);
      case Memory.Halves(short[] array) -> MemorySegment.ofArray(array);
      case Memory.Bytes(MemorySegment segment) -> segment;
    };
  }

  private static void convertRun(
      Tensor source, long from, long fromStep, Tensor target, long to, long toStep, long length) {
    double[] row = new double[(int) Math.min(PIECE, length)];
    for (long done = 0; done < length; done += PIECE) {
      int count = (int) Math.min(PIECE, length - done);
      source.memory().get(source.dtype(), from + done * fromStep, fromStep, row, 0, count);
      target.memory().set(target.dtype(), to + done * toStep, toStep, row, 0, count);
    }
  }
}
