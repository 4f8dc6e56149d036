package dev.slicenorm.tensor;

import dev.slicenorm.kernel.Rounding;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What a tensor's elements lie in: an array of the caller's, or a segment. A tensor never copies it
 * and never owns it.
 *
 * <p>Sealed, so that code which moves whole runs can switch over the four kinds once and stay
 * monomorphic inside.
 */
public sealed interface Memory {

  /**
   * F32 elements in a Java array.
   *
   * @param array the elements
   */
  record Floats(float[] array) implements Memory {}

  /**
   * F64 elements in a Java array.
   *
   * @param array the elements
   */
  record Doubles(double[] array) implements Memory {}

  /**
   * The bits of F16 or BF16 elements in a Java array.
   *
   * @param array the bits, one element each
   */
  record Halves(short[] array) implements Memory {}

  /**
   * Elements of any type in a segment: native, mapped or heap. Little-endian on every platform, at
   * any alignment.
   *
   * @param segment the bytes
   */
  record Bytes(MemorySegment segment) implements Memory {}

  /** Little-endian, any alignment: what safetensors files and foreign buffers hold. */
  ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Little-endian, any alignment. */
  ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Little-endian, any alignment. */
  ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * {@return how many elements of a type fit}
   *
   * @param dtype the element type
   */
  default long capacity(DType dtype) {
    return switch (this) {
      case Floats(float[] array) -> array.length;
      case Doubles(double[] array) -> array.length;
      case Halves(short[] array) -> array.length;
      case Bytes(MemorySegment segment) -> segment.byteSize() / dtype.byteSize();
    };
  }

  /**
   * {@return whether this memory can hold elements of a type}
   *
   * @param dtype the element type
   */
  default boolean holds(DType dtype) {
    return switch (this) {
      case Floats _ -> dtype == DType.F32;
      case Doubles _ -> dtype == DType.F64;
      case Halves _ -> dtype == DType.F16 || dtype == DType.BF16;
      case Bytes _ -> true;
    };
  }

  /**
   * {@return the element at a position, widened exactly}
   *
   * @param dtype the element type
   * @param index the position, in elements
   */
  default double get(DType dtype, long index) {
    return switch (this) {
      case Floats(float[] array) -> array[(int) index];
      case Doubles(double[] array) -> array[(int) index];
      case Halves(short[] array) -> widen(dtype, array[(int) index]);
      case Bytes(MemorySegment segment) ->
          switch (dtype) {
            case F32 -> segment.get(FLOAT, index * Float.BYTES);
            case F64 -> segment.get(DOUBLE, index * Double.BYTES);
            case F16, BF16 -> widen(dtype, segment.get(SHORT, index * Short.BYTES));
          };
    };
  }

  /**
   * Stores a value, rounded once to nearest even.
   *
   * @param dtype the element type
   * @param index the position, in elements
   * @param value the value
   */
  default void set(DType dtype, long index, double value) {
    switch (this) {
      case Floats(float[] array) -> array[(int) index] = (float) value;
      case Doubles(double[] array) -> array[(int) index] = value;
      case Halves(short[] array) -> array[(int) index] = narrow(dtype, value);
      case Bytes(MemorySegment segment) -> {
        switch (dtype) {
          case F32 -> segment.set(FLOAT, index * Float.BYTES, (float) value);
          case F64 -> segment.set(DOUBLE, index * Double.BYTES, value);
          case F16, BF16 -> segment.set(SHORT, index * Short.BYTES, narrow(dtype, value));
        }
      }
    }
  }

  /**
   * Copies elements at an even step, widened exactly.
   *
   * @param dtype the element type
   * @param index the position of the first, in elements
   * @param step from each to the next, in elements; may be negative or 0
   * @param row receives them
   * @param to where the first goes in the row
   * @param count how many
   */
  default void get(DType dtype, long index, long step, double[] row, int to, int count) {
    Runs.read(this, dtype, index, step, row, to, count);
  }

  /**
   * Stores values at an even step, each rounded once to nearest even.
   *
   * @param dtype the element type
   * @param index the position of the first, in elements
   * @param step from each to the next, in elements; may be negative or 0
   * @param row holds them
   * @param from where the first is in the row
   * @param count how many
   */
  default void set(DType dtype, long index, long step, double[] row, int from, int count) {
    Runs.write(this, dtype, index, step, row, from, count);
  }

  private static float widen(DType half, short bits) {
    return half == DType.F16 ? Float.float16ToFloat(bits) : Rounding.fromBfloat16(bits);
  }

  private static short narrow(DType half, double value) {
    return half == DType.F16 ? Rounding.toFloat16(value) : Rounding.toBfloat16(value);
  }
}
