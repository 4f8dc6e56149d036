package dev.slicenorm.testing;

import dev.slicenorm.kernel.Rounding;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Memory;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/** Tensors of any shape, strides, element type, memory and range of values, all from one seed. */
public final class RandomTensors {

  /** Where the elements lie. */
  public enum Place {
    /** A Java array of the element type. */
    ARRAY,
    /** A byte array, at an odd position. */
    HEAP_SEGMENT,
    /** Off-heap memory, at an odd position. */
    NATIVE,
    /** A mapped file, at an odd position. */
    MAPPED
  }

  /** Which values occur. */
  public enum Values {
    /** Around 1, both signs. */
    ORDINARY,
    /** Any exponent of the element type. */
    WIDE,
    /** Below the normal range. */
    SUBNORMAL,
    /** Squares overflow the element type. */
    HUGE,
    /** Squares vanish in the element type. */
    TINY,
    /** Ordinary, but mostly zeros of both signs. */
    SPARSE,
    /** Zeros only. */
    ZERO,
    /** Any of the others, with a NaN or an infinity here and there. */
    SPECIAL
  }

  private static final MemorySegment MAPPED = map(1 << 22);

  private final SplittableRandom random;

  /** Starts from a seed. */
  public RandomTensors(long seed) {
    random = new SplittableRandom(seed);
  }

  /** {@return the generator, for further choices} */
  public SplittableRandom random() {
    return random;
  }

