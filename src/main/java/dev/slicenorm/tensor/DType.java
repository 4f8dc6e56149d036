package dev.slicenorm.tensor;

/** The element types that slicenorm computes with. All arithmetic happens in {@code double}. */
public enum DType {
  /** IEEE binary32. */
  F32(4),
  /** IEEE binary64. */
  F64(8),
  /** IEEE binary16. */
  F16(2),
  /** The upper half of a binary32: 8 exponent bits, 7 fraction bits. */
  BF16(2);

  private final int byteSize;

  DType(int byteSize) {
    this.byteSize = byteSize;
  }

  /** {@return the bytes that one element takes} */
  public int byteSize() {
    return byteSize;
  }
}
