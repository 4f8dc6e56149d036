package dev.slicenorm.jmh;

import dev.slicenorm.norm.Parallelism;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.weightnorm.WeightNorm;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Ours, through the public API only, with outputs that the caller gives. */
public final class Slicenorm implements Library {

  /** The name in tables. */
  public static final String NAME = "Slicenorm";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean supports(WorkItem item) {
    return true;
  }

  @Override
  public Task prepare(Inputs inputs, int threads) {
    Parallelism parallelism =
        threads == 1
            ? Parallelism.SEQUENTIAL
            : new Parallelism(threads, Parallelism.automatic().leastElements());
    return switch (inputs.item().operation()) {
      case NORM -> new Norms(inputs, parallelism);
      case FORWARD -> new Forward(inputs, parallelism);
      case BACKWARD -> new Backward(inputs, parallelism);
    };
  }

  private static Tensor[] copies(Inputs inputs) {
    IntFunction<Tensor> copy = inputs::tensor;
    return IntStream.range(0, inputs.v().length).mapToObj(copy).toArray(Tensor[]::new);
  }

  private static Tensor perSlice(Inputs inputs, float[] values) {
    return Tensor.of(values, inputs.item().axes().keptShape(inputs.item().shape()));
  }

  private static final class Norms implements Task {
    private final SliceNorms norms;
    private final Tensor[] x;
    private final Tensor out;
    private final int mask;

    Norms(Inputs inputs, Parallelism parallelism) {
      WorkItem item = inputs.item();
      norms = SliceNorms.l2(item.axes()).withParallelism(parallelism);
      x = copies(inputs);
      out = Tensor.zeros(item.dtype(), item.axes().keptShape(item.shape()));
      mask = inputs.turnMask();
    }

    @Override
    public double call(int turn) {
      norms.into(x[turn & mask], out);
      return turn;
    }

    @Override
    public float[] results() {
      return out.toFloatArray();
    }
  }

  private static final class Forward implements Task {
    private final WeightNorm weightNorm;
    private final Tensor v;
    private final Tensor g;
    private final Tensor w;

    Forward(Inputs inputs, Parallelism parallelism) {
      weightNorm = WeightNorm.of(inputs.item().axes()).withParallelism(parallelism);
      v = inputs.tensor(0);
      g = perSlice(inputs, inputs.g());
      w = Tensor.zeros(v.dtype(), v.shape());
    }

    @Override
    public double call(int turn) {
      weightNorm.compose(v, g, w);
      return turn;
    }

    @Override
    public float[] results() {
      return w.toFloatArray();
    }
  }

  private static final class Backward implements Task {
    private final WeightNorm weightNorm;
    private final Tensor v;
    private final Tensor g;
    private final Tensor dw;
    private final Tensor dg;
    private final Tensor dv;

    Backward(Inputs inputs, Parallelism parallelism) {
      weightNorm = WeightNorm.of(inputs.item().axes()).withParallelism(parallelism);
      v = inputs.tensor(0);
      g = perSlice(inputs, inputs.g());
      dw = Tensor.of(inputs.dw(), v.shape());
      dg = Tensor.zeros(g.dtype(), g.shape());
      dv = Tensor.zeros(v.dtype(), v.shape());
    }

    @Override
    public double call(int turn) {
      weightNorm.backward(v, g, dw, dg, dv);
      return turn;
    }

    @Override
    public float[] results() {
      return Agreement.joined(dv.toFloatArray(), dg.toFloatArray());
    }
  }
}
