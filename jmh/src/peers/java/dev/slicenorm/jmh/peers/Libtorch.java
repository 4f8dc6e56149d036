package dev.slicenorm.jmh.peers;

import dev.slicenorm.jmh.Inputs;
import dev.slicenorm.jmh.Library;
import dev.slicenorm.jmh.Operation;
import dev.slicenorm.jmh.Task;
import dev.slicenorm.jmh.WorkItem;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch, PyTorch's engine: {@code linalg_vector_norm}, and the fused kernels behind its weight
 * norm. Plain calls, which return a new tensor: the {@code _out} overloads are slower.
 *
 * <p>Java reaches the fused kernels through the operator registry, which costs about 7 µs a call
 * that C++ would not pay: nothing beside 100 µs, unfair on a tiny shape. Its backward is given the
 * norms that its forward saved; ours computes them again.
 */
public final class Libtorch implements Library {

  private static final String FORWARD =
      "aten::_weight_norm_interface(Tensor v, Tensor g, int dim=0) -> (Tensor, Tensor)";
  private static final String BACKWARD =
      "aten::_weight_norm_interface_backward(Tensor grad_w, Tensor saved_v, Tensor saved_g, Tensor"
          + " saved_norms, int dim) -> (Tensor, Tensor)";

  @Override
  public String name() {
    return "libtorch";
  }

  @Override
  public boolean supports(WorkItem item) {
    return true;
  }

  @Override
  public Task prepare(Inputs inputs, int threads) {
    torch.set_num_threads(threads);
    return switch (inputs.item().operation()) {
      case NORM -> new Norms(inputs);
      case FORWARD, BACKWARD -> new Fused(inputs);
    };
  }

  /** {@return one version of the input, of the item's element type and view} */
  static Tensor tensor(Inputs inputs, int copy) {
    WorkItem item = inputs.item();
    float[] data = inputs.v()[copy];
    long[] shape = item.shape();
    return switch (item.view()) {
      case TRANSPOSED -> Tensor.create(data, shape[1], shape[0]).t();
      case STEP_2, STEP_3 ->
          Tensor.create(data, data.length)
              .slice(0, new LongOptional(0), new LongOptional(data.length), item.view().step());
      case PLAIN -> {
        Tensor plain = Tensor.create(data, shape);
        yield switch (item.dtype()) {
          case BF16 -> plain.to(torch.ScalarType.BFloat16);
          case F16 -> plain.to(torch.ScalarType.Half);
          case F32, F64 -> plain;
        };
      }
    };
  }

  /** {@return the elements of tensors, one tensor after another} */
  static float[] elements(Tensor... tensors) {
    int count = 0;
    for (Tensor tensor : tensors) {
      count += Math.toIntExact(tensor.numel());
    }
    float[] all = new float[count];
    int at = 0;
    for (Tensor tensor : tensors) {
      FloatPointer data = tensor.to(torch.ScalarType.Float).contiguous().data_ptr_float();
      int length = Math.toIntExact(tensor.numel());
      data.get(all, at, length);
      at += length;
    }
    return all;
  }

  private static final class Norms implements Task {
    private final Tensor[] x;
    private final LongPointer axes;
    private final LongArrayRefOptional along;
    private final Scalar two = new Scalar(2);
    private final ScalarTypeOptional same = new ScalarTypeOptional();
    private final int mask;
    private Tensor last;

    Norms(Inputs inputs) {
      x = new Tensor[inputs.v().length];
      for (int copy = 0; copy < x.length; copy++) {
        x[copy] = tensor(inputs, copy);
      }
      int[] reduced = inputs.item().reducedAxes();
      axes = new LongPointer(reduced.length);
      for (int i = 0; i < reduced.length; i++) {
        axes.put(i, reduced[i]);
      }
      along = new LongArrayRefOptional(new LongArrayRef(axes, reduced.length));
      mask = inputs.turnMask();
    }

    @Override
    public double call(int turn) {
      if (last != null) {
        last.close();
      }
      last = torch.linalg_vector_norm(x[turn & mask], two, along, true, same);
      return turn;
    }

    @Override
    public float[] results() {
      return elements(last);
    }

    @Override
    public void close() {
      last.close();
      for (Tensor tensor : x) {
        tensor.close();
      }
    }
  }

  private static final class Fused implements Task {
    private final boolean gradient;
    private final org.bytedeco.pytorch.Operation forward;
    private final org.bytedeco.pytorch.Operation backward;
    private final IValue v;
    private final IValue g;
    private final IValue dw;
    private final IValue norms;
    private final IValue axis;

    Fused(Inputs inputs) {
      WorkItem item = inputs.item();
      gradient = item.operation() == Operation.BACKWARD;
      forward = torch.getOperatorForLiteral(FORWARD).getOperation();
      backward = torch.getOperatorForLiteral(BACKWARD).getOperation();
      v = new IValue(tensor(inputs, 0));
      g = new IValue(Tensor.create(inputs.g(), item.axes().keptShape(item.shape())));
      axis = new IValue((long) item.keptAxis());
      dw = gradient ? new IValue(Tensor.create(inputs.dw(), item.shape())) : null;
      norms = gradient ? new IValue(forward()[1]) : null;
    }

    private Tensor[] forward() {
      IValueVector stack = new IValueVector(v, g, axis);
      forward.apply(stack);
      return new Tensor[] {stack.get(0).toTensor(), stack.get(1).toTensor()};
    }

    @Override
    public double call(int turn) {
      try (PointerScope scope = new PointerScope()) {
        IValueVector stack =
            gradient ? new IValueVector(dw, v, g, norms, axis) : new IValueVector(v, g, axis);
        (gradient ? backward : forward).apply(stack);
        return turn + scope.hashCode();
      }
    }

    @Override
    public float[] results() {
      try (PointerScope scope = new PointerScope()) {
        IValueVector stack =
            gradient ? new IValueVector(dw, v, g, norms, axis) : new IValueVector(v, g, axis);
        (gradient ? backward : forward).apply(stack);
        Tensor first = stack.get(0).toTensor();
        return gradient ? elements(first, stack.get(1).toTensor()) : elements(first);
      }
    }

    @Override
    public void close() {
      v.close();
      g.close();
    }
  }
}
