package dev.slicenorm.jmh;

import static dev.slicenorm.jmh.Operation.BACKWARD;
import static dev.slicenorm.jmh.Operation.FORWARD;
import static dev.slicenorm.jmh.Operation.NORM;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The work that is measured, described once for benchmarks, tables and charts.
 *
 * <p>512×512×7 has a last axis shorter than a vector; 64×3×7×7 is the first convolution of many
 * image models, 9408 elements in all; 8×4096×128 is one attention layer's keys.
 */
public enum WorkItem {
  NORM_1K(NORM, Axes.whole(), 1 << 10),
  NORM_4K(NORM, Axes.whole(), 1 << 12),
  NORM_64K(NORM, Axes.whole(), 1 << 16),
  NORM_1M(NORM, Axes.whole(), 1 << 20),
  NORM_16M(NORM, Axes.whole(), 1 << 24),
  NORM_1024_LAST(NORM, Axes.along(-1), 1024, 1024),
  NORM_1024_FIRST(NORM, Axes.along(0), 1024, 1024),
  NORM_4096_LAST(NORM, Axes.along(-1), 4096, 4096),
  NORM_4096_FIRST(NORM, Axes.along(0), 4096, 4096),
  NORM_512X512X7_LAST(NORM, Axes.along(-1), 512, 512, 7),
  NORM_512X512X7_FIRST(NORM, Axes.along(0), 512, 512, 7),
  NORM_512X512X7_MIDDLE(NORM, Axes.along(1), 512, 512, 7),
  NORM_64X3X7X7_LAST(NORM, Axes.along(-1), 64, 3, 7, 7),
  NORM_64X3X7X7_FIRST(NORM, Axes.along(0), 64, 3, 7, 7),
  NORM_64X3X7X7_KEPT_0(NORM, Axes.except(0), 64, 3, 7, 7),
  NORM_8X4096X128_LAST(NORM, Axes.along(-1), 8, 4096, 128),
  NORM_8X4096X128_FIRST(NORM, Axes.along(0), 8, 4096, 128),
  NORM_8X4096X128_MIDDLE(NORM, Axes.along(1), 8, 4096, 128),
  NORM_8X4096X128_KEPT_0(NORM, Axes.except(0), 8, 4096, 128),
  FORWARD_1024_KEPT_FIRST(FORWARD, Axes.except(0), 1024, 1024),
  FORWARD_4096_KEPT_FIRST(FORWARD, Axes.except(0), 4096, 4096),
  FORWARD_1024_KEPT_LAST(FORWARD, Axes.except(-1), 1024, 1024),
  FORWARD_4096_KEPT_LAST(FORWARD, Axes.except(-1), 4096, 4096),
  BACKWARD_1024_KEPT_FIRST(BACKWARD, Axes.except(0), 1024, 1024),
  BACKWARD_4096_KEPT_FIRST(BACKWARD, Axes.except(0), 4096, 4096),
  BACKWARD_1024_KEPT_LAST(BACKWARD, Axes.except(-1), 1024, 1024),
  BACKWARD_4096_KEPT_LAST(BACKWARD, Axes.except(-1), 4096, 4096),
  TRANSPOSED_1024(DType.F32, View.TRANSPOSED, Axes.along(-1), 1024, 1024),
  TRANSPOSED_4096(DType.F32, View.TRANSPOSED, Axes.along(-1), 4096, 4096),
  STEP_2_64K(DType.F32, View.STEP_2, Axes.whole(), 1 << 16),
  STEP_3_64K(DType.F32, View.STEP_3, Axes.whole(), 1 << 16),
  BF16_4096_LAST(DType.BF16, View.PLAIN, Axes.along(-1), 4096, 4096),
  F16_4096_LAST(DType.F16, View.PLAIN, Axes.along(-1), 4096, 4096);

  /** How the elements lie in memory. */
  public enum View {
    /** Row-major. */
    PLAIN(1),
    /** A row-major matrix seen with its two axes exchanged. */
    TRANSPOSED(1),
    /** Every second element of a row. */
    STEP_2(2),
    /** Every third element of a row. */
    STEP_3(3);

    private final int step;

    View(int step) {
      this.step = step;
    }

    /** {@return elements of memory from one element of the view to the next along a row} */
    public int step() {
      return step;
    }
  }

  private final Operation operation;
  private final DType dtype;
  private final View view;
  private final Axes axes;
  private final long[] shape;

  WorkItem(Operation operation, Axes axes, long... shape) {
    this(operation, DType.F32, View.PLAIN, axes, shape);
  }

  WorkItem(DType dtype, View view, Axes axes, long... shape) {
    this(NORM, dtype, view, axes, shape);
  }

  WorkItem(Operation operation, DType dtype, View view, Axes axes, long[] shape) {
    this.operation = operation;
    this.dtype = dtype;
    this.view = view;
    this.axes = axes;
    this.shape = shape;
  }

  /** {@return what is computed} */
  public Operation operation() {
    return operation;
  }

  /** {@return the element type of inputs and results} */
  public DType dtype() {
    return dtype;
  }

  /** {@return how the input lies in memory} */
  public View view() {
    return view;
  }

  /** {@return the axes that are reduced} */
  public Axes axes() {
    return axes;
  }

  /** {@return the shape as the library sees it} */
  public long[] shape() {
    return shape.clone();
  }

  /** {@return the axes that are reduced, 0-based and in order} */
  public int[] reducedAxes() {
    boolean[] reduced = axes.reduced(shape.length);
    return IntStream.range(0, shape.length).filter(i -> reduced[i]).toArray();
  }

  /** {@return the only axis that is kept} */
  public int keptAxis() {
    boolean[] reduced = axes.reduced(shape.length);
    for (int axis = 0; axis < reduced.length; axis++) {
      if (!reduced[axis]) {
        return axis;
      }
    }
    throw new IllegalStateException(this + " keeps no axis");
  }

  /** {@return elements of the view} */
  public long elements() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  /** {@return elements of the memory beneath one input} */
  public int memoryElements() {
    return Math.toIntExact(elements() * view.step());
  }

  /** {@return slices, and so norms} */
  public long slices() {
    return Arrays.stream(axes.keptShape(shape)).reduce(1, Math::multiplyExact);
  }

  /** {@return whether each slice is one run of memory} */
  public boolean slicesAreRuns() {
    boolean[] reduced = axes.reduced(shape.length);
    boolean runs = view == View.PLAIN;
    for (int axis = 1; axis < reduced.length; axis++) {
      runs &= reduced[axis] || !reduced[axis - 1];
    }
    return runs;
  }

  /** {@return bytes that must cross between memory and processor at least once for each call} */
  public long bytes() {
    return (long) memoryElements() * dtype.byteSize() * operation.passes();
  }

  /** {@return the words for tables and charts} */
  public String label() {
    String sizes = LongStream.of(shape).mapToObj(WorkItem::size).collect(Collectors.joining("×"));
    String what =
        switch (operation) {
          case NORM -> "norm ";
          case FORWARD -> "forward ";
          case BACKWARD -> "backward ";
        };
    String type = dtype == DType.F32 ? "" : " " + dtype;
    String how =
        view == View.PLAIN ? "" : " " + view.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    return what + sizes + type + how + (shape.length == 1 ? "" : ", " + axes);
  }

  private static String size(long size) {
    return size >= 1 << 20
        ? (size >> 20) + "M"
        : size > 4096 ? (size >> 10) + "K" : Long.toString(size);
  }
}
