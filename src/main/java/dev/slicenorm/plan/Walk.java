package dev.slicenorm.plan;

import static dev.slicenorm.kernel.ReductionOrder.BLOCK;
import static dev.slicenorm.kernel.ReductionOrder.LANES;

import dev.slicenorm.kernel.ReductionOrder;
import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Memory;
import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thread's way over the slices of a plan, a chunk of neighbouring slices at a time, with all
 * the working memory it needs. Operands 0, 1, … are the full tensors in the order given to the
 * plan, followed by those with one element per slice.
 *
 * @param <A> the kind of row that is computed with
 */
public final class Walk<A> {

  /** Slices per chunk, at most. */
  private static final int SLICES = 1024;

  /** Elements per chunk that share a cache, where rows are short enough. */
  private static final int CHUNK_ELEMENTS = 1 << 15;

  private static final int OPERANDS = 6;

  private static final int FULL_OPERANDS = 3;

  /** Rows of columns that are packed together. */
  private static final int TILE_ROWS = 8;

  private static final Memory NOTHING = new Memory.Floats(new float[0]);

  private final Precision<A> precision;
  private final SliceKernel<A> kernel;
  private final Memory[] memories = new Memory[OPERANDS];
  private final DType[] dtypes = new DType[OPERANDS];
  private final long[] offsets = new long[OPERANDS];
  private final long[] base = new long[OPERANDS];
  private final List<@Nullable A> inPlace = new ArrayList<>();
  private final List<A> rooms = new ArrayList<>();
  private final int[][] starts = new int[FULL_OPERANDS][BLOCK];

  /** For each full operand, where in the row that was last asked for its elements start. */
  private final int[] at = new int[FULL_OPERANDS];

  private final int[] tileStarts = new int[TILE_ROWS];
  private final Tree blocks = new Tree();
  private Sums lanes = new Sums(0);
  private @Nullable SlicePlan current;
  private int count;
  private int operands;

  /** The sums of the chunk's slices. */
  public final Sums sums = new Sums(SLICES);

  /** Sums of products of the chunk's slices. */
  public final Sums dots = new Sums(SLICES);

  /** For each slice of the chunk, the power of two that its elements were multiplied by. */
  public final double[] pre = new double[SLICES];

  /** For each slice of the chunk, a factor. */
  public final double[] factor = new double[SLICES];

  /** For each slice of the chunk, another factor. */
  public final double[] second = new double[SLICES];

  Walk(Precision<A> precision) {
    this.precision = precision;
    this.kernel = precision.kernel();
    for (int operand = 0; operand < FULL_OPERANDS; operand++) {
      rooms.add(precision.allocate(0));
      inPlace.add(null);
    }
    release();
  }

  /** Takes up a plan. */
  void start(SlicePlan plan) {
    current = plan;
    operands = 0;
  }

  /** Adds the next operand. */
  void add(Tensor tensor) {
    memories[operands] = tensor.memory();
    dtypes[operands] = tensor.dtype();
    offsets[operands] = tensor.layout().offset();
    if (operands < FULL_OPERANDS) {
      inPlace.set(
          operands, plan().hasUnitStep(operands) ? precision.inPlace(tensor.memory()) : null);
    }
    operands++;
  }

  /** Lets go of the caller's memory. */
  void release() {
    Arrays.fill(memories, NOTHING);
    Arrays.fill(dtypes, DType.F32);
    for (int operand = 0; operand < FULL_OPERANDS; operand++) {
      inPlace.set(operand, null);
    }
    current = null;
  }

  private SlicePlan plan() {
    if (current == null) {
      throw new IllegalStateException("no plan was taken up");
    }
    return current;
  }

  /** {@return how many slices a chunk of a plan has, at most} */
  static int chunkSize(SlicePlan plan) {
    long most = SLICES;
    if (plan.orientation() == SlicePlan.Orientation.ROWS) {
      most = Math.clamp(CHUNK_ELEMENTS / Math.max(plan.length(), 1), 1, SLICES);
    }
    return (int) Math.min(most, plan.runSize());
  }

  /** Goes to a chunk: {@code count} slices from {@code first} along the run. */
  void moveTo(long run, long first, int slices) {
    SlicePlan plan = plan();
    for (int operand = 0; operand < operands; operand++) {
      base[operand] =
          offsets[operand] + plan.runStart(operand, run) + first * plan.runStride(operand);
    }
    count = slices;
    Arrays.fill(pre, 0, slices, 1);
  }

