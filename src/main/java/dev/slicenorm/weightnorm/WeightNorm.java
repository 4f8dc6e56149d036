package dev.slicenorm.weightnorm;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Norm;
import dev.slicenorm.norm.Parallelism;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.norm.ZeroSlice;
import dev.slicenorm.plan.Precision;
import dev.slicenorm.plan.RecentPlan;
import dev.slicenorm.plan.ScaleFactors;
import dev.slicenorm.plan.SlicePlan;
import dev.slicenorm.plan.Walk;
import dev.slicenorm.plan.Walks;
import dev.slicenorm.plan.Work;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;

/**
 * Weight normalization: {@code w = g · v / ‖v‖}, one {@code g} per slice (Salimans and Kingma 2016,
 * "Weight Normalization", equation 2), both ways, and its gradients. Immutable and safe to share.
 *
 * <p>A slice is what the {@link Axes} reduce. The weights of a layer with one magnitude per output,
 * kept on axis 0 as in PyTorch, are {@code WeightNorm.of(Axes.except(0))}; Jittor's {@code
 * weight_norm(m, name, dim)} is {@code WeightNorm.of(Axes.along(dim))}.
 *
 * <p>{@code g} keeps the rank of {@code v}, with size 1 on reduced axes; for {@link Axes#whole()} a
 * tensor of rank 0 will do. Element types may differ; the norm and the quotient are never rounded
 * to them, and each element of a result is rounded once.
 *
 * <p>Every method throws {@link IndexOutOfBoundsException} if a tensor has no such axis, {@link
 * IllegalArgumentException} if shapes don't fit or tensors share memory that must not, {@link
 * IllegalStateException} if a tensor can't be read or a result not be written, and those that
 * divide by a norm {@link dev.slicenorm.norm.ZeroSliceException} for a slice of norm zero under
 * {@link ZeroSlice#REJECT}; nothing is written then.
 *
 * {@snippet file="dev/slicenorm/snippets/WeightNormSnippetsTest.java" region="compose"}
 */
public final class WeightNorm {

  private final Axes axes;
  private final ZeroSlice zeroSlice;
  private final Parallelism parallelism;
  private final String name;
  private final RecentPlan recentWeight;
  private final RecentPlan recentGradient;
  private final Consumer<Walk<float[]>> composing;
  private final Consumer<Walk<double[]>> composingDoubles;
  private final Consumer<Walk<float[]>> gradients;
  private final Consumer<Walk<double[]>> gradientsOfDoubles;

  private WeightNorm(Axes axes, ZeroSlice zeroSlice, Parallelism parallelism, String name) {
    this.axes = Objects.requireNonNull(axes, "axes");
    this.zeroSlice = Objects.requireNonNull(zeroSlice, "zeroSlice");
    this.parallelism = Objects.requireNonNull(parallelism, "parallelism");
    this.name = Objects.requireNonNull(name, "name");
    this.recentWeight = new RecentPlan(axes::reduced, 2);
    this.recentGradient = new RecentPlan(axes::reduced, 3);
    this.composing = new SliceWeight(factors(false))::composeFloats;
    this.composingDoubles = new SliceWeight(factors(true))::composeDoubles;
    this.gradients = new SliceGradient(factors(false))::ofFloats;
    this.gradientsOfDoubles = new SliceGradient(factors(true))::ofDoubles;
  }

  /**
   * Magnitude and direction of a weight.
   *
   * @param g the norm of each slice
   * @param v the direction, of the shape of the weight
   */
  public record Decomposition(Tensor g, Tensor v) {}

  /**
   * The gradients of a loss.
   *
   * @param dg with respect to g, of its shape and element type
   * @param dv with respect to v, of its shape and element type
   */
  public record Gradients(Tensor dg, Tensor dv) {}

  /**
   * The gradients of a function of the gradients.
   *
   * @param dg with respect to g, of its shape and element type
   * @param dv with respect to v, of its shape and element type
   * @param ddw with respect to dw, of its shape and element type
   */
  public record SecondGradients(Tensor dg, Tensor dv, Tensor ddw) {}

  /**
   * {@return weight normalization over the slices that these axes reduce}
   *
   * @param axes the axes
   */
  public static WeightNorm of(Axes axes) {
    return new WeightNorm(axes, ZeroSlice.ZERO, Parallelism.SEQUENTIAL, "weight");
  }

  /**
   * {@return the same with another policy for slices of norm zero}
   *
   * @param policy the policy
   */
  public WeightNorm withZeroSlice(ZeroSlice policy) {
    return new WeightNorm(axes, policy, parallelism, name);
  }

