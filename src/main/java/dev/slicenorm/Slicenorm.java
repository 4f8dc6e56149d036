package dev.slicenorm;

import dev.slicenorm.kernel.FusedMultiplyAdd;
import dev.slicenorm.kernel.Kernels;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Parallelism;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.plan.SlicePlan;
import dev.slicenorm.plan.Walks;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import java.time.Duration;
import java.util.Objects;

/**
 * What the library does on this machine, and why. It prints nothing; the choice of the kernel also
 * goes to the {@link System.Logger} {@code dev.slicenorm}, once.
 *
 * {@snippet file="dev/slicenorm/snippets/SlicenormSnippetsTest.java" region="explain"}
 */
public final class Slicenorm {

  private Slicenorm() {}

  /**
   * {@return the kernel that runs in this JVM, why, and with what}
   *
   * @throws IllegalStateException if the system property {@code dev.slicenorm.kernel} asks for one
   *     that there is not, as every other call does then
   */
  public static Explanation explain() {
    return new Explanation(
        Kernels.name(),
        Kernels.reason(),
        Kernels.vectorBits(),
        FusedMultiplyAdd.HARDWARE,
        Parallelism.SEQUENTIAL.threads(),
        Parallelism.automatic().threads());
  }

  /**
   * Waits until vectors are compiled for what was called, for services before they say that they
   * are ready, and for benchmarks.
   *
   * <p>Until then plain loops do the work, with the same bits. A thread in the background compiles
   * vectors for each way of working, such as norms of long F32 rows, when it is used for the second
   * time; that takes up to three seconds for the first, and less for those that share loops with
   * it. Where the system property {@code dev.slicenorm.kernel} is {@code simd}, vectors are used
   * from the first call on, and are slow until they are compiled.
   *
   * {@snippet file="dev/slicenorm/snippets/SlicenormSnippetsTest.java" region="await"}
   *
   * @param most how long to wait at most
   * @return whether nothing more is being compiled
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  public static boolean awaitVectors(Duration most) throws InterruptedException {
    Objects.requireNonNull(most, "most");
    return Walks.awaitVectors(most);
  }

  /**
   * {@return how the slices of a tensor would be walked: one line}
   *
   * <p><b>Rows</b>: the elements of a slice lie closer together than neighbouring slices do.
   * <b>Columns</b>: neighbouring slices lie closer, and are reduced together. <b>In place</b>: the
   * elements are read where they lie. <b>Packed</b>: they are copied, a tile at a time, into
   * scratch memory.
   *
   * @param dtype the element type
   * @param layout where the elements lie, in a Java array of that type
   * @param axes the axes that are reduced
   */
  public static String explain(DType dtype, Layout layout, Axes axes) {
    Objects.requireNonNull(dtype, "dtype");
    long[] kept = axes.keptShape(layout.shape());
    SlicePlan plan =
        SlicePlan.of(
            axes.reduced(layout.rank()),
            new Layout[] {layout},
            new Layout[] {Layout.contiguous(kept)});
    boolean narrow = dtype == DType.F16 || dtype == DType.BF16;
    return plan.toString().replace("in place", narrow ? "packed, to widen " + dtype : "in place");
  }

  /**
   * What runs here.
   *
   * @param kernel {@code simd} or {@code scalar}; the results are the same bits
   * @param reason why that one, and what would change it
   * @param vectorBits the width of the vectors; 0 for the scalar kernel
   * @param hardwareFma whether fused multiply-add is an instruction here, or emulated
   * @param threads the threads of a call unless told otherwise: see {@link
   *     SliceNorms#withParallelism}
   * @param automaticThreads the most threads of a call with {@link Parallelism#automatic}
   */
  public record Explanation(
      String kernel,
      String reason,
      int vectorBits,
      boolean hardwareFma,
      int threads,
      int automaticThreads) {

    /** {@return all of it, one line each} */
    @Override
    public String toString() {
      return """
      kernel   %s: %s
      vectors  %s
      FMA      %s
      threads  %d by default, up to %d with Parallelism.automatic()\
      """
          .formatted(
              kernel,
              reason,
              vectorBits == 0 ? "none" : vectorBits + " bits",
              hardwareFma ? "in hardware" : "emulated",
              threads,
              automaticThreads);
    }
  }
}