  /** {@return the number of slices of this chunk} */
  public int count() {
    return count;
  }

  /**
   * {@return an element of an operand with one element per slice}
   *
   * @param operand the operand
   * @param slice a slice of the chunk
   */
  public double read(int operand, int slice) {
    return memories[operand].get(dtypes[operand], position(operand, slice));
  }

  /** Stores an element of an operand with one element per slice. */
  public void write(int operand, int slice, double value) {
    memories[operand].set(dtypes[operand], position(operand, slice), value);
  }

  private long position(int operand, int slice) {
    return base[operand] + slice * plan().runStride(operand);
  }

  private boolean isColumns() {
    return plan().orientation() == SlicePlan.Orientation.COLUMNS;
  }

  /** Reduces the slices of operand 0 into {@link #sums}. */
  public void reduce(Term term) {
    SlicePlan plan = plan();
    long length = plan.length();
    if (isColumns()) {
      reduceColumns(term, -1, sums);
      return;
    }
    A array = inPlace.get(0);
    long reach = Math.abs(plan.runStride(0)) * count;
    if (array != null && length <= BLOCK && reach <= Integer.MAX_VALUE) {
      kernel.reduceRows(
          term, array, (int) base[0], (int) plan.runStride(0), count, (int) length, sums, 0);
      return;
    }
    for (int slice = 0; slice < count; slice++) {
      reduceSlice(term, slice, 1);
    }
  }

  /**
   * Reduces one slice of operand 0 into {@link #sums}, its elements multiplied by a power of two.
   */
  public void reduceSlice(Term term, int slice, double powerOfTwo) {
    long length = plan().length();
    blocks.start(term, kernel.keepsErrors(), 1, length / BLOCK + 1);
    for (long from = 0; from < length; from += BLOCK) {
      int size = (int) Math.min(BLOCK, length - from);
      A row = row(0, slice, from, size, powerOfTwo);
      kernel.reduceRows(term, row, at[0], 0, 1, size, blocks.levels(), blocks.leaf());
      blocks.push();
    }
    finishSlice(term, slice, length, sums);
  }

  /**
   * Reduces one slice of operand 0 after its elements were replaced, a block at a time.
   *
   * @param mapping what becomes of {@code length} elements of a row from a position
   */
  public void reduceMapped(Term term, int slice, Mapping<A> mapping) {
    long length = plan().length();
    blocks.start(term, kernel.keepsErrors(), 1, length / BLOCK + 1);
    for (long from = 0; from < length; from += BLOCK) {
      int size = (int) Math.min(BLOCK, length - from);
      A room = pack(0, slice, from, size);
      mapping.apply(room, size);
      kernel.reduceRows(term, room, 0, 0, 1, size, blocks.levels(), blocks.leaf());
      blocks.push();
    }
    finishSlice(term, slice, length, sums);
  }

  private void finishSlice(Term term, int slice, long length, Sums target) {
    if (length == 0) {
      target.clear(term, slice, 1);
    } else {
      blocks.finish(target, slice);
    }
  }

  /** Sums the products of operands 0 and 1 into {@link #dots}. */
  public void dot() {
    if (isColumns()) {
      reduceColumns(Term.SQUARES, 1, dots);
      return;
    }
    for (int slice = 0; slice < count; slice++) {
      dotSlice(slice, 1, 1);
    }
  }

  /**
   * Sums the products of one slice into {@link #dots}, its elements multiplied by powers of two.
   */
  public void dotSlice(int slice, double firstPower, double secondPower) {
    long length = plan().length();
    blocks.start(Term.SQUARES, kernel.keepsErrors(), 1, length / BLOCK + 1);
    for (long from = 0; from < length; from += BLOCK) {
      int size = (int) Math.min(BLOCK, length - from);
      A x = row(0, slice, from, size, firstPower);
      A y = row(1, slice, from, size, secondPower);
      kernel.dotRow(x, at[0], y, at[1], size, blocks.levels(), blocks.leaf());
      blocks.push();
    }
    finishSlice(Term.SQUARES, slice, length, dots);
  }

  /**
   * {@return a row that holds part of a slice from {@link #at}: the operand's own array, or packed}
   */
  private A row(int operand, int slice, long from, int size, double powerOfTwo) {
    A array = inPlace.get(operand);
    if (array != null && !isColumns() && powerOfTwo == 1) {
      at[operand] = (int) (position(operand, slice) + from);
      return array;
    }
    A room = pack(operand, slice, from, size);
    if (powerOfTwo != 1) {
      precision.rescale(room, 0, size, powerOfTwo);
    }
    at[operand] = 0;
    return room;
  }