  /**
   * {@return the same, computed by several threads}
   *
   * @param newParallelism how many, and when
   */
  public WeightNorm withParallelism(Parallelism newParallelism) {
    return new WeightNorm(axes, zeroSlice, newParallelism, name);
  }

  /**
   * {@return the same, calling the parameter by its name in messages}
   *
   * @param newName such as {@code encoder.conv1.weight}; {@code weight} if never set
   */
  public WeightNorm withName(String newName) {
    return new WeightNorm(axes, zeroSlice, parallelism, newName);
  }

  /** {@return what messages call the parameter} */
  String name() {
    return name;
  }

  /** {@return the axes that are reduced} */
  public Axes axes() {
    return axes;
  }

  /** {@return the policy for slices of norm zero} */
  public ZeroSlice zeroSlice() {
    return zeroSlice;
  }

  /**
   * {@return the magnitude and the direction of a weight, which compose to it: its norms, and a
   * copy of it}
   *
   * {@snippet file="dev/slicenorm/snippets/WeightNormSnippetsTest.java" region="decompose"}
   *
   * @param w the weight
   * @throws IllegalArgumentException if no g and v compose to it: a norm overflows the element
   *     type, or an element is infinite
   */
  public Decomposition decompose(Tensor w) {
    Tensor direction = w.copy();
    return new Decomposition(magnitudes(direction), direction);
  }

  /**
   * {@return the magnitude of a weight: the norm of each slice, in its element type; with a {@link
   * ZeroSlice#floor floor} never below its root}
   *
   * @param w the weight, or a direction
   */
  public Tensor norms(Tensor w) {
    Tensor norms = norms().of(w);
    double least = Math.sqrt(zeroSlice.leastSquare());
    if (least > 0) {
      double[] raised = norms.toDoubleArray();
      for (int slice = 0; slice < raised.length; slice++) {
        raised[slice] = Math.max(raised[slice], least);
      }
      norms.copyFrom(Tensor.of(raised, norms.shape()));
    }
    return norms;
  }

  /** {@return the norms of a weight that g and v can stand for} */
  Tensor magnitudes(Tensor w) {
    Tensor norms = norms(w);
    double[] rounded = norms.toDoubleArray();
    if (DoubleStream.of(rounded).noneMatch(Double::isInfinite)) {
      return norms;
    }
    double[] largest = SliceNorms.of(Norm.MAX, axes).of(w, DType.F64).toDoubleArray();
    double[] exact = norms(w.to(DType.F64)).toDoubleArray();
    for (int slice = 0; slice < rounded.length; slice++) {
      if (Double.isInfinite(largest[slice])) {
        throw new IllegalArgumentException(
            "%s: slice %d of %d has an infinite element, which would make the others NaN: expected finite elements"
                .formatted(name, slice, rounded.length));
      } else if (Double.isInfinite(rounded[slice])) {
        throw new IllegalArgumentException(
            "%s: slice %d of %d has norm %s, which overflows %s: expected smaller elements, shorter slices or a wider element type"
                .formatted(name, slice, rounded.length, exact[slice], w.dtype()));
      }
    }
    return norms;
  }

  /**
   * {@return the weight {@code g · v / ‖v‖}, in the element type of v}
   *
   * @param v the direction
   * @param g the magnitude of each slice; may be negative
   */
  public Tensor compose(Tensor v, Tensor g) {
    Tensor w = Tensor.zeros(v.dtype(), v.shape());
    compose(v, g, w);
    return w;
  }

  /**
   * Writes the weight {@code g · v / ‖v‖}.
   *
   * @param v the direction
   * @param g the magnitude of each slice; may be negative
   * @param w of the shape of v, any element type; may be v itself
   */
  public void compose(Tensor v, Tensor g, Tensor w) {
    SlicePlan plan = recentWeight.find(v, w, g);
    Tensor magnitudes = plan == null ? magnitudes("g", g, v) : g;
    if (plan == null) {
      requireShape("w", w, v);
      plan = recentWeight.make(v, w, magnitudes);
    }
    requireInputs(v, magnitudes);
    w.requireWritable();
    w.requireNoPartialOverlap(v);
    requireSeparate("w", w, "g", magnitudes);
    rejectZeroSlices(v);
    if (v.count() == 0) {
      return;
    }
    int threads = parallelism.threadsFor(v.count());
    if (v.dtype() != DType.F64 && !needsDouble(w.dtype())) {
      Walks.run(
          Walks.begin(plan, Precision.SINGLE).with(v).with(w).with(magnitudes),
          threads,
          composing,
          Work.SCALING);
    } else {
      Walks.run(
          Walks.begin(plan, Precision.DOUBLE).with(v).with(w).with(magnitudes),
          threads,
          composingDoubles,
          Work.SCALING);
    }
  }

