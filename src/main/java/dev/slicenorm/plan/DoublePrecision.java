package dev.slicenorm.plan;

import dev.slicenorm.kernel.Kernels;
import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Memory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** F64 rows: for reading anything, and for writing whatever a single rounding leads to. */
record DoublePrecision() implements Precision<double[]> {

  private static final Pool<Walk<double[]>> WALKS = new Pool<>(() -> new Walk<>(Precision.DOUBLE));

  @Override
  public SliceKernel<double[]> kernel() {
    return Kernels.doubles();
  }

  @Override
  public double[] allocate(int size) {
    return new double[size];
  }

  @Override
  public int size(double[] row) {
    return row.length;
  }

  @Override
  public Walk<double[]> lend() {
    return WALKS.lend();
  }

  @Override
  public double @Nullable [] inPlace(Memory memory) {
    return memory instanceof Memory.Doubles(double[] array) ? array : null;
  }

  @Override
  public boolean squareInPlace(Memory memory, DType dtype, long at, int count, Sums sums, int out) {
    return false;
  }

  @Override
  public void load(
      Memory memory, DType dtype, long at, long step, double[] row, int to, int count) {
    switch (memory) {
      case Memory.Doubles(double[] array) ->
          Kernels.doubles().pack(array, (int) at, (int) step, row, to, count);
      case Memory.Floats(float[] array) -> {
        for (int i = 0; i < count; i++) {
          row[to + i] = array[(int) at + i * (int) step];
        }
      }
      case Memory.Bytes(MemorySegment segment) when dtype == DType.F64 && step == 1 ->
          MemorySegment.copy(segment, Memory.DOUBLE, at * Double.BYTES, row, to, count);
      default -> {
        long from = at;
        for (int i = 0; i < count; i++, from += step) {
          row[to + i] = memory.get(dtype, from);
        }
      }
    }
  }

  @Override
  public void store(
      double[] row, int from, Memory memory, DType dtype, long at, long step, int count) {
    switch (memory) {
      case Memory.Doubles(double[] array) when step == 1 ->
          System.arraycopy(row, from, array, (int) at, count);
      case Memory.Floats(float[] array) -> {
        for (int i = 0; i < count; i++) {
          array[(int) at + i * (int) step] = (float) row[from + i];
        }
      }
      case Memory.Bytes(MemorySegment segment) when dtype == DType.F64 && step == 1 ->
          MemorySegment.copy(row, from, segment, Memory.DOUBLE, at * Double.BYTES, count);
      default -> {
        long to = at;
        for (int i = 0; i < count; i++, to += step) {
          memory.set(dtype, to, row[from + i]);
        }
      }
    }
  }

  @Override
  public void rescale(double[] row, int at, int count, double powerOfTwo) {
    for (int i = at; i < at + count; i++) {
      row[i] *= powerOfTwo;
    }
  }
}
