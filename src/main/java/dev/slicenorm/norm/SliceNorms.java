package dev.slicenorm.norm;

import dev.slicenorm.kernel.LoneSlices;
import dev.slicenorm.kernel.Term;
import dev.slicenorm.plan.LoneRows;
import dev.slicenorm.plan.Precision;
import dev.slicenorm.plan.RecentPlan;
import dev.slicenorm.plan.SlicePlan;
import dev.slicenorm.plan.Walk;
import dev.slicenorm.plan.Walks;
import dev.slicenorm.plan.Work;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Memory;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Norms of the slices of a tensor. Immutable and safe to share; make one and use it for many
 * tensors.
 *
 * {@snippet file="dev/slicenorm/snippets/NormSnippetsTest.java" region="norms"}
 *
 * <p>Reduced axes stay, with size 1. F32, F16 and BF16 elements are summed in {@code double}, and a
 * norm in one of these types is within 0.5001 ULP of the true one; F64 elements are summed with
 * their rounding errors carried along, so that a norm in F64 is within 2 ULP (other p: 4). A norm
 * in F64 of shorter elements, whose sums are rounded as they grow, is within 93 ULP ({@link
 * Norm#L1}: 183); converted to F64 first they give the former. Nothing overflows or underflows on
 * the way. The same slice has the same bits whatever the vector width, the memory layout and the
 * number of threads.
 *
 * <p>How tensors are walked is planned when their shapes and strides differ from those of the call
 * before, which takes as long as a thousand elements do: for layouts that take turns, keep an
 * object for each.
 *
 * <p>Every method throws {@link IndexOutOfBoundsException} if a tensor has no such axis, {@link
 * IllegalArgumentException} if shapes don't fit or tensors share memory that must not, and {@link
 * IllegalStateException} if a tensor can't be read or a result not be written; nothing is written
 * then.
 */
public final class SliceNorms {

  private final Norm norm;
  private final boolean euclidean;
  private final Term term;
  private final Work work;
  private final boolean power;
  private final Axes axes;
  private final ZeroSlice zeroSlice;
  private final Parallelism parallelism;
  private final RecentPlan recent;
  private final RecentPlan recentScaling;
  private final Consumer<Walk<float[]>> floats;
  private final Consumer<Walk<double[]>> doubles;

  private SliceNorms(Norm norm, Axes axes, ZeroSlice zeroSlice, Parallelism parallelism) {
    this.norm = Objects.requireNonNull(norm, "norm");
    this.euclidean = norm.exponent() == 2;
    this.term = NormReducer.term(norm);
    this.work = Work.of(term);
    this.power = NormReducer.needsDouble(norm);
    this.axes = Objects.requireNonNull(axes, "axes");
    this.zeroSlice = Objects.requireNonNull(zeroSlice, "zeroSlice");
    this.parallelism = Objects.requireNonNull(parallelism, "parallelism");
    this.recent = new RecentPlan(axes::reduced, 1);
    this.recentScaling = new RecentPlan(axes::reduced, 2);
    this.floats = new NormReducer(norm, false)::write;
    this.doubles = new NormReducer(norm, true)::write;
  }

  /**
   * Slices scaled to norm 1, and what they were scaled by.
   *
   * @param unit the scaled slices
   * @param magnitudes the norms before, with size 1 on reduced axes
   */
  public record Normalized(Tensor unit, Tensor magnitudes) {}

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
    return new SliceNorms(norm, axes, ZeroSlice.ZERO, Parallelism.SEQUENTIAL);
  }

  /**
   * {@return the same norms, computed by several threads}
   *
   * @param newParallelism how many, and when
   */
  public SliceNorms withParallelism(Parallelism newParallelism) {
    return new SliceNorms(norm, axes, zeroSlice, newParallelism);
  }

  /**
   * {@return the same norms, with another policy for normalizing slices of norm zero}
   *
   * @param policy the policy; a {@link ZeroSlice#floor floor} applies to the L2 norm only
   */
  public SliceNorms withZeroSlice(ZeroSlice policy) {
    Objects.requireNonNull(policy, "policy");
    if (policy.leastSquare() > 0 && !norm.equals(Norm.L2)) {
      throw new IllegalArgumentException(
          policy + " is a floor under a sum of squares: expected norm L2, not " + norm);
    }
    return new SliceNorms(norm, axes, policy, parallelism);
  }

  /** {@return which norm} */
  public Norm norm() {
    return norm;
  }

  /** {@return the axes that are reduced} */
  public Axes axes() {
    return axes;
  }

  /** {@return the policy for normalizing slices of norm zero} */
  public ZeroSlice zeroSlice() {
    return zeroSlice;
  }

  /** {@return how many threads, and when} */
  public Parallelism parallelism() {
    return parallelism;
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
  @SuppressWarnings("ReferenceEquality") // Arrays have no other.
  public void into(Tensor x, Tensor out) {
    SlicePlan plan = recent.find(x, out);
    if (plan == null) {
      plan = newPlan(x, out);
    }
    // Two arrays are always there, can be written, and share no memory. So there is nothing more to
    // check, which for a few elements takes as long as the work.
    float[] from = x.floats();
    float[] to = out.floats();
    if (from == null || to == null || from == to) {
      intoOthers(plan, x, out);
      return;
    }
    int at = (int) x.layout().offset();
    int first = (int) out.layout().offset();
    int row = plan.loneRowLength();
    LoneSlices slices = plan.fewSlices();
    if (row > 0 && euclidean) {
      to[first] = LoneRows.norm(from, at, row);
    } else if (slices != null && !power) {
      slices.writeNorms(from, at, to, first);
    } else if (row > 0 && LoneRows.reduces(row) && !power) {
      // Without a walk here either (3 elements: 5 to 10 ns, 50 to 80 by one).
      to[first] = (float) LoneRows.reduce(term, from, at, row);
    } else {
      walkInto(plan, x, out);
    }
  }

  /** A lone F64 row has no walk either (3 elements on Zen 5: 9 ns, 63 by one). */
  @SuppressWarnings("ReferenceEquality") // Arrays have no other.
  private void intoOthers(SlicePlan plan, Tensor x, Tensor out) {
    int row = plan.loneRowLength();
    if (row == 0
        || power
        || !(x.memory() instanceof Memory.Doubles(double[] from))
        || !(out.memory() instanceof Memory.Doubles(double[] to))
        || from == to) {
      walkInto(plan, x, out);
      return;
    }
    int at = (int) x.layout().offset();
    int first = (int) out.layout().offset();
    if (euclidean) {
      LoneRows.writeNorm(from, at, row, to, first);
    } else {
      to[first] = LoneRows.reduce(term, from, at, row);
    }
  }

  private SlicePlan newPlan(Tensor x, Tensor out) {
    requireShape("out", out, axes.keptShape(x.shape()), x);
    return recent.make(x, out);
  }

  private void walkInto(SlicePlan plan, Tensor x, Tensor out) {
    plan.walkInstead(term);
    x.requireAccessible();
    out.requireWritable();
    requireSeparate("out", out, x);
    if (x.count() == 0) {
      out.fill(0);
      return;
    }
    int threads = parallelism.threadsFor(x.count());
    if (x.dtype() == DType.F64 || power) {
      Walks.run(Walks.begin(plan, Precision.DOUBLE).with(x).with(out), threads, doubles, work);
    } else {
      Walk<float[]> walk = Walks.begin(plan, Precision.SINGLE).with(x).with(out);
      if (!(euclidean && threads == 1 && Walks.writeAllRoots(walk))) {
        Walks.run(walk, threads, floats, work);
      }
    }
  }

  /**
   * {@return the slices of {@code x} scaled to norm 1, and their magnitudes, in its element type}
   *
   * <p>A slice of norm zero becomes zero unless another {@link ZeroSlice} policy is set; by {@link
   * Norm#MIN} that is each with an element 0. NaN in a slice makes it NaN; an infinite norm makes
   * its finite elements 0 and the infinite ones NaN, as {@code x / ‖x‖} says.
   *
   * {@snippet file="dev/slicenorm/snippets/NormSnippetsTest.java" region="normalize"}
   *
   * @param x any tensor
   * @throws IllegalArgumentException if the norm is {@link Norm#COUNT}, which no factor changes
   */
  public Normalized normalize(Tensor x) {
    Tensor unit = Tensor.zeros(x.dtype(), x.shape());
    Tensor magnitudes = Tensor.zeros(x.dtype(), axes.keptShape(x.shape()));
    normalize(x, unit, magnitudes);
    return new Normalized(unit, magnitudes);
  }

  /**
   * Scales the slices of {@code x} to norm 1, as {@link #normalize(Tensor)}.
   *
   * @param x any tensor
   * @param unit the scaled slices, of the shape of {@code x}; may be {@code x} itself
   * @param magnitudes the norms, with size 1 on reduced axes
   */
  public void normalize(Tensor x, Tensor unit, Tensor magnitudes) {
    requireScalable(norm);
    requireOperands(x, unit, "magnitudes", magnitudes);
    magnitudes.requireWritable();
    if (zeroSlice.equals(ZeroSlice.REJECT)) {
      requireNoZeroSlice("x", x);
    }
    if (x.count() == 0) {
      magnitudes.fill(0);
    } else {
      SliceScaling.normalize(this, x, unit, magnitudes);
    }
  }

  /**
   * {@return {@code x} with each slice multiplied by a factor of its own}
   *
   * @param x any tensor
   * @param factors one for each slice, with size 1 on reduced axes
   */
  public Tensor scale(Tensor x, Tensor factors) {
    Tensor out = Tensor.zeros(x.dtype(), x.shape());
    scale(x, factors, out);
    return out;
  }

  /**
   * Multiplies each slice of {@code x} by a factor of its own; each product is rounded once.
   *
   * @param x any tensor
   * @param factors one for each slice, with size 1 on reduced axes
   * @param out of the shape of {@code x}; may be {@code x} itself
   */
  public void scale(Tensor x, Tensor factors, Tensor out) {
    requireOperands(x, out, "factors", factors);
    factors.requireAccessible();
    if (x.count() > 0) {
      SliceScaling.scale(this, x, factors, out);
    }
  }

  /**
   * Scales down the slices of {@code x} whose norm is larger than {@code most}, and leaves the
   * others, NaN included, as they are. Infinity makes the finite elements of its slice 0 and itself
   * NaN, as {@code x · most / ‖x‖} says.
   *
   * {@snippet file="dev/slicenorm/snippets/NormSnippetsTest.java" region="clip"}
   *
   * @param x any tensor
   * @param most the largest norm, 0 or more
   * @param out of the shape of {@code x}; may be {@code x} itself
   * @return the norms before, in the element type of {@code x}
   */
  public Tensor clip(Tensor x, double most, Tensor out) {
    Tensor before = Tensor.zeros(x.dtype(), axes.keptShape(x.shape()));
    clip(x, most, out, before);
    return before;
  }

  /**
   * Scales down the slices whose norm is larger than {@code most}, as {@link #clip(Tensor, double,
   * Tensor)}.
   *
   * @param x any tensor
   * @param most the largest norm, 0 or more
   * @param out of the shape of {@code x}; may be {@code x} itself
   * @param before receives the norms before, with size 1 on reduced axes
   */
  public void clip(Tensor x, double most, Tensor out, Tensor before) {
    requireScalable(norm);
    if (!(most >= 0)) {
      throw new IllegalArgumentException("most " + most + ": expected a norm of 0 or more");
    }
    requireOperands(x, out, "before", before);
    before.requireWritable();
    if (x.count() == 0) {
      before.fill(0);
    } else {
      SliceScaling.clip(this, most, x, out, before);
    }
  }

  /** {@return the plan for a tensor, its scaled slices and something for each slice} */
  SlicePlan scalingPlan(Tensor x, Tensor out, Tensor perSlice) {
    SlicePlan plan = recentScaling.find(x, out, perSlice);
    return plan == null ? recentScaling.make(x, out, perSlice) : plan;
  }

  private void requireOperands(Tensor x, Tensor out, String name, Tensor perSlice) {
    if (recentScaling.find(x, out, perSlice) == null) {
      requireShape("out", out, x.shape(), x);
      requireShape(name, perSlice, axes.keptShape(x.shape()), x);
    }
    x.requireAccessible();
    out.requireWritable();
    out.requireNoPartialOverlap(x);
    requireSeparate(name, perSlice, x);
    if (perSlice.overlaps(out)) {
      throw new IllegalArgumentException(
          "%s %s shares memory with the result %s: expected separate memory"
              .formatted(name, perSlice.describe(), out.describe()));
    }
  }

  /**
   * Checks that no slice has norm zero.
   *
   * @param name what to call the tensor in the message
   * @param x the tensor
   * @throws ZeroSliceException if one has; the message names it
   */
  public void requireNoZeroSlice(String name, Tensor x) {
    double[] norms = of(x, DType.F64).toDoubleArray();
    for (int slice = 0; slice < norms.length; slice++) {
      if (norms[slice] == 0) {
        throw new ZeroSliceException(name, x, axes, slice);
      }
    }
  }

  /**
   * {@return norm and axes, such as {@code SliceNorms[L2 along [-1]]}, and the policy for zero
   * slices unless it is {@link ZeroSlice#ZERO}}
   */
  @Override
  public String toString() {
    String policy = zeroSlice.equals(ZeroSlice.ZERO) ? "" : ", " + zeroSlice;
    return "SliceNorms[" + norm + " " + axes + policy + "]";
  }

  /** A number of elements other than 0 stays what it is, whatever they are multiplied by. */
  static void requireScalable(Norm norm) {
    if (norm.equals(Norm.COUNT)) {
      throw new IllegalArgumentException(
          "norm COUNT: expected one that grows with the elements, such as L2");
    }
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

  static void requireSeparate(String name, Tensor out, Tensor x) {
    if (out.overlaps(x)) {
      throw new IllegalArgumentException(
          name + " " + out.describe() + " shares memory with the input " + x.describe());
    }
  }
}