  /**
   * {@return the quotients {@code g / ‖v‖}, to compose the weight piece by piece where it is too
   * large to be composed at once}
   *
   * @param v the direction
   * @param g the magnitude of each slice; may be negative
   * @param to the element type of the weight
   */
  public WeightScales scales(Tensor v, Tensor g, DType to) {
    Objects.requireNonNull(to, "to");
    Tensor magnitudes = magnitudes("g", g, v);
    requireInputs(v, magnitudes);
    rejectZeroSlices(v);
    return WeightScales.of(this, v, magnitudes, to);
  }

  /** Runs a task whose plan is not kept. */
  <A> void run(
      Precision<A> precision,
      Consumer<Walk<A>> task,
      Work work,
      Tensor[] full,
      Tensor... perSlice) {
    Tensor[] operands = Arrays.copyOf(full, full.length + perSlice.length);
    System.arraycopy(perSlice, 0, operands, full.length, perSlice.length);
    SlicePlan plan = new RecentPlan(axes::reduced, full.length).make(operands);
    Walk<A> walk = Walks.begin(plan, precision);
    for (Tensor operand : operands) {
      walk.with(operand);
    }
    Walks.run(walk, parallelism.threadsFor(full[0].count()), task, work);
  }

  /**
   * {@return the gradients {@code dg = s/n}, {@code dv = (g/n)·(dw − v·s/n²)} with {@code n = ‖v‖}
   * and {@code s = Σ dw·v} per slice (equation 3 of the paper)}
   *
   * {@snippet file="dev/slicenorm/snippets/WeightNormSnippetsTest.java" region="backward"}
   *
   * @param v the direction
   * @param g the magnitude of each slice
   * @param dw the gradient with respect to the weight, of the shape of v
   */
  public Gradients backward(Tensor v, Tensor g, Tensor dw) {
    Tensor dg = Tensor.zeros(g.dtype(), g.shape());
    Tensor dv = Tensor.zeros(v.dtype(), v.shape());
    backward(v, g, dw, dg, dv);
    return new Gradients(dg, dv);
  }

  /**
   * Writes the gradients, as {@link #backward(Tensor, Tensor, Tensor)} returns them.
   *
   * @param v the direction
   * @param g the magnitude of each slice
   * @param dw the gradient with respect to the weight, of the shape of v
   * @param dg of the shape of g; may be g itself
   * @param dv of the shape of v; may be v or dw itself
   */
  public void backward(Tensor v, Tensor g, Tensor dw, Tensor dg, Tensor dv) {
    SlicePlan plan = recentGradient.find(v, dw, dv, g, dg);
    Tensor magnitudes = plan == null ? magnitudes("g", g, v) : g;
    Tensor magnitudeGradients = plan == null ? magnitudes("dg", dg, v) : dg;
    if (plan == null) {
      requireShape("dw", dw, v);
      requireShape("dv", dv, v);
      plan = recentGradient.make(v, dw, dv, magnitudes, magnitudeGradients);
    }
    requireInputs(v, magnitudes);
    dw.requireAccessible();
    dg.requireWritable();
    dv.requireWritable();
    dv.requireNoPartialOverlap(v);
    dv.requireNoPartialOverlap(dw);
    magnitudeGradients.requireNoPartialOverlap(magnitudes);
    requireSeparate("dv", dv, "g", magnitudes);
    requireSeparate("dv", dv, "dg", magnitudeGradients);
    requireSeparate("dg", magnitudeGradients, "v", v);
    requireSeparate("dg", magnitudeGradients, "dw", dw);
    rejectZeroSlices(v);
    if (v.count() == 0) {
      dg.fill(0);
      return;
    }
    boolean any64 = v.dtype() == DType.F64 || dw.dtype() == DType.F64;
    int threads = parallelism.threadsFor(v.count());
    if (!any64 && !needsDouble(dv.dtype())) {
      Walks.run(
          operands(plan, Precision.SINGLE, v, dw, dv, magnitudes, magnitudeGradients),
          threads,
          gradients,
          Work.GRADIENT);
    } else {
      Walks.run(
          operands(plan, Precision.DOUBLE, v, dw, dv, magnitudes, magnitudeGradients),
          threads,
          gradientsOfDoubles,
          Work.GRADIENT);
    }
  }

  private static <A> Walk<A> operands(
      SlicePlan plan,
      Precision<A> precision,
      Tensor v,
      Tensor dw,
      Tensor dv,
      Tensor magnitudes,
      Tensor magnitudeGradients) {
    return Walks.begin(plan, precision)
        .with(v)
        .with(dw)
        .with(dv)
        .with(magnitudes)
        .with(magnitudeGradients);
  }

