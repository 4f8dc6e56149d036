package dev.slicenorm.checkpoint;

import dev.slicenorm.json.JsonWriter;
import java.util.Arrays;

/** What a header says about one tensor: its name, element type, shape, and where its bytes lie. */
public final class TensorEntry {

  private final String name;
  private final ElementType type;
  private final long[] shape;
  private final long begin;
  private final long byteSize;

  /**
   * Creates an entry.
   *
   * @param name the name
   * @param type the element type
   * @param begin where the bytes begin, counted from the first byte after the header
   * @param shape the sizes
   * @throws ArithmeticException if the bytes can't be counted
   */
  TensorEntry(String name, ElementType type, long begin, long... shape) {
    this.name = name;
    this.type = type;
    this.shape = shape.clone();
    this.begin = begin;
    this.byteSize = type.byteSize(shape);
  }

  /** {@return the name} */
  public String name() {
    return name;
  }

  /** {@return the element type} */
  public ElementType type() {
    return type;
  }

  /** {@return the sizes, a copy} */
  public long[] shape() {
    return shape.clone();
  }

  /** {@return the number of axes} */
  public int rank() {
    return shape.length;
  }

  /** {@return the number of elements} */
  public long count() {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    return count;
  }

  /** {@return where the bytes begin, counted from the first byte after the header} */
  public long begin() {
    return begin;
  }

  /** {@return the number of bytes} */
  public long byteSize() {
    return byteSize;
  }

  /** {@return where the bytes end, counted from the first byte after the header} */
  public long end() {
    return begin + byteSize;
  }

  /** {@return element type and shape, such as {@code F32[4, 3]}} */
  public String describe() {
    return type + Arrays.toString(shape);
  }

  @Override
  public String toString() {
    return JsonWriter.abbreviate(name) + " " + describe();
  }
}