  /**
   * {@return a row to write part of a slice to, from {@link #at}; a packed one is unpacked later}
   */
  private A target(int operand, int slice, long from, int size) {
    A array = inPlace.get(operand);
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

  /** Copies part of a slice to the operand's room, in the order of summation. */
  private A pack(int operand, int slice, long from, int size) {
    A room = room(operand, size);
    SlicePlan plan = plan();
    long start = position(operand, slice);
    long inner = plan.innerSize();
    long step = plan.innerStep(operand);
    int done = 0;
    while (done < size) {
      long element = from + done;
      int take = (int) Math.min(size - done, inner - element % inner);
      long position = start + plan.elementStart(operand, element);
      precision.load(memories[operand], dtypes[operand], position, step, room, done, take);
      done += take;
    }
    return room;
  }

  private void unpack(int operand, int slice, long from, int size, A row) {
    SlicePlan plan = plan();
    long start = position(operand, slice);
    long inner = plan.innerSize();
    long step = plan.innerStep(operand);
    int done = 0;
    while (done < size) {
      long element = from + done;
      int take = (int) Math.min(size - done, inner - element % inner);
      long position = start + plan.elementStart(operand, element);
      precision.store(row, done, memories[operand], dtypes[operand], position, step, take);
      done += take;
    }
  }

  private void reduceColumns(Term term, int other, Sums target) {
    long length = plan().length();
    boolean errors = kernel.keepsErrors();
    if (lanes.hi.length < 8 * count) {
      lanes = new Sums(8 * SLICES);
    }
    blocks.start(term, errors, count, length / BLOCK + 1);
    for (long from = 0; from < length; from += BLOCK) {
      int rows = (int) Math.min(BLOCK, length - from);
      fillStarts(0, from, rows);
      if (other >= 0) {
        fillStarts(other, from, rows);
      }
      halve(term, other, from, rows, 0, LANES, 0);
      System.arraycopy(lanes.hi, 0, blocks.levels().hi, blocks.leaf(), count);
      System.arraycopy(lanes.lo, 0, blocks.levels().lo, blocks.leaf(), count);
      blocks.push();
    }
    blocks.finish(target, 0);
  }

  private void fillStarts(int operand, long from, int rows) {
    if (inPlace.get(operand) == null) {
      return;
    }
    SlicePlan plan = plan();
    for (int row = 0; row < rows; row++) {
      starts[operand][row] = (int) plan.elementStart(operand, from + row);
    }
  }

  /**
   * The halving tree over the lanes of a block of columns: lanes at {@code place} and the following
   * ones of the tree's sequence are summed into level {@code level}. Lanes beyond the last row are
   * zero and left out, which changes no bit.
   */
  private void halve(Term term, int other, long from, int rows, int place, int size, int level) {
    int lane = ReductionOrder.laneAt(place);
    if (size == 1) {
      lanes.clear(term, level * count, count);
      addLane(term, other, from, lane, (rows - lane + LANES - 1) / LANES, level * count);
      return;
    }
    int half = size / 2;
    halve(term, other, from, rows, place, half, level);
    if (ReductionOrder.laneAt(place + half) < rows) {
      halve(term, other, from, rows, place + half, half, level + 1);
      int to = level * count;
      Tree.merge(lanes, term, kernel.keepsErrors(), to, to + count, count);
    }
  }

  private void addLane(Term term, int other, long from, int lane, int rows, int out) {
    A x = inPlace.get(0);
    A y = other < 0 ? null : inPlace.get(other);
    boolean packed = x == null || (other >= 0 && y == null);
    int step = packed ? TILE_ROWS : rows;
    for (int done = 0; done < rows; done += step) {
      int take = Math.min(step, rows - done);
      int first = lane + done * LANES;
      if (other < 0) {
        if (x == null) {
          A tile = packTile(0, from + first, take);
          kernel.reduceColumns(term, tile, 0, tileStarts, 0, 1, take, count, lanes, out);
        } else {
          kernel.reduceColumns(
              term, x, (int) base[0], starts[0], first, LANES, take, count, lanes, out);
        }
      } else {
        addProducts(x, y, other, from, first, take, out);
      }
    }
  }

  private void addProducts(
      @Nullable A x, @Nullable A y, int other, long from, int first, int rows, int out) {
    if (x != null && y != null) {
      kernel.dotColumns(
          x,
          (int) base[0],
          starts[0],
          y,
          (int) base[other],
          starts[other],
          first,
          LANES,
          rows,
          count,
          lanes,
          out);
      return;
    }
    A xTile = packTile(0, from + first, rows);
    A yTile = packTile(other, from + first, rows);
    kernel.dotColumns(xTile, 0, tileStarts, yTile, 0, tileStarts, 0, 1, rows, count, lanes, out);
  }

  /**
   * Copies some rows of one lane, {@code first + 32·i}, to the operand's room, one after another.
   */
  private A packTile(int operand, long first, int rows) {
    A room = room(operand, TILE_ROWS * count);
    SlicePlan plan = plan();
    for (int row = 0; row < rows; row++) {
      tileStarts[row] = row * count;
      long position = base[operand] + plan.elementStart(operand, first + (long) row * LANES);
      precision.load(
          memories[operand],
          dtypes[operand],
          position,
          plan.runStride(operand),
          room,
          row * count,
          count);
    }
    return room;
  }

  /**
   * Writes operand {@code to} as operand 0 times {@link #pre} times {@link #factor}.
   *
   * @param to the operand that is written
   */
  public void scale(int to) {
    if (isColumns()) {
      scaleColumns(to);
      return;
    }
    long length = plan().length();
    boolean packed = inPlace.get(to) == null;
    int step = packed || inPlace.get(0) == null ? BLOCK : Integer.MAX_VALUE;
    for (int slice = 0; slice < count; slice++) {
      for (long from = 0; from < length; from += step) {
        int size = (int) Math.min(step, length - from);
        A x = row(0, slice, from, size, 1);
        A y = target(to, slice, from, size);
        kernel.scaleRow(x, at[0], y, at[to], size, pre[slice], factor[slice]);
        if (packed) {
          unpack(to, slice, from, size, y);
        }
      }
    }
  }

  private void scaleColumns(int to) {
    long length = plan().length();
    boolean packed = inPlace.get(to) == null;
    for (long element = 0; element < length; element++) {
      A x = columnsRow(0, element);
      A y = columnsTarget(to, element);
      kernel.scaleColumns(x, at[0], y, at[to], count, pre, factor, 0);
      if (packed) {
        unpackColumns(to, element, y);
      }
    }
  }

  /**
   * {@return a row across the chunk's slices, from {@link #at}: the operand's own array, or packed}
   */
  private A columnsRow(int operand, long element) {
    A array = inPlace.get(operand);
    if (array == null) {
      at[operand] = 0;
      return packTile(operand, element, 1);
    }
    at[operand] = (int) (base[operand] + plan().elementStart(operand, element));
    return array;
  }

  private A columnsTarget(int operand, long element) {
    A array = inPlace.get(operand);
    if (array == null) {
      at[operand] = 0;
      return room(operand, count);
    }
    at[operand] = (int) (base[operand] + plan().elementStart(operand, element));
    return array;
  }

  private void unpackColumns(int operand, long element, A row) {
    SlicePlan plan = plan();
    long at = base[operand] + plan.elementStart(operand, element);
    precision.store(row, 0, memories[operand], dtypes[operand], at, plan.runStride(operand), count);
  }

  /**
   * Writes operand 2 as {@code ((x₁ − second·(x₀·pre))·factor)·pre}, the gradient with respect to
   * the direction.
   */
  public void gradient() {
    long length = plan().length();
    boolean packed = inPlace.get(2) == null;
    if (isColumns()) {
      for (long element = 0; element < length; element++) {
        A v = columnsRow(0, element);
        A dw = columnsRow(1, element);
        A dv = columnsTarget(2, element);
        kernel.gradientColumns(v, at[0], dw, at[1], dv, at[2], count, pre, factor, second, 0);
        if (packed) {
          unpackColumns(2, element, dv);
        }
      }
      return;
    }
    for (int slice = 0; slice < count; slice++) {
      for (long from = 0; from < length; from += BLOCK) {
        int size = (int) Math.min(BLOCK, length - from);
        A v = row(0, slice, from, size, 1);
        A dw = row(1, slice, from, size, 1);
        A dv = target(2, slice, from, size);
        kernel.gradientRow(
            v, at[0], dw, at[1], dv, at[2], size, pre[slice], factor[slice], second[slice]);
        if (packed) {
          unpack(2, slice, from, size, dv);
        }
      }
    }
  }

  /**
   * Replaces elements of a row.
   *
   * @param <A> the kind of row
   */
  public interface Mapping<A> {
    /** Replaces the first {@code size} elements. */
    void apply(A row, int size);
  }
}