  /** {@return one of some choices} */
  @SafeVarargs
  public final <T> T any(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /**
   * {@return a shape of rank 0 to 5, seldom with a size 0}
   *
   * @param most about the greatest number of elements
   */
  public long[] shape(int most) {
    long[] shape = new long[random.nextInt(6)];
    long room = most;
    for (int axis = 0; axis < shape.length; axis++) {
      long limit = Math.min(room, random.nextInt(4) == 0 ? most : 9);
      shape[axis] = random.nextInt(60) == 0 ? 0 : 1 + random.nextLong(Math.max(limit, 1));
      room /= Math.max(shape[axis], 1);
    }
    for (int i = shape.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      long swapped = shape[i];
      shape[i] = shape[j];
      shape[j] = swapped;
    }
    return shape;
  }

  /**
   * {@return a layout: contiguous, or axes in any order, with gaps, reversed, or repeated by stride
   * 0}
   *
   * @param shape the sizes
   * @param writable whether each index must have an element of its own
   */
  public Layout layout(long[] shape, boolean writable) {
    if (random.nextInt(3) == 0) {
      return Layout.contiguous(shape);
    }
    boolean gaps = random.nextBoolean();
    boolean reversed = random.nextBoolean();
    boolean repeated = !writable && random.nextInt(4) == 0;
    boolean reordered = random.nextBoolean();
    int[] order = new int[shape.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = order.length - 1 - i;
    }
    for (int i = order.length - 1; reordered && i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    long[] strides = new long[shape.length];
    long next = gaps ? 1 + random.nextInt(3) : 1;
    long lowest = 0;
    for (int axis : order) {
      if (repeated && random.nextInt(3) == 0) {
        continue;
      }
      long stride = next + (gaps && random.nextInt(3) == 0 ? random.nextInt(5) : 0);
      boolean backwards = reversed && random.nextBoolean();
      strides[axis] = backwards ? -stride : stride;
      lowest -= backwards ? stride * Math.max(shape[axis] - 1, 0) : 0;
      next = stride * Math.max(shape[axis], 1);
    }
    return Layout.strided(shape, strides, -lowest + random.nextInt(4));
  }

  /** {@return a tensor of a random layout, place and range of values} */
  public Tensor tensor(DType dtype, long[] shape, Values values) {
    return tensor(dtype, layout(shape, false), any(Place.values()), values);
  }

  /** {@return a tensor} */
  public Tensor tensor(DType dtype, Layout layout, Place place, Values values) {
    Tensor tensor = blank(dtype, layout, place);
    Memory memory = tensor.memory();
    double special = values == Values.SPECIAL ? 2.0 / Math.max(layout.count(), 2) : 0;
    Values range = values == Values.SPECIAL ? any(Values.ORDINARY, Values.WIDE) : values;
    // Through the memory, since a repeated element can't be set through the tensor.
    Indices.forEach(
        layout.shape(),
        index -> {
          double value = value(dtype, range);
          if (random.nextDouble() < special) {
            value = any(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.0);
          }
          memory.set(dtype, layout.position(index), value);
        });
    return tensor;
  }

  /**
   * {@return a tensor whose memory holds NaN everywhere, also between its elements: reading or
   * writing beside them shows}
   */
  public Tensor blank(DType dtype, Layout layout, Place place) {
    long capacity = Math.max(layout.highest() + 1, 0) + random.nextInt(3);
    Memory memory = memory(dtype, Math.toIntExact(capacity), place);
    for (long i = 0; i < capacity; i++) {
      memory.set(dtype, i, Double.NaN);
    }
    return Tensor.strided(dtype, memory, layout);
  }

  private Memory memory(DType dtype, int count, Place place) {
    long bytes = (long) count * dtype.byteSize();
    return switch (place) {
      case ARRAY ->
          switch (dtype) {
            case F32 -> new Memory.Floats(new float[count]);
            case F64 -> new Memory.Doubles(new double[count]);
            case F16, BF16 -> new Memory.Halves(new short[count]);
          };
      case HEAP_SEGMENT ->
          new Memory.Bytes(MemorySegment.ofArray(new byte[(int) bytes + 3]).asSlice(3, bytes));
      case NATIVE -> new Memory.Bytes(Arena.ofAuto().allocate(bytes + 3).asSlice(3, bytes));
      case MAPPED -> {
        // Tensors that are alive together may share the file but must not share bytes.
        if (mappedFrom + bytes + 3 > MAPPED.byteSize()) {
          mappedFrom = 0;
        }
        mappedFrom += 1 + 2 * random.nextInt(2);
        MemorySegment slice = MAPPED.asSlice(mappedFrom, bytes);
        mappedFrom += bytes;
        yield new Memory.Bytes(slice);
      }
    };
  }

  private long mappedFrom;

  /** {@return a value of a range, rounded to the element type} */
  public double value(DType dtype, Values values) {
    double sign = random.nextBoolean() ? 1 : -1;
    double mantissa = sign * (1 + random.nextDouble());
    int least = leastExponent(dtype);
    int most = mostExponent(dtype);
    double value =
        switch (values) {
          case ORDINARY -> random.nextDouble(-2, 2);
          case WIDE -> Math.scalb(mantissa, random.nextInt(least - fractionBits(dtype), most));
          case SUBNORMAL ->
              Math.scalb(mantissa, random.nextInt(least - fractionBits(dtype), least));
          case HUGE -> Math.scalb(mantissa, random.nextInt(most / 2 + 1, most));
          case TINY -> Math.scalb(mantissa, random.nextInt(least, least / 2));
          case SPARSE -> random.nextInt(4) == 0 ? random.nextDouble(-2, 2) : sign * 0.0;
          case ZERO -> sign * 0.0;
          case SPECIAL -> Double.NaN;
        };
    return rounded(dtype, value);
  }

  private static double rounded(DType dtype, double value) {
    return switch (dtype) {
      case F64 -> value;
      case F32 -> (float) value;
      case F16 -> Float.float16ToFloat(Rounding.toFloat16(value));
      case BF16 -> Rounding.fromBfloat16(Rounding.toBfloat16(value));
    };
  }

  private static int leastExponent(DType dtype) {
    return switch (dtype) {
      case F16 -> -14;
      case BF16, F32 -> -126;
      case F64 -> -1022;
    };
  }

  private static int mostExponent(DType dtype) {
    return switch (dtype) {
      case F16 -> 15;
      case BF16, F32 -> 127;
      case F64 -> 1023;
    };
  }

  private static int fractionBits(DType dtype) {
    return switch (dtype) {
      case F16 -> 10;
      case BF16 -> 7;
      case F32 -> 23;
      case F64 -> 52;
    };
  }

  private static MemorySegment map(long size) {
    try {
      Path file = Files.createTempFile("slicenorm", ".bin");
      try (FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE)) {
        return channel.map(FileChannel.MapMode.READ_WRITE, 0, size, Arena.global());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
