package dev.slicenorm.plan;

import static dev.slicenorm.kernel.ReductionOrder.BLOCK;

import dev.slicenorm.kernel.SliceKernel;
import dev.slicenorm.kernel.Sums;
import dev.slicenorm.kernel.Term;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reduces the slices of a chunk one by one, in the canonical order: block after block, and the
 * blocks as a tree. Slices of any orientation can be read this way; columns are packed for it.
 *
 * @param <A> the kind of row
 */
final class RowSums<A> {

  /** Elements of a slice from which its blocks are shared among threads. */
  private static final long SHARED_SLICE = 1 << 19;

  /**
   * Blocks of 4096 elements that a thread takes on its own: kernels read them at some places, and
   * the longer the ways from there the better (16M elements on Zen 5: 1.73 ms by 64, 1.63 by 256).
   */
  private static final int BLOCKS_AT_ONCE = 256;

  /** Blocks that one of several threads takes at a time: 25 µs or so. */
  private static final int BLOCKS_PER_PIECE = 64;

  /** Blocks whose sums are kept until threads have all of them: 16 MB. */
  private static final int SHARED_BLOCKS = 1 << 20;

  private final Operands<A> operands;
  private final SliceKernel<A> kernel;
  private final Tree blocks = new Tree();
  private final Tree dotBlocks = new Tree();
  private final Sums piece = new Sums(BLOCKS_AT_ONCE);

  private int threads = 1;
  private @Nullable Walk<A> walk;

  RowSums(Operands<A> operands, SliceKernel<A> kernel) {
    this.operands = operands;
    this.kernel = kernel;
  }

  /** Lets so many threads share a long slice of a walk. */
  void share(int most, Walk<A> caller) {
    if (most > 1) {
      threads = most;
      walk = caller;
    }
  }

  void release() {
    threads = 1;
    walk = null;
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

  /** Writes the roots of sums of squares of operand 0, as {@link Walk#writeRoots}. */
  boolean writeRoots(Sums room, A norms, int to) {
    SlicePlan plan = operands.plan();
    A array = operands.inPlace(0);
    return array != null
        && plan.length() <= BLOCK
        && plan.runFitsInt(0, operands.count())
        && kernel.normRows(
            array,
            operands.base(0),
            (int) plan.runStride(0),
            operands.count(),
            (int) plan.length(),
            room,
            norms,
            to);
  }

  void reduceSlice(Term term, int slice, double powerOfTwo, Sums target) {
    long length = operands.plan().length();
    blocks.start(term, kernel.keepsErrors(), 1, length / BLOCK + 1);
    if (threads > 1 && length >= SHARED_SLICE) {
      long count = (length + BLOCK - 1) / BLOCK;
      for (long first = 0; first < count; first += SHARED_BLOCKS) {
        int some = (int) Math.min(SHARED_BLOCKS, count - first);
        blocks.pushAll(reduceShared(term, slice, powerOfTwo, first, some), some);
      }
    } else {
      long count = (length + BLOCK - 1) / BLOCK;
      for (long first = 0; first < count; first += BLOCKS_AT_ONCE) {
        int some = (int) Math.min(BLOCKS_AT_ONCE, count - first);
        reduceBlocks(term, slice, powerOfTwo, first, some, piece);
        blocks.pushAll(piece, some);
      }
    }
    blocks.finish(target, slice);
  }

  /**
   * Reduces some blocks of a slice. Those that are whole and lie in an array are rows for the
   * kernel, which can then read several at once.
   */
  void reduceBlocks(Term term, int slice, double powerOfTwo, long first, int count, Sums target) {
    int done = 0;
    A array = operands.inPlace(0);
    if (array != null && operands.plan().isRows() && powerOfTwo == 1) {
      done = (int) Math.min(count, operands.plan().length() / BLOCK - first);
      int at = operands.start(0, slice) + (int) first * BLOCK;
      kernel.reduceRows(term, array, at, BLOCK, done, BLOCK, target, 0);
    }
    for (; done < count; done++) {
      reduceBlock(term, slice, first + done, powerOfTwo, target, done);
    }
  }

  private void reduceBlock(
      Term term, int slice, long block, double powerOfTwo, Sums target, int out) {
    long from = block * BLOCK;
    int size = (int) Math.min(BLOCK, operands.plan().length() - from);
    if (term == Term.SQUARES
        && powerOfTwo == 1
        && operands.squareInPlace(slice, from, size, target, out)) {
      return;
    }
    A row = operands.row(0, slice, from, size, powerOfTwo);
    kernel.reduceRows(term, row, operands.at[0], 0, 1, size, target, out);
  }

  /** {@return the sums of some blocks of a slice, from several threads} */
  private Sums reduceShared(Term term, int slice, double powerOfTwo, long first, int count) {
    Sums leaves = new Sums(count);
    Walk<A> caller = Objects.requireNonNull(walk, "walk");
    int pieces = (count + BLOCKS_PER_PIECE - 1) / BLOCKS_PER_PIECE;
    Crew.share(
        pieces,
        threads,
        piece -> reducePiece(caller, term, slice, powerOfTwo, first, piece, leaves),
        () -> {
          Walk<A> other = caller.follower();
          return new Crew.Worker() {
            @Override
            public void at(long piece) {
              reducePiece(other, term, slice, powerOfTwo, first, piece, leaves);
            }

            @Override
            public void end() {
              other.release();
            }
          };
        });
    return leaves;
  }

  /** Reduces some of the blocks whose sums the leaves are, the first of which is {@code first}. */
  private static <A> void reducePiece(
      Walk<A> walk, Term term, int slice, double powerOfTwo, long first, long piece, Sums leaves) {
    int leaf = (int) piece * BLOCKS_PER_PIECE;
    int count = Math.min(BLOCKS_PER_PIECE, leaves.hi.length - leaf);
    // Scratch of its own: the leaves are shared.
    Sums sums = new Sums(count);
    walk.reduceBlocks(term, slice, powerOfTwo, first + leaf, count, sums);
    System.arraycopy(sums.hi, 0, leaves.hi, leaf, count);
    System.arraycopy(sums.lo, 0, leaves.lo, leaf, count);
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

  /** Sums squares of operand 0 and products of operands 0 and 1. */
  void squaresAndDots(Sums squares, Sums dots) {
    A x = operands.inPlace(0);
    A y = operands.inPlace(1);
    long length = operands.plan().length();
    int count = operands.count();
    if (x == null || y == null || length > BLOCK) {
      for (int slice = 0; slice < count; slice++) {
        squaresAndDotsSlice(slice, squares, dots);
      }
      return;
    }
    for (int slice = 0; slice < count; slice++) {
      kernel.squaresAndDotsRow(
          x,
          operands.start(0, slice),
          y,
          operands.start(1, slice),
          (int) length,
          squares,
          dots,
          slice);
    }
  }

  private void squaresAndDotsSlice(int slice, Sums squares, Sums dots) {
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
