package dev.slicenorm.jmh.peers;

import dev.slicenorm.jmh.Inputs;
import dev.slicenorm.jmh.Library;
import dev.slicenorm.jmh.Operation;
import dev.slicenorm.jmh.Task;
import dev.slicenorm.jmh.WorkItem;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Jittor's formula {@code v · g / √max(Σv², 1e-30)}, composed of libtorch's tensor operations: what
 * a framework without a fused kernel does.
 */
public final class ComposedTorch implements Library {

  private static final double LEAST_SQUARE = 1e-30;

  @Override
  public String name() {
    return "libtorch composed";
  }

  @Override
  public boolean supports(WorkItem item) {
    return item.operation() == Operation.FORWARD;
  }

  @Override
  public Task prepare(Inputs inputs, int threads) {
    torch.set_num_threads(threads);
    return new Composed(inputs);
  }

  private static final class Composed implements Task {
    private final Tensor v;
    private final Tensor g;
    private final long[] axes;
    private final Scalar least = new Scalar(LEAST_SQUARE);
    private final ScalarTypeOptional same = new ScalarTypeOptional();

    Composed(Inputs inputs) {
      WorkItem item = inputs.item();
      v = Libtorch.tensor(inputs, 0);
      g = Tensor.create(inputs.g(), item.axes().keptShape(item.shape()));
      axes = Arrays.stream(item.reducedAxes()).asLongStream().toArray();
    }

    private Tensor compose() {
      Tensor squares = torch.sum(torch.mul(v, v), axes, true, same);
      return torch.mul(v, torch.div(g, torch.sqrt(torch.clamp_min(squares, least))));
    }

    @Override
    public double call(int turn) {
      try (PointerScope scope = new PointerScope()) {
        return turn + compose().hashCode();
      }
    }

    @Override
    public float[] results() {
      try (PointerScope scope = new PointerScope()) {
        return Libtorch.elements(compose());
      }
    }

    @Override
    public void close() {
      v.close();
      g.close();
    }
  }
}
