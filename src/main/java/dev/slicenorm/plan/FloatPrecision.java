package dev.slicenorm.plan;

import dev.slicenorm.kernel.HalfKernel;
import dev.slicenorm.kernel.Kernels;
import dev.slicenorm.kernel.Rounding;
import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Memory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** F32 rows: for reading F32, F16 and BF16, and for writing F32. */
record FloatPrecision(boolean isPlain) implements Precision<float[]> {

  private static final Pool<Walk<float[]>> WALKS = new Pool<>(() -> new Walk<>(Precision.SINGLE));

  private static final Pool<Walk<float[]>> PLAIN_WALKS =
      new Pool<>(() -> new Walk<>(Precision.PLAIN_SINGLE));

  @Override
  public SliceKernel<float[]> kernel() {
    return isPlain ? Kernels.plainFloats() : Kernels.floats();
  }

  @Override
  public Precision<float[]> plain() {
    return Precision.PLAIN_SINGLE;
  }

  private HalfKernel halves() {
    return isPlain ? Kernels.plainHalves() : Kernels.halves();
  }

  @Override
  public float[] allocate(int size) {
    return new float[size];
  }

  @Override
  public int size(float[] row) {
    return row.length;
  }

  @Override
  public Walk<float[]> lend() {
    return isPlain ? PLAIN_WALKS.lend() : WALKS.lend();
  }

  @Override
  public float @Nullable [] inPlace(Memory memory) {
    return memory instanceof Memory.Floats(float[] array) ? array : null;
  }

  @Override
  public void load(Memory memory, DType dtype, long at, long step, float[] row, int to, int count) {
    switch (memory) {
      case Memory.Floats(float[] array) -> {
        kernel().pack(array, (int) at, (int) step, row, to, count);
      }
      case Memory.Halves(short[] array) ->
          widen(array, dtype, (int) at, (int) step, row, to, count);
      case Memory.Bytes(MemorySegment segment) ->
          loadBytes(segment, dtype, at, step, row, to, count);
      case Memory.Doubles _ -> throw new IllegalArgumentException("F64 elements in an F32 row");
    }
  }

  @Override
  public boolean squareInPlace(
      Memory memory, DType dtype, long at, long step, int count, Sums sums, int out) {
    if (memory instanceof Memory.Floats(float[] array)) {
      return kernel().squareStepped(array, (int) at, (int) step, count, sums, out);
    }
    return dtype == DType.BF16
        && step == 1
        && memory instanceof Memory.Halves(short[] bits)
        && halves().squareBfloat16(bits, (int) at, count, sums, out);
  }

  private void widen(short[] array, DType dtype, int at, int step, float[] row, int to, int count) {
    if (step == 1 && dtype == DType.F16) {
      halves().widenFloat16(array, at, row, to, count);
    } else if (step == 1) {
      halves().widenBfloat16(array, at, row, to, count);
    } else if (dtype == DType.F16) {
      for (int i = 0; i < count; i++) {
        row[to + i] = Float.float16ToFloat(array[at + i * step]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        row[to + i] = Rounding.fromBfloat16(array[at + i * step]);
      }
    }
  }

  private static void loadBytes(
      MemorySegment segment, DType dtype, long at, long step, float[] row, int to, int count) {
    if (dtype == DType.F32) {
      if (step == 1) {
        MemorySegment.copy(segment, Memory.FLOAT, at * Float.BYTES, row, to, count);
      } else {
        for (int i = 0; i < count; i++) {
          row[to + i] = segment.get(Memory.FLOAT, (at + i * step) * Float.BYTES);
        }
      }
    } else if (dtype == DType.F16) {
      for (int i = 0; i < count; i++) {
        row[to + i] =
            Float.float16ToFloat(segment.get(Memory.SHORT, (at + i * step) * Short.BYTES));
      }
    } else {
      for (int i = 0; i < count; i++) {
        row[to + i] =
            Rounding.fromBfloat16(segment.get(Memory.SHORT, (at + i * step) * Short.BYTES));
      }
    }
  }

  @Override
  public void store(
      float[] row, int from, Memory memory, DType dtype, long at, long step, int count) {
    switch (memory) {
      case Memory.Floats(float[] array) -> {
        int to = (int) at;
        for (int i = 0; i < count; i++, to += (int) step) {
          array[to] = row[from + i];
        }
      }
      case Memory.Bytes(MemorySegment segment) when dtype == DType.F32 -> {
        if (step == 1) {
          MemorySegment.copy(row, from, segment, Memory.FLOAT, at * Float.BYTES, count);
        } else {
          for (int i = 0; i < count; i++) {
            segment.set(Memory.FLOAT, (at + i * step) * Float.BYTES, row[from + i]);
          }
        }
      }
      default -> throw new IllegalArgumentException(dtype + " elements from an F32 row");
    }
  }

  @Override
  public void rescale(float[] row, int at, int count, double powerOfTwo) {
    throw new IllegalStateException("sums of F32 elements can't overflow");
  }
}
