package dev.slicenorm.plan;

import static dev.slicenorm.kernel.ReductionOrder.BLOCK;

import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;

/**
 * Reduces the slices of a chunk one by one, in the canonical order: block after block, and the
 * blocks as a tree. Slices of any orientation can be read this way; columns are packed for it.
 *
 * @param <A> the kind of row
 */
final class RowSums<A> {

  private final Operands<A> operands;
  private final SliceKernel<A> kernel;
  private final Tree blocks = new Tree();
  private final Tree dotBlocks = new Tree();

  RowSums(Operands<A> operands, SliceKernel<A> kernel) {
    this.operands = operands;
    this.kernel = kernel;
  }

  /** Reduces slices {@code first} to {@code end − 1} of operand 0. */
  void reduce(Term term, int first, int end, Sums target) {
    SlicePlan plan = operands.plan();
    A array = operands.inPlace(0);
    if (array != null && plan.length() <= BLOCK && plan.runFitsInt(0, end)) {
      int stride = (int) plan.runStride(0);
      kernel.reduceRows(
          term,
          array,
          operands.base(0) + first * stride,
          stride,
          end - first,
          (int) plan.length(),
          target,
          first);
      return;
    }
    for (int slice = first; slice < end; slice++) {
      reduceSlice(term, slice, 1, target);
    }
  }

  void reduceSlice(Term term, int slice, double powerOfTwo, Sums target) {
    long length = operands.plan().length();
    blocks.start(term, kernel.keepsErrors(), 1, length / BLOCK + 1);
    for (long from = 0; from < length; from += BLOCK) {
      int size = (int) Math.min(BLOCK, length - from);
      A row = operands.row(0, slice, from, size, powerOfTwo);
      kernel.reduceRows(term, row, operands.at[0], 0, 1, size, blocks.levels(), blocks.leaf());
      blocks.push();
    }
    blocks.finish(target, slice);
  }

  void reduceMapped(Term term, int slice, Walk.Mapping<A> mapping, Sums target) {
    long length = operands.plan().length();
    blocks.start(term, kernel.keepsErrors(), 1, length / BLOCK + 1);
    for (long from = 0; from < length; from += BLOCK) {
      int size = (int) Math.min(BLOCK, length - from);
      A room = operands.pack(0, slice, from, size);
      mapping.apply(room, size);
      kernel.reduceRows(term, room, 0, 0, 1, size, blocks.levels(), blocks.leaf());
      blocks.push();
    }
    blocks.finish(target, slice);
  }

  void dotSlice(int slice, double firstPower, double secondPower, Sums target) {
    long length = operands.plan().length();
    blocks.start(Term.SQUARES, kernel.keepsErrors(), 1, length / BLOCK + 1);
    for (long from = 0; from < length; from += BLOCK) {
      int size = (int) Math.min(BLOCK, length - from);
      A x = operands.row(0, slice, from, size, firstPower);
      A y = operands.row(1, slice, from, size, secondPower);
      kernel.dotRow(x, operands.at[0], y, operands.at[1], size, blocks.levels(), blocks.leaf());
      blocks.push();
    }
    blocks.finish(target, slice);
  }

  void squaresAndDotsSlice(int slice, Sums squares, Sums dots) {
    long length = operands.plan().length();
    if (length <= BLOCK) {
      int size = (int) length;
      A x = operands.row(0, slice, 0, size, 1);
      A y = operands.row(1, slice, 0, size, 1);
      kernel.squaresAndDotsRow(x, operands.at[0], y, operands.at[1], size, squares, dots, slice);
      return;
    }
    blocks.start(Term.SQUARES, kernel.keepsErrors(), 1, length / BLOCK + 1);
    dotBlocks.start(Term.SQUARES, kernel.keepsErrors(), 1, length / BLOCK + 1);
    for (long from = 0; from < length; from += BLOCK) {
      int size = (int) Math.min(BLOCK, length - from);
      A x = operands.row(0, slice, from, size, 1);
      A y = operands.row(1, slice, from, size, 1);
      // The two trees grow alike, so a leaf has the same place in both.
      kernel.squaresAndDotsRow(
          x,
          operands.at[0],
          y,
          operands.at[1],
          size,
          blocks.levels(),
          dotBlocks.levels(),
          blocks.leaf());
      blocks.push();
      dotBlocks.push();
    }
    blocks.finish(squares, slice);
    dotBlocks.finish(dots, slice);
  }
}