  /**
   * {@return the gradient of the gradient: of {@code F = Σ ddv·dv + Σ ddg·dg}, with the {@code dv}
   * and {@code dg} of {@link #backward(Tensor, Tensor, Tensor)}}
   *
   * <p>With {@code n = ‖v‖}, {@code s = Σ dw·v}, {@code t = Σ ddv·v} and {@code q = Σ ddv·dw} per
   * slice, {@code ∂F/∂g = (q − t·s/n²)/n}, {@code ∂F/∂dw = (g/n)·(ddv − v·t/n²) + ddg·v/n} and
   * {@code ∂F/∂v = v·(3g·t·s/n⁵ − g·q/n³ − ddg·s/n³) − (g/n³)·(s·ddv + t·dw) + (ddg/n)·dw}. A slice
   * of norm zero follows the {@link ZeroSlice} policy as in {@code backward}.
   *
   * <p>Computed in F64 on copies of the inputs, by the caller's thread; each result is rounded
   * once. F64 terms must stay within the range.
   *
   * @param v the direction
   * @param g the magnitude of each slice
   * @param dw the gradient with respect to the weight, of the shape of v
   * @param ddg the gradient of F with respect to dg, of the shape of g
   * @param ddv the gradient of F with respect to dv, of the shape of v
   * @throws dev.slicenorm.norm.ZeroSliceException if a slice has norm zero and the policy is {@link
   *     ZeroSlice#REJECT}
   */
  public SecondGradients doubleBackward(Tensor v, Tensor g, Tensor dw, Tensor ddg, Tensor ddv) {
    Tensor magnitudes = magnitudes("g", g, v);
    Tensor secondMagnitudes = magnitudes("ddg", ddg, v);
    requireShape("dw", dw, v);
    requireShape("ddv", ddv, v);
    requireInputs(v, magnitudes);
    dw.requireAccessible();
    ddg.requireAccessible();
    ddv.requireAccessible();
    rejectZeroSlices(v);
    SecondGradients exact =
        new DoubleBackward(axes, v, dw, ddv, norms().of(v, DType.F64))
            .gradients(
                magnitudes.toDoubleArray(),
                secondMagnitudes.toDoubleArray(),
                zeroSlice,
                magnitudes.shape());
    return DoubleBackward.rounded(exact, g, v, dw);
  }

  ScaleFactors factors(boolean wide) {
    return new ScaleFactors(zeroSlice.leastSquare(), zeroSlice.dividesByZero(), wide);
  }

  private SliceNorms norms() {
    return SliceNorms.l2(axes).withParallelism(parallelism);
  }

  /** F16 and BF16 results must be rounded once, from double: an F32 row would round them twice. */
  static boolean needsDouble(DType result) {
    return result != DType.F32;
  }

  private Tensor magnitudes(String role, Tensor g, Tensor v) {
    long[] expected = axes.keptShape(v.shape());
    if (Arrays.equals(g.shape(), expected)) {
      return g;
    }
    if (g.rank() == 0 && axes.equals(Axes.whole())) {
      return g.reshape(expected);
    }
    throw new IllegalArgumentException(
        "%s of %s has shape %s, expected %s for v %s, %s"
            .formatted(
                role,
                name,
                Arrays.toString(g.shape()),
                Arrays.toString(expected),
                Arrays.toString(v.shape()),
                axes));
  }

  private void requireShape(String role, Tensor tensor, Tensor v) {
    if (!Arrays.equals(tensor.shape(), v.shape())) {
      throw new IllegalArgumentException(
          "%s of %s has shape %s, expected %s as v has"
              .formatted(role, name, Arrays.toString(tensor.shape()), Arrays.toString(v.shape())));
    }
  }

  private static void requireInputs(Tensor v, Tensor g) {
    v.requireAccessible();
    g.requireAccessible();
  }

  private void requireSeparate(String role, Tensor written, String otherRole, Tensor other) {
    if (written.overlaps(other)) {
      throw new IllegalArgumentException(
          "%s of %s shares memory with %s: expected separate memory"
              .formatted(role, name, otherRole));
    }
  }

  private void rejectZeroSlices(Tensor v) {
    if (zeroSlice.equals(ZeroSlice.REJECT)) {
      norms().requireNoZeroSlice("v of " + name, v);
    }
  }

  @Override
  public String toString() {
    String policy = zeroSlice.equals(ZeroSlice.ZERO) ? "" : ", " + zeroSlice;
    return "WeightNorm[" + name + " " + axes + policy + "]";
  }
}
