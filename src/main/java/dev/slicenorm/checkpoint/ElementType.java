package dev.slicenorm.checkpoint;

import dev.slicenorm.tensor.DType;
import java.util.Optional;

/**
 * The element types of the safetensors format, narrowest first: the order by which writers sort, in
 * reverse.
 *
 * <p>Slicenorm computes with four of them. The others are read as bytes and passed through.
 */
public enum ElementType {
  /** A byte that is 0 or 1. */
  BOOL(8),
  /** 4-bit float (E2M1). */
  F4(4),
  /** 6-bit float with 2 exponent bits. */
  F6_E2M3(6),
  /** 6-bit float with 3 exponent bits. */
  F6_E3M2(6),
  /** Unsigned byte. */
  U8(8),
  /** Signed byte. */
  I8(8),
  /** 8-bit float with 5 exponent bits. */
  F8_E5M2(8),
  /** 8-bit float with 4 exponent bits. */
  F8_E4M3(8),
  /** 8-bit power of two. */
  F8_E8M0(8),
  /** 8-bit float with 4 exponent bits, finite, no negative zero. */
  F8_E4M3FNUZ(8),
  /** 8-bit float with 5 exponent bits, finite, no negative zero. */
  F8_E5M2FNUZ(8),
  /** Signed 16-bit integer. */
  I16(16),
  /** Unsigned 16-bit integer. */
  U16(16),
  /** IEEE binary16. */
  F16(16),
  /** The upper half of a binary32. */
  BF16(16),
  /** Signed 32-bit integer. */
  I32(32),
  /** Unsigned 32-bit integer. */
  U32(32),
  /** IEEE binary32. */
  F32(32),
  /** Complex number of two binary32. */
  C64(64),
  /** IEEE binary64. */
  F64(64),
  /** Signed 64-bit integer. */
  I64(64),
  /** Unsigned 64-bit integer. */
  U64(64);

  private final int bits;

  ElementType(int bits) {
    this.bits = bits;
  }

  /** {@return the size of an element in bits} */
  public int bits() {
    return bits;
  }

  /** {@return the type that slicenorm computes with, if it is one of the four} */
  public Optional<DType> dtype() {
    return switch (this) {
      case F16 -> Optional.of(DType.F16);
      case BF16 -> Optional.of(DType.BF16);
      case F32 -> Optional.of(DType.F32);
      case F64 -> Optional.of(DType.F64);
      default -> Optional.empty();
    };
  }

  /**
   * {@return the type of a tensor's elements}
   *
   * @param dtype the tensor's type
   */
  public static ElementType of(DType dtype) {
    return switch (dtype) {
      case F16 -> F16;
      case BF16 -> BF16;
      case F32 -> F32;
      case F64 -> F64;
    };
  }

  /**
   * {@return the type of a name, if the format has it}
   *
   * @param name the name as it stands in a header, such as {@code BF16}
   */
  public static Optional<ElementType> named(String name) {
    for (ElementType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /**
   * {@return the bytes that a tensor takes, without padding}
   *
   * @param shape its sizes
   * @throws ArithmeticException if a size is negative, if the elements or their bits can't be
   *     counted in a {@code long}, or if the bits are not whole bytes
   */
  public long byteSize(long... shape) {
    long count = 1;
    boolean empty = false;
    for (long size : shape) {
      if (size < 0) {
        throw new ArithmeticException("negative size " + size);
      }
      empty |= size == 0;
      // A zero must not hide an overflow: strides are computed without it.
      count = Math.multiplyExact(count, Math.max(size, 1));
    }
    long total = Math.multiplyExact(count, (long) bits);
    if (empty) {
      return 0;
    }
    if (total % 8 != 0) {
      throw new ArithmeticException(total + " bits are not whole bytes");
    }
    return total / 8;
  }
}
