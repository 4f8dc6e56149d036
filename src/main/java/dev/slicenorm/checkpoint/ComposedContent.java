package dev.slicenorm.checkpoint;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Norm;
import dev.slicenorm.norm.Parallelism;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNorm;
import dev.slicenorm.weightnorm.WeightScales;
import java.io.IOException;
import java.util.Arrays;

/**
 * The plain weight that a pair stands for, composed and written window by window in the order of
 * the file.
 *
 * <p>Where the first axis is kept, as nearly always, the slices of a window lie within it. Where it
 * is reduced they are spread over the whole tensor: then the quotients of all slices are worked out
 * first, which reads v once more, and windows are multiplied by them.
 *
 * @param pair the pair
 * @param weightNorm the weight norm over the pair's axes
 */
record ComposedContent(WeightNormPair pair, WeightNorm weightNorm) implements Content {

  private static final SliceNorms NORM = SliceNorms.l2(Axes.whole());
  private static final SliceNorms GREATEST = SliceNorms.of(Norm.MAX, Axes.whole());

  @Override
  public void writeTo(TensorSink sink) throws IOException {
    Tensor v = pair.v().tensor();
    if (v.count() == 0) {
      return;
    }
    Tensor g = pair.g().tensor();
    if (g.rank() == 0) {
      long[] ones = new long[v.rank()];
      Arrays.fill(ones, 1);
      g = g.reshape(ones);
    }
    long longest = Math.min(TensorSink.WINDOW, pair.v().entry().byteSize());
    try (WriteBehind output = new WriteBehind(sink, longest)) {
      new Windows(output, checked(v), pair).compose(v, g, 0);
      output.await();
    } catch (ArithmeticException e) {
      throw new CheckpointException(pair.name() + ": " + e.getMessage(), e);
    }
  }

  /** A rejected slice is named by its place in the tensor, not by that in a window. */
  private WeightNorm checked(Tensor v) {
    if (!weightNorm.zeroSlice().equals(ZeroSlice.REJECT)) {
      return weightNorm;
    }
    SliceNorms.l2(weightNorm.axes()).requireNoZeroSlice("v of " + pair.name(), v);
    return weightNorm.withZeroSlice(ZeroSlice.ZERO);
  }

  /** Cuts tensors into windows along one axis after the other, from the first. */
  private record Windows(WriteBehind output, WeightNorm weightNorm, WeightNormPair pair) {

    /** Writes a part with size 1 on all axes before {@code axis}. */
    void compose(Tensor v, Tensor g, int axis) throws IOException {
      if (byteSize(v) <= TensorSink.WINDOW) {
        write(v, w -> weightNorm.compose(v, g, w));
      } else if (v.size(axis) == g.size(axis)) {
        long step = step(v, axis);
        for (long start = 0; start < v.size(axis); start += step) {
          long stop = Math.min(start + step, v.size(axis));
          compose(v.slice(axis, start, stop), g.slice(axis, start, stop), axis + 1);
        }
      } else {
        // Only here do several threads pay: elsewhere writing is the other half of the work.
        WeightNorm parallel = weightNorm.withParallelism(Parallelism.automatic());
        scale(v, parallel.scales(v, g, v.dtype()), axis);
      }
    }

    private void scale(Tensor v, WeightScales scales, int axis) throws IOException {
      if (byteSize(v) <= TensorSink.WINDOW) {
        write(v, w -> scales.compose(v, w));
        return;
      }
      long step = step(v, axis);
      for (long start = 0; start < v.size(axis); start += step) {
        long stop = Math.min(start + step, v.size(axis));
        scale(v.slice(axis, start, stop), scales.slice(axis, start, stop), axis + 1);
      }
    }

    private void write(Tensor window, Composing composing) throws IOException {
      long bytes = byteSize(window);
      Tensor composed =
          Tensor.of(window.dtype(), output.buffer().asSlice(0, bytes), window.shape());
      composing.compose(composed);
      requireNoOverflow(composed);
      output.write(bytes);
    }

    /** An infinity may come from one in g or v, which are looked at only then. */
    private void requireNoOverflow(Tensor composed) throws CheckpointException {
      if (isFinite(composed)) {
        return;
      }
      boolean overflows =
          Arrays.stream(composed.toDoubleArray()).anyMatch(Double::isInfinite)
              && isFinite(pair.g().tensor())
              && isFinite(pair.v().tensor());
      if (overflows) {
        throw new CheckpointException(
            "%s has elements that overflow %s: expected a g in reach of the type of v"
                .formatted(pair.name(), composed.dtype()));
      }
    }

    /** Norms of finite F64 elements may be infinite; greatest elements take three times as long. */
    private static boolean isFinite(Tensor tensor) {
      return Double.isFinite(NORM.of(tensor, DType.F64).item())
          || Double.isFinite(GREATEST.of(tensor, DType.F64).item());
    }

    private static long step(Tensor v, int axis) {
      return Math.max(1, TensorSink.WINDOW / (byteSize(v) / v.size(axis)));
    }

    private static long byteSize(Tensor tensor) {
      return tensor.count() * tensor.dtype().byteSize();
    }
  }

  /** Writes a window of the weight. */
  @FunctionalInterface
  interface Composing {
    void compose(Tensor w);
  }
}
