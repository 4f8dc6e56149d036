package dev.slicenorm.plan;

import static dev.slicenorm.kernel.ReductionOrder.BLOCK;
import static dev.slicenorm.kernel.ReductionOrder.LANES;

import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;
import org.jspecify.annotations.Nullable;

/**
 * Reduces the slices of a chunk together, in the canonical order: whole rows across them are added
 * to one set of sums per lane, and the lanes are folded by halving.
 *
 * @param <A> the kind of row
 */
final class ColumnSums<A> {

  /** Rows that are packed together. */
  private static final int TILE_ROWS = 8;

  /** Sums that are kept while the lanes of a block are gone through. */
  private static final int LEAVES = LANES / 2;

  /** Rows that are added to the sums of each lane at a time. */
  private static final int ROUND = 4;

  /** The same where products are summed too, and rows come from two tensors. */
  private static final int ROUND_OF_BOTH = 2;

  private final Operands<A> operands;
  private final SliceKernel<A> kernel;
  private final int[][] starts = new int[2][BLOCK];
  private final int[] tileStarts = new int[TILE_ROWS];
  private final Tree blocks = new Tree();
  private final Tree dotBlocks = new Tree();
  private Sums lanes = new Sums(0);
  private Sums dotLanes = new Sums(0);
  private @Nullable SlicePlan startsOf;
  private long startsFrom;

  ColumnSums(Operands<A> operands, SliceKernel<A> kernel) {
    this.operands = operands;
    this.kernel = kernel;
  }

  void release() {
    startsOf = null;
  }

  /** Reduces operand 0. */
  void reduce(Term term, Sums target) {
    long length = operands.plan().length();
    int count = operands.count();
    lanes = roomy(lanes, isStreamed(length, 1));
    if (length <= BLOCK) {
      sumBlock(term, 0, (int) length);
      takeOnlyBlock(lanes, target);
      return;
    }
    blocks.start(term, kernel.keepsErrors(), count, length / BLOCK + 1);
    for (long from = 0; from < length; from += BLOCK) {
      sumBlock(term, from, (int) Math.min(BLOCK, length - from));
      blocks.push(lanes, 0);
    }
    blocks.finish(target, 0);
  }

  /** Leaves the sums of a block in the first of {@link #lanes}. */
  private void sumBlock(Term term, long from, int rows) {
    int count = operands.count();
    A x = operands.inPlace(0);
    prepareStarts(from, rows);
    boolean done =
        x != null
            && kernel.reduceBlock(
                term,
                x,
                operands.base(0),
                starts[0],
                operands.plan().isAdjacent(0, count),
                rows,
                count,
                lanes,
                0);
    if (!done && x != null && isStreamed(rows, 1)) {
      stream(term, x, rows);
    } else if (!done) {
      fold(term, from, rows);
    }
  }

  /** The only block needs no tree, which would copy its sums twice. */
  private void takeOnlyBlock(Sums sums, Sums target) {
    System.arraycopy(sums.hi, 0, target.hi, 0, operands.count());
    if (kernel.keepsErrors()) {
      System.arraycopy(sums.lo, 0, target.lo, 0, operands.count());
    }
  }

  /** Writes the roots of sums of squares of operand 0, as {@link Walk#writeRoots}. */
  boolean writeRoots(A norms, int to) {
    A x = operands.inPlace(0);
    long length = operands.plan().length();
    if (x == null || length > BLOCK) {
      return false;
    }
    int rows = (int) length;
    int count = operands.count();
    lanes = roomy(lanes, false);
    prepareStarts(0, rows);
    return kernel.normColumns(
        x,
        operands.base(0),
        starts[0],
        operands.plan().isAdjacent(0, count),
        rows,
        count,
        lanes,
        norms,
        to);
  }

  /** Writes the roots of all runs, of which this is at the first, if a kernel takes several. */
  boolean writeRootsOfAllRuns(int operand) {
    SlicePlan plan = operands.plan();
    A x = operands.inPlace(0);
    A norms = operands.inPlacePerSlice(operand);
    return x != null
        && norms != null
        && plan.hasEvenStep()
        && plan.length() <= BLOCK
        && kernel.normBlocks(
            x,
            operands.base(0),
            (int) plan.innerStep(0),
            (int) plan.outerStep(0),
            (int) plan.runs(),
            (int) plan.length(),
            operands.count(),
            norms,
            operands.base(operand),
            (int) plan.outerStep(operand));
  }

