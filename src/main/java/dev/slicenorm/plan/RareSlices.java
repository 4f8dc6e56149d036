package dev.slicenorm.plan;

import dev.slicenorm.kernel.Term;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Slices of F64 elements at the ends of the exponent range, whose results the kernels can't express
 * with a power of two per slice. A walk puts them aside with a copy of their elements, and they are
 * computed one by one afterwards, slowly and with an exponent of their own for each number.
 *
 * <p>The walk leaves their place in an output untouched if that is also an input, since the
 * elements of the other inputs and the magnitude are read only then.
 */
public final class RareSlices {

  private final boolean[] reduced;

  /** For each slice, 0 or the place of its elements in the list, counted from 1. */
  private final Tensor marks;

  private final List<double[]> saved = new ArrayList<>();

  /**
   * Prepares for the slices of a call.
   *
   * @param reduced for each axis, whether it is reduced
   * @param keptShape the shape, with size 1 on reduced axes
   */
  public RareSlices(boolean[] reduced, long[] keptShape) {
    this.reduced = reduced.clone();
    this.marks = Tensor.zeros(DType.F64, keptShape);
  }

  /** {@return what a walk needs as an operand with one element per slice} */
  public Tensor marks() {
    return marks;
  }

  /**
   * Puts a slice of operand 0 aside. Its sum is lost.
   *
   * @param operand where the marks are
   */
  public <A> void save(Walk<A> walk, int operand, int slice) {
    List<double[]> blocks = new ArrayList<>();
    walk.reduceMapped(
        Term.MAXIMA, slice, (row, size) -> blocks.add(Arrays.copyOf((double[]) row, size)));
    int length = blocks.stream().mapToInt(block -> block.length).reduce(0, Math::addExact);
    double[] elements = new double[length];
    int filled = 0;
    for (double[] block : blocks) {
      System.arraycopy(block, 0, elements, filled, block.length);
      filled += block.length;
    }
    synchronized (saved) {
      saved.add(elements);
      walk.write(operand, slice, saved.size());
    }
  }

  /** What is done with a slice that was put aside. */
  @FunctionalInterface
  public interface Visitor {

    /**
     * Computes a slice.
     *
     * @param elements those of operand 0, in the order of summation
     * @param start for each axis, where the slice starts
     */
    void visit(double[] elements, long[] start);
  }

  /** Visits all slices that were put aside. To be called after the walk. */
  public void forEach(Visitor visitor) {
    if (saved.isEmpty()) {
      return;
    }
    double[] places = marks.toDoubleArray();
    long[] shape = marks.shape();
    for (int slice = 0; slice < places.length; slice++) {
      if (places[slice] > 0) {
        long[] start = new long[shape.length];
        long rest = slice;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
          start[axis] = rest % shape[axis];
          rest /= shape[axis];
        }
        visitor.visit(saved.get((int) places[slice] - 1), start);
      }
    }
  }

  /**
   * {@return the view of one slice}
   *
   * @param tensor of the full shape
   * @param start where the slice starts
   */
  public Tensor slice(Tensor tensor, long[] start) {
    Tensor view = tensor;
    for (int axis = 0; axis < reduced.length; axis++) {
      view = reduced[axis] ? view : view.slice(axis, start[axis], start[axis] + 1);
    }
    return view;
  }
}
