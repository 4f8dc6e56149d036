package dev.slicenorm.plan;

import dev.slicenorm.kernel.Kernels;
import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Memory;
import org.jspecify.annotations.Nullable;

/** F64 rows: for reading anything, and for writing whatever a single rounding leads to. */
record DoublePrecision(boolean isPlain) implements Precision<double[]> {

  private static final Pool<Walk<double[]>> WALKS = new Pool<>(() -> new Walk<>(Precision.DOUBLE));

  private static final Pool<Walk<double[]>> PLAIN_WALKS =
      new Pool<>(() -> new Walk<>(Precision.PLAIN_DOUBLE));

  @Override
  public SliceKernel<double[]> kernel() {
    return isPlain ? Kernels.plainDoubles() : Kernels.doubles();
  }

  @Override
  public Precision<double[]> plain() {
    return Precision.PLAIN_DOUBLE;
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
    return isPlain ? PLAIN_WALKS.lend() : WALKS.lend();
  }

  @Override
  public double @Nullable [] inPlace(Memory memory) {
    return memory instanceof Memory.Doubles(double[] array) ? array : null;
  }

  @Override
  public boolean squareInPlace(
      Memory memory, DType dtype, long at, long step, int count, Sums sums, int out) {
    return false;
  }

  @Override
  public void load(
      Memory memory, DType dtype, long at, long step, double[] row, int to, int count) {
    if (memory instanceof Memory.Doubles(double[] array)) {
      kernel().pack(array, (int) at, (int) step, row, to, count);
    } else {
      memory.get(dtype, at, step, row, to, count);
    }
  }

  @Override
  public void store(
      double[] row, int from, Memory memory, DType dtype, long at, long step, int count) {
    memory.set(dtype, at, step, row, from, count);
  }

  @Override
  public void rescale(double[] row, int at, int count, double powerOfTwo) {
    for (int i = at; i < at + count; i++) {
      row[i] *= powerOfTwo;
    }
  }
}
