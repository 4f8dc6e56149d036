package dev.slicenorm.tensor;

import dev.slicenorm.loop.LoopNest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A strided view over memory that somebody else owns: element type, {@link Layout}, {@link Memory}.
 *
 * <p>Views share memory. {@code transpose}, {@code slice}, {@code expand} and the others that
 * return a view never copy; {@link #contiguous()}, {@link #copy()} and {@link #to} say that they
 * do. Every access stays inside the memory: the reach of a layout is checked once, when the tensor
 * is made.
 *
 * <p>A tensor is as thread-safe as the array or segment beneath it: reading from many threads is
 * fine, writing needs the caller's own order.
 *
 * <p>What takes an axis, negative counting from the last, or an index throws {@link
 * IndexOutOfBoundsException} if there is none; what takes a shape {@link IllegalArgumentException}
 * if it doesn't fit, and {@link ArithmeticException} if it has 2⁶³ elements or more. Elements of
 * memory that is closed, or belongs to another thread, can't be read: {@link
 * IllegalStateException}, or {@link WrongThreadException} from the memory itself.
 *
 * {@snippet file="dev/slicenorm/snippets/TensorSnippetsTest.java" region="views"}
 */
public final class Tensor {

  private final DType dtype;
  private final Layout layout;
  private final Memory memory;

  /** The array that the memory is, if it is one. */
  private final @Nullable Object array;

  /** The same, if its elements are floats. */
  private final float @Nullable [] floats;

  private Tensor(DType dtype, Layout layout, Memory memory) {
    this.dtype = dtype;
    this.layout = layout;
    this.memory = memory;
    this.floats = memory instanceof Memory.Floats(float[] elements) ? elements : null;
    this.array =
        switch (memory) {
          case Memory.Floats(float[] floats) -> floats;
          case Memory.Doubles(double[] doubles) -> doubles;
          case Memory.Halves(short[] halves) -> halves;
          case Memory.Bytes _ -> null;
        };
  }

  /**
   * {@return an F32 tensor over an array, row-major}
   *
   * @param data the elements, shared
   * @param shape the sizes, whose product is the length
   */
  public static Tensor of(float[] data, long... shape) {
    return whole(new Memory.Floats(data), DType.F32, shape);
  }

  /**
   * {@return an F64 tensor over an array, row-major}
   *
   * @param data the elements, shared
   * @param shape the sizes, whose product is the length
   */
  public static Tensor of(double[] data, long... shape) {
    return whole(new Memory.Doubles(data), DType.F64, shape);
  }

  /**
   * {@return an F16 or BF16 tensor over an array of bits, row-major}
   *
   * @param dtype F16 or BF16
   * @param bits the elements, shared
   * @param shape the sizes, whose product is the length
   */
  public static Tensor of(DType dtype, short[] bits, long... shape) {
    return whole(new Memory.Halves(bits), dtype, shape);
  }

  /**
   * {@return a tensor over a segment, row-major}
   *
   * {@snippet file="dev/slicenorm/snippets/TensorSnippetsTest.java" region="segment"}
   *
   * @param dtype the element type
   * @param segment little-endian elements at any alignment, shared
   * @param shape the sizes, which take exactly the bytes of the segment
   */
  public static Tensor of(DType dtype, MemorySegment segment, long... shape) {
    return whole(new Memory.Bytes(segment), dtype, shape);
  }

  /**
   * {@return a tensor over the rest of a buffer, row-major}
   *
   * @param dtype the element type
   * @param buffer little-endian elements from position to limit, shared
   * @param shape the sizes, which take exactly those bytes
   * @throws IllegalArgumentException if the buffer is big-endian, as Java's buffers start out, or
   *     of another size
   */
  public static Tensor of(DType dtype, ByteBuffer buffer, long... shape) {
    if (buffer.order() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalArgumentException(
          "buffer of "
              + buffer.remaining()
              + " bytes has byte order BIG_ENDIAN: expected LITTLE_ENDIAN; if its elements are, say"
              + " so by order(ByteOrder.LITTLE_ENDIAN)");
    }
    return of(dtype, MemorySegment.ofBuffer(buffer), shape);
  }

  private static Tensor whole(Memory memory, DType dtype, long[] shape) {
    Layout layout = Layout.contiguous(shape);
    long bytes = memory instanceof Memory.Bytes(MemorySegment segment) ? segment.byteSize() : -1;
    long capacity = memory.capacity(dtype);
    if (layout.count() != capacity || (bytes >= 0 && bytes != capacity * dtype.byteSize())) {
      throw new IllegalArgumentException(
          "memory of "
              + (bytes >= 0 ? bytes + " bytes" : capacity + " elements")
              + ": expected "
              + (bytes >= 0
                  ? BigInteger.valueOf(layout.count())
                          .multiply(BigInteger.valueOf(dtype.byteSize()))
                      + " bytes"
                  : layout.count())
              + " for "
              + dtype
              + Arrays.toString(shape));
    }
    return strided(dtype, memory, layout);
  }

