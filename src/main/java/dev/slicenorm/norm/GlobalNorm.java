package dev.slicenorm.norm;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.List;

/**
 * The norm of all elements of several tensors together, as for the gradients of a model, and
 * clipping by it. The gradients of {@code nn.Parameter}s, which are not to be written, are clipped
 * by {@code nn.Optimizer.clipGradients}.
 *
 * {@snippet file="dev/slicenorm/snippets/NormSnippetsTest.java" region="global"}
 */
public final class GlobalNorm {

  /** What PyTorch's {@code clip_grad_norm_} adds to the norm before it divides by it. */
  private static final double MARGIN = 1e-6;

  /** Takes a norm into the range of F64 that is beyond it though no element is. */
  private static final double SHRINK = 0x1p-200;

  private GlobalNorm() {}

  /**
   * {@return the norm of all elements together, 0 if there are none}
   *
   * <p>It is made of the norms of the tensors as {@link SliceNorms} has them in F64. By a p below 1
   * an error of one that is subnormal, which has few bits, can be magnified.
   *
   * @param norm which norm
   * @param tensors any tensors; empty ones count for nothing, and elements that several show count
   *     each time
   */
  public static double of(Norm norm, List<Tensor> tensors) {
    SliceNorms whole = SliceNorms.of(norm, Axes.whole());
    double[] norms =
        tensors.stream()
            .filter(tensor -> tensor.count() > 0)
            .mapToDouble(tensor -> whole.of(tensor, DType.F64).item())
            .toArray();
    // The p-norm of p-norms is the p-norm of all; only counts are added instead of counted again.
    SliceNorms together = norm.equals(Norm.COUNT) ? SliceNorms.of(Norm.L1, Axes.whole()) : whole;
    return together.of(Tensor.of(norms, norms.length)).item();
  }

  /**
   * Scales tensors in place so that their norm together is at most {@code most}: each is multiplied
   * by {@code most / (norm + 1e-6)} if that is below 1, and left alone otherwise, as PyTorch does.
   * If the norm is NaN, so is everything afterwards; check the result where that can happen.
   *
   * @param norm which norm
   * @param most the largest norm, 0 or more
   * @param tensors writable tensors, no two of which share an element
   * @return the norm before
   * @throws IllegalArgumentException if two share an element, such as one that is listed twice, or
   *     if the norm is {@link Norm#COUNT}, which no factor changes; nothing is written then
   */
  public static double clip(Norm norm, double most, List<Tensor> tensors) {
    SliceNorms.requireScalable(norm);
    if (!(most >= 0)) {
      throw new IllegalArgumentException("most " + most + ": expected a norm of 0 or more");
    }
    for (Tensor tensor : tensors) {
      tensor.requireWritable();
    }
    requireSeparate(tensors.toArray(Tensor[]::new));
    double total = of(norm, tensors);
    if (total == Double.POSITIVE_INFINITY && of(Norm.MAX, tensors) < Double.POSITIVE_INFINITY) {
      clipBeyondRange(norm, most, tensors);
      return total;
    }
    double factor = most / (total + MARGIN);
    // An infinite norm is not above an infinite limit.
    if (!(factor >= 1) && !(total <= most && most == Double.POSITIVE_INFINITY)) {
      scale(factor, tensors);
    }
    return total;
  }

  /** Clips tensors whose norm is beyond the range of F64 though no element is. */
  private static void clipBeyondRange(Norm norm, double most, List<Tensor> tensors) {
    if (most == Double.POSITIVE_INFINITY) {
      return;
    }
    // Of numbers so large the margin is no part.
    double factor = most / of(norm, tensors.stream().map(GlobalNorm::shrunk).toList());
    if (factor * SHRINK >= Double.MIN_NORMAL) {
      scale(factor * SHRINK, tensors);
    } else {
      // A subnormal factor would have lost bits; elements that get lost this way are 0 either way.
      scale(SHRINK, tensors);
      scale(factor, tensors);
    }
  }

  private static void scale(double factor, List<Tensor> tensors) {
    Tensor factors = Tensor.of(new double[] {factor}, 1);
    SliceNorms whole = SliceNorms.l2(Axes.whole());
    for (Tensor tensor : tensors) {
      long[] keptShape = Axes.whole().keptShape(tensor.shape());
      whole.scale(tensor, factors.reshape(keptShape), tensor);
    }
  }

  private static Tensor shrunk(Tensor tensor) {
    Tensor copy = Tensor.zeros(DType.F64, tensor.shape());
    SliceNorms.l2(Axes.whole())
        .scale(
            tensor,
            Tensor.of(new double[] {SHRINK}, 1).reshape(Axes.whole().keptShape(tensor.shape())),
            copy);
    return copy;
  }

  /** What two tensors share would count twice and be scaled twice. */
  private static void requireSeparate(Tensor[] tensors) {
    for (int later = 1; later < tensors.length; later++) {
      for (int earlier = 0; earlier < later; earlier++) {
        if (tensors[later].overlaps(tensors[earlier])) {
          throw new IllegalArgumentException(
              "tensor %d, %s, shares memory with tensor %d, %s: expected each element once"
                  .formatted(
                      later, tensors[later].describe(), earlier, tensors[earlier].describe()));
        }
      }
    }
  }
}
