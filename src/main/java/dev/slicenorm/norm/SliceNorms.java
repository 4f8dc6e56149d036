package dev.slicenorm.norm;

import dev.slicenorm.plan.Precision;
import dev.slicenorm.plan.SlicePlan;
import dev.slicenorm.plan.Walks;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;

/**
 * Norms of the slices of a tensor. Immutable and safe to share; make one and use it for many
 * tensors.
 *
 * <pre>{@code
 * Tensor rows = SliceNorms.l2(Axes.along(-1)).of(x); // [n, d] → [n, 1]
 * }</pre>
 *
 * <p>Reduced axes stay, with size 1. F32, F16 and BF16 elements are summed in {@code double}, and a
 * norm is within 0.5001 ULP of the true one; F64 elements are summed with their rounding errors
 * carried along, and a norm is within 1 ULP (other p: 4). Nothing overflows or underflows on the
 * way. The same slice has the same bits whatever the vector width, the memory layout and the number
 * of threads.
 */
public final class SliceNorms {

  private final Norm norm;
  private final Axes axes;
  private final Parallelism parallelism;

  private SliceNorms(Norm norm, Axes axes, Parallelism parallelism) {
    this.norm = norm;
    this.axes = axes;
    this.parallelism = parallelism;
  }

  /**
   * {@return Euclidean norms}
   *
   * @param axes the axes that are reduced
   */
  public static SliceNorms l2(Axes axes) {
    return of(Norm.L2, axes);
  }

  /**
   * {@return norms}
   *
   * @param norm which norm
   * @param axes the axes that are reduced
   */
  public static SliceNorms of(Norm norm, Axes axes) {
    return new SliceNorms(
        Objects.requireNonNull(norm), Objects.requireNonNull(axes), Parallelism.SEQUENTIAL);
  }

  /**
   * {@return the same norms, computed by several threads}
   *
   * @param newParallelism how many, and when
   */
  public SliceNorms withParallelism(Parallelism newParallelism) {
    return new SliceNorms(norm, axes, newParallelism);
  }

  /** {@return which norm} */
  public Norm norm() {
    return norm;
  }

  /** {@return the axes that are reduced} */
  public Axes axes() {
    return axes;
  }

  /**
   * {@return the norms of the slices of {@code x}, in its element type}
   *
   * @param x any tensor
   */
  public Tensor of(Tensor x) {
    return of(x, x.dtype());
  }

  /**
   * {@return the norms of the slices of {@code x}, each rounded once}
   *
   * @param x any tensor
   * @param dtype the element type of the result
   */
  public Tensor of(Tensor x, DType dtype) {
    Tensor out = Tensor.zeros(dtype, axes.keptShape(x.shape()));
    into(x, out);
    return out;
  }

  /**
   * Writes the norms of the slices of {@code x}.
   *
   * @param x any tensor
   * @param out of the shape of {@code x} with size 1 on reduced axes, any element type; shares no
   *     memory with {@code x}
   */
  public void into(Tensor x, Tensor out) {
    requireShape("out", out, axes.keptShape(x.shape()), x);
    x.requireAccessible();
    out.requireWritable();
    requireSeparate(out, x);
    if (x.count() == 0) {
      out.fill(0);
      return;
    }
    SlicePlan plan =
        SlicePlan.of(
            axes.reduced(x.rank()), new Layout[] {x.layout()}, new Layout[] {out.layout()});
    boolean wide = x.dtype() == DType.F64 || NormReducer.needsDouble(norm);
    NormReducer reducer = new NormReducer(norm, wide);
    int threads = parallelism.threadsFor(x.count());
    if (wide) {
      run(plan, Precision.DOUBLE, threads, reducer, x, out);
    } else {
      run(plan, Precision.SINGLE, threads, reducer, x, out);
    }
  }

  private static <A> void run(
      SlicePlan plan,
      Precision<A> precision,
      int threads,
      NormReducer reducer,
      Tensor x,
      Tensor out) {
    Walks.run(
        plan,
        precision,
        threads,
        walk -> {
          reducer.reduce(walk);
          for (int slice = 0; slice < walk.count(); slice++) {
            walk.write(1, slice, walk.factor[slice]);
          }
        },
        x,
        out);
  }

  static void requireShape(String name, Tensor tensor, long[] expected, Tensor x) {
    if (!Arrays.equals(tensor.shape(), expected)) {
      throw new IllegalArgumentException(
          name
              + " has shape "
              + Arrays.toString(tensor.shape())
              + ", expected "
              + Arrays.toString(expected)
              + " for the input "
              + x.describe());
    }
  }

  static void requireSeparate(Tensor out, Tensor x) {
    if (out.overlaps(x)) {
      throw new IllegalArgumentException(
          "out " + out.describe() + " shares memory with the input " + x.describe());
    }
  }
}