  /**
   * {@return a view of any layout}
   *
   * @param dtype the element type
   * @param memory where the elements lie, shared
   * @param layout where in it
   * @throws IllegalArgumentException if the memory doesn't hold that type
   * @throws IndexOutOfBoundsException if the layout reaches outside the memory
   */
  public static Tensor strided(DType dtype, Memory memory, Layout layout) {
    if (!memory.holds(dtype)) {
      throw new IllegalArgumentException(
          "memory of kind %s can't hold elements of type %s: expected %s"
              .formatted(
                  memory.getClass().getSimpleName(),
                  dtype,
                  Arrays.stream(DType.values()).filter(memory::holds).toList()));
    }
    long capacity = memory.capacity(dtype);
    if (layout.count() > 0 && (layout.lowest() < 0 || layout.highest() >= capacity)) {
      throw new IndexOutOfBoundsException(
          "elements from position %d to %d (%s): expected 0 to %d, the memory's %d elements"
              .formatted(layout.lowest(), layout.highest(), layout, capacity - 1, capacity));
    }
    return new Tensor(dtype, layout, memory);
  }

  /**
   * {@return a new tensor of zeros in a Java array, row-major}
   *
   * @param dtype the element type
   * @param shape the sizes
   */
  public static Tensor zeros(DType dtype, long... shape) {
    Layout layout = Layout.contiguous(shape);
    if (layout.count() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "shape "
              + Arrays.toString(shape)
              + " has "
              + layout.count()
              + " elements, more than a Java array holds: allocate a MemorySegment and use of()");
    }
    int count = (int) layout.count();
    Memory memory =
        switch (dtype) {
          case F32 -> new Memory.Floats(new float[count]);
          case F64 -> new Memory.Doubles(new double[count]);
          case F16, BF16 -> new Memory.Halves(new short[count]);
        };
    return new Tensor(dtype, layout, memory);
  }

  /**
   * {@return a tensor over a part of a file, read-only and mapped}
   *
   * {@snippet file="dev/slicenorm/snippets/TensorSnippetsTest.java" region="map"}
   *
   * @param file the file
   * @param offset where the elements begin, in bytes, at any alignment
   * @param arena closes the mapping; the tensor must not be used after that
   * @param dtype the element type
   * @param shape the sizes
   * @throws IOException if the file can't be read or ends before the elements do
   */
  public static Tensor map(Path file, long offset, Arena arena, DType dtype, long... shape)
      throws IOException {
    long count = Layout.contiguous(shape).count();
    // No file holds more elements than a long counts bytes.
    long bytes =
        count > Long.MAX_VALUE / dtype.byteSize() ? Long.MAX_VALUE : count * dtype.byteSize();
    if (Files.isDirectory(file)) {
      throw new IOException(file + " is a folder: expected a file");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (offset < 0) {
        throw new IOException(file + " from offset " + offset + ": expected 0 or more");
      }
      if (offset > channel.size() - bytes) {
        throw new IOException(
            "%s has %d bytes: expected at least %s for %s%s from offset %d"
                .formatted(
                    file,
                    channel.size(),
                    Long.toUnsignedString(offset + bytes),
                    dtype,
                    Arrays.toString(shape),
                    offset));
      }
      return of(dtype, channel.map(FileChannel.MapMode.READ_ONLY, offset, bytes, arena), shape);
    }
  }

  /** {@return the element type} */
  public DType dtype() {
    return dtype;
  }

  /** {@return where the elements lie in the memory} */
  public Layout layout() {
    return layout;
  }

  /**
   * {@return the array that this view shares, if it is an F32 tensor over one, or null}
   *
   * <p>As {@link #memory} tells, without asking what kind it is: for calls of a few elements.
   */
  @SuppressWarnings("exports") // The annotation is for compilers and is not needed to run.
  public float @Nullable [] floats() {
    return floats;
  }

  /** {@return the memory that this view shares} */
  public Memory memory() {
    return memory;
  }

  /** {@return the sizes, a copy} */
  public long[] shape() {
    return layout.shape();
  }

  /** {@return the number of axes} */
  public int rank() {
    return layout.rank();
  }

  /** {@return the number of elements} */
  public long count() {
    return layout.count();
  }

  /**
   * {@return the size of an axis}
   *
   * @param axis an axis, negative counts from the last
   */
  public long size(int axis) {
    return layout.size(axis);
  }

  /** {@return whether the elements lie one after another in row-major order} */
  public boolean isContiguous() {
    return layout.isContiguous();
  }

  /** {@return the view with its axes reversed} */
  public Tensor transpose() {
    return view(layout.transpose());
  }

  /**
   * {@return the view with two axes exchanged}
   *
   * @param first an axis, negative counts from the last
   * @param second an axis, negative counts from the last
   */
  public Tensor transpose(int first, int second) {
    return view(layout.transpose(first, second));
  }

  /**
   * {@return the view with its axes in another order}
   *
   * @param axes for each axis of the result, the axis of this tensor it is
   */
  public Tensor permute(int... axes) {
    return view(layout.permute(axes));
  }

  /**
   * {@return the view at one index of an axis, without that axis}
   *
   * @param axis an axis, negative counts from the last
   * @param index the index, from 0
   */
  public Tensor select(int axis, long index) {
    return view(layout.select(axis, index));
  }

  /**
   * {@return the view of a range of an axis}
   *
   * @param axis an axis, negative counts from the last
   * @param start the first index, from 0
   * @param stop the index to stop before
   */
  public Tensor slice(int axis, long start, long stop) {
    return slice(axis, start, stop, 1);
  }

  /**
   * {@return the view of every {@code step}-th index of an axis}
   *
   * @param axis an axis, negative counts from the last
   * @param start the first index, from 0
   * @param stop the index to stop before; for a negative step at least -1, which goes down to index
   *     0
   * @param step indices from one to the next; negative walks backwards
   */
  public Tensor slice(int axis, long start, long stop, long step) {
    return view(layout.slice(axis, start, stop, step));
  }

  /**
   * {@return the view with some axes walked backwards}
   *
   * @param axes axes, negative counts from the last
   */
  public Tensor flip(int... axes) {
    return view(layout.flip(axes));
  }

  /**
   * {@return the view repeated along new leading axes and axes of size 1, with stride 0; not
   * writable where it repeats}
   *
   * @param shape the sizes of the view
   */
  public Tensor expand(long... shape) {
    return view(layout.expand(shape));
  }

  /**
   * {@return the same elements in row-major order under another shape}
   *
   * @param shape the sizes; one of them may be -1 and is then computed
   * @throws IllegalArgumentException if only a copy could have that shape
   */
  public Tensor reshape(long... shape) {
    return view(layout.reshape(shape));
  }

  /** {@return the view without its axes of size 1} */
  public Tensor squeeze() {
    return view(layout.squeeze());
  }

  /**
   * {@return the view without one axis of size 1}
   *
   * @param axis an axis, negative counts from the last
   */
  public Tensor squeeze(int axis) {
    return view(layout.squeeze(axis));
  }

  /**
   * {@return the view with an axis of size 1 inserted}
   *
   * @param axis where it is in the result; negative counts from the last axis of the result
   */
  public Tensor unsqueeze(int axis) {
    return view(layout.unsqueeze(axis));
  }

  /**
   * {@return a view of the same elements that refuses to be written; on a big-endian machine a copy
   * of those in arrays}
   */
  public Tensor asReadOnly() {
    return ReadOnly.view(this);
  }

  private Tensor view(Layout viewed) {
    return new Tensor(dtype, viewed, memory);
  }

  /**
   * {@return one element, widened exactly}
   *
   * @param index one index for each axis
   */
  public double get(long... index) {
    return memory.get(dtype, layout.position(index));
  }

  /**
   * {@return the only element}
   *
   * @throws IllegalStateException if there are more or fewer
   */
  public double item() {
    if (count() != 1) {
      throw new IllegalStateException(describe() + " has " + count() + " elements, expected one");
    }
    return memory.get(dtype, layout.offset());
  }

  /**
   * Stores one element, rounded once to nearest even.
   *
   * @param value the value
   * @param index one index for each axis
   */
  public void set(double value, long... index) {
    requireWritable();
    memory.set(dtype, layout.position(index), value);
  }

  /**
   * Stores one value in every element.
   *
   * @param value the value, rounded once to nearest even
   */
  public void fill(double value) {
    requireWritable();
    LoopNest nest = LoopNest.of(layout.shape(), layout.strides());
    Transfer.fill(this, nest, value);
  }

  /**
   * Copies the elements of another tensor of the same shape into this one, converting between
   * element types with one rounding. The two may be the same view but must not overlap otherwise.
   *
   * @param source the elements
   */
  public void copyFrom(Tensor source) {
    if (!Arrays.equals(shape(), source.shape())) {
      throw new IllegalArgumentException(
          "cannot copy " + source.describe() + " into " + describe() + ": expected equal shapes");
    }
    requireWritable();
    requireNoPartialOverlap(source);
    Transfer.copy(source, this);
  }

  /** {@return this tensor if it is contiguous, else a row-major copy in a Java array} */
  public Tensor contiguous() {
    return isContiguous() ? this : copy();
  }

  /** {@return a row-major copy in a Java array} */
  public Tensor copy() {
    return to(dtype);
  }

  /**
   * {@return a row-major copy in a Java array, of another element type}
   *
   * @param target the element type; narrowing rounds once, to nearest even
   */
  public Tensor to(DType target) {
    Tensor copy = zeros(target, shape());
    Transfer.copy(this, copy);
    return copy;
  }

  /** {@return the elements in row-major order, each rounded to a float} */
  public float[] toFloatArray() {
    return ((Memory.Floats) to(DType.F32).memory).array();
  }

  /** {@return the elements in row-major order, widened exactly} */
  public double[] toDoubleArray() {
    return ((Memory.Doubles) to(DType.F64).memory).array();
  }

  /**
   * Checks that each element can be written, once.
   *
   * @throws IllegalStateException if the memory is read-only or closed, or if two indices share an
   *     element
   */
  public void requireWritable() {
    if (array == null) {
      requireWritable(bytes(memory));
    }
    if (!layout.isContiguous()) {
      requireDistinctElements();
    }
  }

  private void requireWritable(MemorySegment segment) {
    requireAccessible(segment);
    if (segment.isReadOnly()) {
      throw new IllegalStateException(
          describe() + " lies in read-only memory and can't be written");
    }
  }

  private void requireDistinctElements() {
    if (layout.overlapsItself()) {
      throw new IllegalStateException(
          describe() + " shows an element more than once (" + layout + ") and can't be written");
    }
  }

  /**
   * Checks that the memory is there.
   *
   * @throws IllegalStateException if the arena of the segment is closed, or belongs to another
   *     thread
   */
  public void requireAccessible() {
    if (array == null) {
      requireAccessible(bytes(memory));
    }
  }

  private void requireAccessible(MemorySegment segment) {
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException(
          describe() + " lies in memory that was freed: its arena is closed");
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new IllegalStateException(
          describe()
              + " lies in memory that belongs to another thread: use a shared or automatic"
              + " arena");
    }
  }

  /**
   * Checks that this tensor, which is to be written, may be written while another is read: either
   * they share no element, or they are exactly the same view.
   *
   * @param source the tensor that is read
   * @throws IllegalArgumentException if they overlap in part
   */
  public void requireNoPartialOverlap(Tensor source) {
    // Working in place is common; the address of an array, which the rest asks for, is slow to get.
    boolean same = memory.equals(source.memory) && layout.equals(source.layout);
    if (!(same && dtype == source.dtype) && overlaps(source) && !isSameView(source)) {
      throw new IllegalArgumentException(
          describe()
              + " ("
              + layout
              + ") overlaps the input "
              + source.describe()
              + " ("
              + source.layout
              + ") in part, "
              + Math.abs(address() - source.address())
              + " bytes apart: expected the same view or separate memory");
    }
  }

  /** {@return where the offset lies, comparable where memory overlaps} */
  private long address() {
    return bytes(memory).address() + layout.offset() * dtype.byteSize();
  }

  /**
   * {@return whether the two share a byte of memory}
   *
   * @param other another tensor
   */
  @SuppressWarnings("ReferenceEquality") // Arrays have no other.
  public boolean overlaps(Tensor other) {
    // Short enough to be inlined, as the checks above are: calls of short tensors feel it.
    return (array == null || other.array == null || array == other.array) && overlapsWithin(other);
  }

  private boolean overlapsWithin(Tensor other) {
    MemorySegment mine = bytes(memory);
    MemorySegment theirs = bytes(other.memory);
    if (mine.asOverlappingSlice(theirs).isEmpty()) {
      return false;
    }
    return Overlap.between(
        layout,
        dtype.byteSize(),
        mine.address(),
        other.layout,
        other.dtype.byteSize(),
        theirs.address());
  }

  private boolean isSameView(Tensor other) {
    return dtype == other.dtype
        && layout.goesTheSameWayAs(other.layout)
        && address() == other.address();
  }

  private static MemorySegment bytes(Memory memory) {
    return switch (memory) {
      case Memory.Floats(float[] array) -> MemorySegment.ofArray(array);
      case Memory.Doubles(double[] array) -> MemorySegment.ofArray(array);
      case Memory.Halves(short[] array) -> MemorySegment.ofArray(array);
      case Memory.Bytes(MemorySegment segment) -> segment;
    };
  }

  /** {@return element type and shape, such as {@code F32[4, 3]}} */
  public String describe() {
    return dtype + Arrays.toString(layout.shape());
  }

  /** {@return element type, shape and the elements, of which long axes show the first and last} */
  @Override
  public String toString() {
    return TensorText.of(this);
  }
}
