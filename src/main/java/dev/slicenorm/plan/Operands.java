package dev.slicenorm.plan;

import static dev.slicenorm.kernel.ReductionOrder.BLOCK;

import dev.slicenorm.kernel.Sums;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Memory;
import dev.slicenorm.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tensors that a walk goes over, and where in each the present chunk lies. Gives out rows of
 * them: the operand's own array where the kernels can work on it in place, else a packed copy.
 *
 * <p>A row starts at {@link #at} of the operand it was asked of.
 *
 * @param <A> the kind of row
 */
final class Operands<A> {

  private static final int MOST = 6;

  /** Operands of the full shape, at most. */
  static final int FULL = 3;

  /** Runs of elements that are loaded together where they lie interleaved: a line of F32. */
  private static final int PANEL = 16;

  /** Longer runs would make panels of more than 1 MB of floats. */
  private static final int LONGEST_RUN = 1 << 14;

  private static final long NO_RUN = -1;

  private final Precision<A> precision;
  private final @Nullable Memory[] memories = new Memory[MOST];
  private final DType[] dtypes = new DType[MOST];
  private final long[] offsets = new long[MOST];
  private final long[] base = new long[MOST];
  private final List<A> rooms = new ArrayList<>();
  private final List<A> panels = new ArrayList<>();
  private final long[] panelRun = new long[FULL];
  private int panelSlice;
  private @Nullable SlicePlan plan;
  private int operands;
  private int count;

  /** For each full operand, where in the row that was last asked for its elements start. */
  final int[] at = new int[FULL];

  Operands(Precision<A> precision) {
    this.precision = precision;
    for (int operand = 0; operand < FULL; operand++) {
      rooms.add(precision.allocate(0));
      panels.add(precision.allocate(0));
    }
    Arrays.fill(dtypes, DType.F32);
  }

  @SuppressWarnings("ReferenceEquality") // Storing the very same once more is to be avoided.
  void start(SlicePlan newPlan) {
    if (plan != newPlan) {
      plan = newPlan;
    }
    operands = 0;
  }

  /**
   * Adds an operand.
   *
   * <p>A walk is old, and a tensor is young: every reference that is stored here costs G1 a memory
   * barrier, some 8 ns. So there is one for each operand, and none that is known already.
   */
  void add(Tensor tensor) {
    memories[operands] = tensor.memory();
    if (dtypes[operands] != tensor.dtype()) {
      dtypes[operands] = tensor.dtype();
    }
    offsets[operands] = tensor.layout().offset();
    operands++;
  }

  /** Takes up the plan, the operands and the chunk of another walk. */
  void follow(Operands<A> others) {
    start(others.plan());
    for (; operands < others.operands; operands++) {
      memories[operands] = others.memories[operands];
      dtypes[operands] = others.dtypes[operands];
      offsets[operands] = others.offsets[operands];
      base[operands] = others.base[operands];
    }
    count = others.count;
    Arrays.fill(panelRun, NO_RUN);
  }

  /** {@return whether all memory may be accessed by a thread} */
  boolean areAccessibleBy(Thread thread) {
    for (int operand = 0; operand < operands; operand++) {
      if (memory(operand) instanceof Memory.Bytes(MemorySegment segment)
          && !segment.isAccessibleBy(thread)) {
        return false;
      }
    }
    return true;
  }

  /** Lets go of the memory. The plan may stay: it knows layouts only. */
  void release() {
    Arrays.fill(memories, 0, operands, null);
  }

  private Memory memory(int operand) {
    return Objects.requireNonNull(memories[operand], "operand");
  }

  SlicePlan plan() {
    if (plan == null) {
      throw new IllegalStateException("no plan was taken up");
    }
    return plan;
  }

  void moveTo(long run, long first, int slices) {
    Arrays.fill(panelRun, NO_RUN);
    SlicePlan current = plan();
    for (int operand = 0; operand < operands; operand++) {
      base[operand] =
          offsets[operand] + current.runStart(operand, run) + first * current.runStride(operand);
    }
    count = slices;
  }

  /** Goes to the same slices of the next run, where {@link SlicePlan#hasEvenRuns}. */
  void moveToNextRun() {
    for (int operand = 0; operand < operands; operand++) {
      base[operand] += plan().outerStep(operand);
    }
  }

  /** {@return how many there are} */
  int size() {
    return operands;
  }

  /** {@return whether elements of an operand lie in an array of their type, at whatever steps} */
  boolean isInArray(int operand) {
    return !(memory(operand) instanceof Memory.Bytes);
  }

  /** {@return the element type of an operand} */
  DType dtype(int operand) {
    return dtypes[operand];
  }

  /** {@return how operand 0 is read: one of the sources of {@link WarmUps}} */
  int source() {
    if (inPlace(0) != null) {
      return isReplaced() ? WarmUps.REPLACED : WarmUps.IN_PLACE;
    }
    if (!(memory(0) instanceof Memory.Halves)) {
      return WarmUps.PACKED;
    }
    return dtypes[0] == DType.F16 ? WarmUps.FLOAT16 : WarmUps.BFLOAT16;
  }

  /** {@return whether the first two full operands lie in one array} */
  boolean isReplaced() {
    return plan().fullOperands() > 1 && isSameArray(0, 1);
  }

  /** {@return the number of slices of the chunk} */
  int count() {
    return count;
  }

  /** {@return the array of an operand, if the kernels can work on it in place} */
  @Nullable A inPlace(int operand) {
    return plan().hasUnitStep(operand) ? precision.inPlace(memory(operand)) : null;
  }

  /**
   * {@return the array of an operand with one element per slice, if those are neighbours in one}
   */
  @Nullable A inPlacePerSlice(int operand) {
    return plan().runStride(operand) == 1 ? precision.inPlace(memory(operand)) : null;
  }

  /** {@return whether two operands lie in one array} */
  boolean isSameArray(int first, int second) {
    return memory(first).equals(memory(second));
  }

  /** {@return where the first slice of the chunk starts} */
  int base(int operand) {
    return (int) base[operand];
  }

  /** {@return where a slice starts, in an array} */
  int start(int operand, int slice) {
    return (int) position(operand, slice);
  }

  private long position(int operand, int slice) {
    return base[operand] + slice * plan().runStride(operand);
  }

  double read(int operand, int slice) {
    return memory(operand).get(dtypes[operand], position(operand, slice));
  }

  void write(int operand, int slice, double value) {
    memory(operand).set(dtypes[operand], position(operand, slice), value);
  }

  /** Stores one value for each slice of the chunk. */
  void write(int operand, double[] values) {
    if (plan().runStride(operand) == 1 && memory(operand) instanceof Memory.Floats(float[] out)) {
      int first = (int) base[operand];
      for (int slice = 0; slice < count; slice++) {
        out[first + slice] = (float) values[slice];
      }
      return;
    }
    for (int slice = 0; slice < count; slice++) {
      write(operand, slice, values[slice]);
    }
  }

  /** {@return part of a slice, its elements multiplied by a power of two} */
  A row(int operand, int slice, long from, int size, double powerOfTwo) {
    A array = inPlace(operand);
    if (array != null && plan().isRows() && powerOfTwo == 1) {
      at[operand] = (int) (position(operand, slice) + from);
      return array;
    }
    A room = pack(operand, slice, from, size);
    if (powerOfTwo != 1) {
      precision.rescale(room, 0, size, powerOfTwo);
    }
    return room;
  }

  /**
   * Sums the squares of part of a slice of operand 0 where they lie, as {@link
   * Precision#squareInPlace} does.
   *
   * @return whether there is a way that beats asking for a row
   */
  boolean squareInPlace(int slice, long from, int size, Sums sums, int out) {
    SlicePlan current = plan();
    if (!current.isRows() || !current.hasEvenStep()) {
      return false;
    }
    long step = current.innerStep(0);
    return precision.squareInPlace(
        memory(0), dtypes[0], position(0, slice) + from * step, step, size, sums, out);
  }

  /** {@return part of a slice, to be written to and then given to {@link #store}} */
  A target(int operand, int slice, long from, int size) {
    A array = inPlace(operand);
    if (array == null) {
      at[operand] = 0;
      return room(operand, size);
    }
    at[operand] = (int) (position(operand, slice) + from);
    return array;
  }

  private A room(int operand, int size) {
    A room = rooms.get(operand);
    if (precision.size(room) < size) {
      room = precision.allocate(Math.max(size, BLOCK));
      rooms.set(operand, room);
    }
    return room;
  }

  /** {@return a copy of part of a slice, in the order of summation} */
  A pack(int operand, int slice, long from, int size) {
    A room = room(operand, size);
    at[operand] = 0;
    SlicePlan current = plan();
    if (slice != panelSlice) {
      panelSlice = slice;
      Arrays.fill(panelRun, NO_RUN);
    }
    long start = position(operand, slice);
    long inner = current.innerSize();
    long step = current.innerStep(operand);
    boolean interleaved = inner <= LONGEST_RUN && current.isInterleaved(operand);
    if (from == 0) {
      // Another pass: what was loaded may have been written since.
      panelRun[operand] = NO_RUN;
    }
    int done = 0;
    while (done < size) {
      long element = from + done;
      int take = (int) Math.min(size - done, inner - element % inner);
      if (interleaved) {
        loadFromPanel(operand, start, element, room, done, take);
      } else {
        long position = start + current.elementStart(operand, element);
        precision.load(memory(operand), dtypes[operand], position, step, room, done, take);
      }
      done += take;
    }
    return room;
  }

  /**
   * Loads part of one run of elements that lie far apart. Where those of the following runs lie
   * between, a few runs are loaded together, a line of memory at a time: the norm of a transposed
   * matrix of 16M floats takes 119 ms element by element.
   */
  private void loadFromPanel(int operand, long start, long element, A room, int to, int count) {
    SlicePlan current = plan();
    long inner = current.innerSize();
    long run = element / inner;
    long next = run % current.nextSize();
    long first = run - next % PANEL;
    int runs = (int) Math.min(PANEL, current.nextSize() - (next - next % PANEL));
    A panel = panels.get(operand);
    if (panelRun[operand] != first) {
      if (precision.size(panel) < PANEL * inner) {
        panel = precision.allocate((int) (PANEL * inner));
        panels.set(operand, panel);
      }
      long position = start + current.elementStart(operand, first * inner);
      for (int i = 0; i < inner; i++, position += current.innerStep(operand)) {
        precision.load(
            memory(operand),
            dtypes[operand],
            position,
            current.nextStep(operand),
            panel,
            i * PANEL,
            runs);
      }
      panelRun[operand] = first;
    }
    int at = (int) (element % inner) * PANEL + (int) (run - first);
    precision.kernel().pack(panel, at, PANEL, room, to, count);
  }

  /** Writes a target that is not the operand's own array back to its memory. */
  void store(int operand, int slice, long from, int size, A row) {
    if (inPlace(operand) == null) {
      put(operand, slice, from, size, row);
    }
  }

  /** {@return a copy of a slice, in the order of summation} */
  A copy(int operand, int slice) {
    long length = plan().length();
    A elements = precision.allocate(Math.toIntExact(length));
    for (long from = 0; from < length; from += BLOCK) {
      int size = (int) Math.min(BLOCK, length - from);
      System.arraycopy(pack(operand, slice, from, size), 0, elements, (int) from, size);
    }
    return elements;
  }

  /** Writes all elements of a slice, in the order of summation. */
  void replace(int operand, int slice, A elements) {
    put(operand, slice, 0, precision.size(elements), elements);
  }

  /** Writes zeros to a slice. */
  void clear(int operand, int slice) {
    long length = plan().length();
    A zeros = precision.allocate((int) Math.min(BLOCK, length));
    for (long from = 0; from < length; from += BLOCK) {
      put(operand, slice, from, (int) Math.min(BLOCK, length - from), zeros);
    }
  }

  private void put(int operand, int slice, long from, int size, A row) {
    SlicePlan current = plan();
    long start = position(operand, slice);
    long inner = current.innerSize();
    long step = current.innerStep(operand);
    int done = 0;
    while (done < size) {
      long element = from + done;
      int take = (int) Math.min(size - done, inner - element % inner);
      long position = start + current.elementStart(operand, element);
      precision.store(row, done, memory(operand), dtypes[operand], position, step, take);
      done += take;
    }
  }

  /** {@return one element of each slice of the chunk} */
  A across(int operand, long element) {
    A array = inPlace(operand);
    if (array == null) {
      return tile(operand, element, 0, 1);
    }
    at[operand] = (int) (base[operand] + plan().elementStart(operand, element));
    return array;
  }

  /**
   * {@return one element of each slice, to be written to and then given to {@link #storeAcross}}
   */
  A targetAcross(int operand, long element) {
    A array = inPlace(operand);
    if (array == null) {
      at[operand] = 0;
      return room(operand, count);
    }
    at[operand] = (int) (base[operand] + plan().elementStart(operand, element));
    return array;
  }

  /** Writes a target that is not the operand's own array back to its memory. */
  void storeAcross(int operand, long element, A row) {
    if (inPlace(operand) != null) {
      return;
    }
    long position = base[operand] + plan().elementStart(operand, element);
    precision.store(
        row, 0, memory(operand), dtypes[operand], position, plan().runStride(operand), count);
  }

  /** {@return a copy of some elements of each slice: {@code first}, {@code first + step}, …} */
  A tile(int operand, long first, int step, int rows) {
    A room = room(operand, rows * count);
    at[operand] = 0;
    SlicePlan current = plan();
    for (int row = 0; row < rows; row++) {
      long position = base[operand] + current.elementStart(operand, first + (long) row * step);
      precision.load(
          memory(operand),
          dtypes[operand],
          position,
          current.runStride(operand),
          room,
          row * count,
          count);
    }
    return room;
  }
}