  /** Sums squares of operand 0 and products of operands 0 and 1. */
  void squaresAndDots(Sums squares, Sums dots) {
    long length = operands.plan().length();
    int count = operands.count();
    lanes = roomy(lanes, isStreamed(length, 2));
    dotLanes = roomy(dotLanes, isStreamed(length, 2));
    if (length <= BLOCK) {
      sumBlockOfBoth(0, (int) length);
      takeOnlyBlock(lanes, squares);
      takeOnlyBlock(dotLanes, dots);
      return;
    }
    blocks.start(Term.SQUARES, kernel.keepsErrors(), count, length / BLOCK + 1);
    dotBlocks.start(Term.SQUARES, kernel.keepsErrors(), count, length / BLOCK + 1);
    for (long from = 0; from < length; from += BLOCK) {
      sumBlockOfBoth(from, (int) Math.min(BLOCK, length - from));
      blocks.push(lanes, 0);
      dotBlocks.push(dotLanes, 0);
    }
    blocks.finish(squares, 0);
    dotBlocks.finish(dots, 0);
  }

  private void sumBlockOfBoth(long from, int rows) {
    prepareStarts(from, rows);
    A x = operands.inPlace(0);
    A y = operands.inPlace(1);
    if (x != null && y != null && isStreamed(rows, 2)) {
      streamBoth(x, y, rows);
    } else {
      foldBoth(from, rows);
    }
  }

  /** {@return whether rows of so many operands are gone through as they lie} */
  private boolean isStreamed(long rows, int full) {
    int count = operands.count();
    return rows >= ROUND * LANES || (count <= SliceKernel.NARROW && isAdjacent(full));
  }

  /** {@return whether the rows of the first operands follow one another without a gap} */
  private boolean isAdjacent(int full) {
    boolean adjacent = true;
    for (int operand = 0; operand < full; operand++) {
      adjacent &= operands.plan().isAdjacent(operand, operands.count());
    }
    return adjacent;
  }

  private Sums roomy(Sums sums, boolean ofAllLanes) {
    int size = (ofAllLanes ? LANES : LEAVES + 1) * operands.count();
    return sums.hi.length < size ? new Sums(size) : sums;
  }

  /** The starts are relative to the chunk, so chunks of one plan share them. */
  private void prepareStarts(long from, int rows) {
    SlicePlan plan = operands.plan();
    if (plan.equals(startsOf) && startsFrom == from) {
      return;
    }
    for (int operand = 0; operand < Math.min(2, plan.fullOperands()); operand++) {
      if (operands.inPlace(operand) != null) {
        plan.fillStarts(operand, from, rows, starts[operand]);
      }
    }
    startsOf = plan;
    startsFrom = from;
  }

  /**
   * Sums a block while its rows go by, a few of each lane at a time, so that memory is read as it
   * lies. To take each lane by itself keeps its sums in L1, and is half as fast (4096x4096 floats:
   * 4.6 and 2.3 ms) although all sums, of 1 MB there, come from L2 or beyond.
   */
  private void stream(Term term, A x, int rows) {
    int count = operands.count();
    lanes.clear(term, kernel.keepsErrors(), 0, Math.min(LANES, rows) * count);
    int groups = rows / LANES;
    int row = 0;
    for (int done = 0; done < groups; done += ROUND) {
      int take = Math.min(ROUND, groups - done);
      addGroups(term, x, row, take, LANES);
      row += take * LANES;
    }
    if (row < rows) {
      addGroups(term, x, row, 1, rows - row);
    }
    halve(lanes, term, LANES, rows);
  }

  /** Adds some rows of each of the first lanes, from a row on that belongs to lane 0. */
  private void addGroups(Term term, A x, int row, int groups, int present) {
    int count = operands.count();
    if (operands.plan().isAdjacent(0, count)) {
      // All columns of all lanes are one row.
      addRows(term, x, row, groups, present * count, 0);
      return;
    }
    for (int lane = 0; lane < present; lane++) {
      addRows(term, x, row + lane, groups, count, lane * count);
    }
  }

  private void addRows(Term term, A x, int row, int rows, int columns, int out) {
    kernel.reduceColumns(
        term, x, operands.base(0), starts[0], row, LANES, rows, columns, lanes, out);
  }

  private void streamBoth(A x, A y, int rows) {
    int count = operands.count();
    int present = Math.min(LANES, rows);
    lanes.clear(Term.SQUARES, kernel.keepsErrors(), 0, present * count);
    dotLanes.clear(Term.SQUARES, kernel.keepsErrors(), 0, present * count);
    boolean asOneRow = count <= SliceKernel.NARROW && isAdjacent(2);
    for (int row = 0; row < rows; ) {
      int groups = Math.clamp((rows - row) / LANES, 1, ROUND_OF_BOTH);
      int some = Math.min(LANES, rows - row);
      if (asOneRow) {
        addRowsOfBoth(x, y, row, groups, some * count, 0);
      } else {
        for (int lane = 0; lane < some; lane++) {
          addRowsOfBoth(x, y, row + lane, groups, count, lane * count);
        }
      }
      row += groups * some;
    }
    halve(lanes, Term.SQUARES, LANES, rows);
    halve(dotLanes, Term.SQUARES, LANES, rows);
  }

