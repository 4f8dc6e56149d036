package dev.slicenorm.checkpoint;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Memory;
import dev.slicenorm.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * How far two tensors of one type and shape are apart.
 *
 * @param elements the number of elements that differ in value
 * @param maxUlp the greatest distance between two elements, counted in steps of the element type
 *     from one to the other; a NaN against a number counts as {@link Long#MAX_VALUE}, and a
 *     distance of F64 that no long can hold as one less
 * @param relativeNorm {@code ‖a − b‖ / ‖a‖}
 */
public record TensorDifference(long elements, long maxUlp, double relativeNorm) {

  private static final int WINDOW = 1 << 16;

  /** {@return the difference of two tensors whose elements can be computed with} */
  static TensorDifference of(Stored a, Stored b, Progress progress) throws CheckpointException {
    DType dtype = a.tensor().dtype();
    MemorySegment bytesA = a.bytes();
    MemorySegment bytesB = b.bytes();
    Memory memoryA = new Memory.Bytes(bytesA);
    Memory memoryB = new Memory.Bytes(bytesB);
    long count = a.entry().count();
    long elements = 0;
    long maxUlp = 0;
    double normA = 0;
    double normDifference = 0;
    for (long start = 0; start < count; start += WINDOW) {
      progress.at(start * dtype.byteSize(), a.entry().byteSize(), a.name());
      int length = (int) Math.min(WINDOW, count - start);
      double[] values = new double[length];
      double[] differences = new double[length];
      for (int i = 0; i < length; i++) {
        double x = memoryA.get(dtype, start + i);
        double y = memoryB.get(dtype, start + i);
        values[i] = x;
        // Equal infinities have no difference, though their subtraction says NaN.
        differences[i] = x == y ? 0 : x - y;
        long ulp = ulp(dtype, x, y, bytesA, bytesB, start + i);
        elements += ulp == 0 ? 0 : 1;
        maxUlp = Math.max(maxUlp, ulp);
      }
      normA = joined(normA, norm(values));
      normDifference = joined(normDifference, norm(differences));
    }
    return new TensorDifference(elements, maxUlp, normDifference == 0 ? 0 : normDifference / normA);
  }

  /** {@return the norm of two parts, from theirs; by {@code hypot} infinity would hide NaN} */
  static double joined(double a, double b) {
    return Double.isNaN(a) || Double.isNaN(b) ? Double.NaN : Math.hypot(a, b);
  }

  private static double norm(double[] values) {
    return SliceNorms.l2(Axes.whole()).of(Tensor.of(values, values.length)).item();
  }

  private static long ulp(
      DType dtype, double x, double y, MemorySegment a, MemorySegment b, long index) {
    if (x == y || (Double.isNaN(x) && Double.isNaN(y))) {
      return 0;
    }
    if (Double.isNaN(x) || Double.isNaN(y)) {
      return Long.MAX_VALUE;
    }
    long distance = ordered(dtype, a, index) - ordered(dtype, b, index);
    // Two F64 of opposite sign may be more steps apart than a long can count.
    boolean overflowed = dtype == DType.F64 && (x > y) != (distance > 0);
    return overflowed ? Long.MAX_VALUE - 1 : Math.abs(distance);
  }

  /** {@return the bits as an integer that counts the values in their order} */
  private static long ordered(DType dtype, MemorySegment bytes, long index) {
    long sign;
    long bits;
    switch (dtype) {
      case F32 -> {
        bits = Float.floatToRawIntBits(bytes.get(Memory.FLOAT, index * Float.BYTES));
        sign = Integer.MIN_VALUE;
      }
      case F64 -> {
        bits = Double.doubleToRawLongBits(bytes.get(Memory.DOUBLE, index * Double.BYTES));
        sign = Long.MIN_VALUE;
      }
      default -> {
        bits = bytes.get(Memory.SHORT, index * Short.BYTES);
        sign = Short.MIN_VALUE;
      }
    }
    return bits < 0 ? sign - bits : bits;
  }
}