  private void addRowsOfBoth(A x, A y, int row, int rows, int columns, int out) {
    kernel.squaresAndDotsColumns(
        x,
        operands.base(0),
        starts[0],
        y,
        operands.base(1),
        starts[1],
        row,
        LANES,
        rows,
        columns,
        lanes,
        dotLanes,
        out);
  }

  /**
   * Sums a block lane by lane. The upper half of the lanes is added to the lower at once, the first
   * step of the halving tree. Lanes beyond the last row are zero and left out, which changes no
   * bit.
   *
   * <p>The lanes are taken in rising order although another would need room for five sums instead
   * of seventeen: rows that follow each other in memory are twice as fast (4096² floats: 3.0
   * against 6.3 ms).
   */
  private void fold(Term term, long from, int rows) {
    int count = operands.count();
    for (int lane = 0; lane < Math.min(LANES, rows); lane++) {
      int out = Math.min(lane, LEAVES) * count;
      lanes.clear(term, kernel.keepsErrors(), out, count);
      addLane(term, from, lane, (rows - lane + LANES - 1) / LANES, out);
      if (lane >= LEAVES) {
        Tree.merge(lanes, term, kernel.keepsErrors(), (lane - LEAVES) * count, out, count);
      }
    }
    halve(lanes, term, LEAVES, rows);
  }

  /** Halves the sums of so many lanes, of which those beyond the last row are not there. */
  private void halve(Sums sums, Term term, int most, int rows) {
    int count = operands.count();
    if (!term.isAnyOrder() && !kernel.keepsErrors() && rows >= most) {
      sums.halve(0, most, count);
      return;
    }
    for (int half = most / 2; half > 0; half >>= 1) {
      int present = Math.clamp(rows - half, 0, half) * count;
      Tree.merge(sums, term, kernel.keepsErrors(), 0, half * count, present);
    }
  }

  private void addLane(Term term, long from, int lane, int rows, int out) {
    int count = operands.count();
    A x = operands.inPlace(0);
    if (x != null) {
      kernel.reduceColumns(
          term, x, operands.base(0), starts[0], lane, LANES, rows, count, lanes, out);
      return;
    }
    for (int done = 0; done < rows; done += TILE_ROWS) {
      int take = Math.min(TILE_ROWS, rows - done);
      A tile = tile(0, from + lane + (long) done * LANES, take);
      kernel.reduceColumns(term, tile, 0, tileStarts, 0, 1, take, count, lanes, out);
    }
  }

  private void foldBoth(long from, int rows) {
    int count = operands.count();
    boolean errors = kernel.keepsErrors();
    for (int lane = 0; lane < Math.min(LANES, rows); lane++) {
      int out = Math.min(lane, LEAVES) * count;
      lanes.clear(Term.SQUARES, errors, out, count);
      dotLanes.clear(Term.SQUARES, errors, out, count);
      addBoth(from, lane, (rows - lane + LANES - 1) / LANES, out);
      if (lane >= LEAVES) {
        int to = (lane - LEAVES) * count;
        Tree.merge(lanes, Term.SQUARES, errors, to, out, count);
        Tree.merge(dotLanes, Term.SQUARES, errors, to, out, count);
      }
    }
    halve(lanes, Term.SQUARES, LEAVES, rows);
    halve(dotLanes, Term.SQUARES, LEAVES, rows);
  }

  private void addBoth(long from, int lane, int rows, int out) {
    int count = operands.count();
    A x = operands.inPlace(0);
    A y = operands.inPlace(1);
    if (x != null && y != null) {
      kernel.squaresAndDotsColumns(
          x,
          operands.base(0),
          starts[0],
          y,
          operands.base(1),
          starts[1],
          lane,
          LANES,
          rows,
          count,
          lanes,
          dotLanes,
          out);
      return;
    }
    for (int done = 0; done < rows; done += TILE_ROWS) {
      int take = Math.min(TILE_ROWS, rows - done);
      long first = from + lane + (long) done * LANES;
      A xTile = tile(0, first, take);
      A yTile = tile(1, first, take);
      kernel.squaresAndDotsColumns(
          xTile, 0, tileStarts, yTile, 0, tileStarts, 0, 1, take, count, lanes, dotLanes, out);
    }
  }

  private A tile(int operand, long first, int rows) {
    for (int row = 0; row < rows; row++) {
      tileStarts[row] = row * operands.count();
    }
    return operands.tile(operand, first, LANES, rows);
  }
}
