package dev.slicenorm.weightnorm;

import dev.slicenorm.plan.NormValue;
import dev.slicenorm.plan.Precision;
import dev.slicenorm.plan.ScaleFactors;
import dev.slicenorm.plan.Walk;
import dev.slicenorm.plan.Work;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The quotients {@code g / ‖v‖} of a weight, worked out once from all of {@code v}, so that the
 * weight can then be composed piece by piece: a slice may be spread over a tensor that is far
 * larger than memory.
 *
 * <p>The pieces together have the bits of {@link WeightNorm#compose(Tensor, Tensor)}. A quotient
 * takes 16 bytes. Immutable and safe to share.
 *
 * {@snippet file="dev/slicenorm/snippets/WeightNormSnippetsTest.java" region="scales"}
 */
public final class WeightScales {

  private static final Precision<float[]> SINGLE = Precision.SINGLE;
  private static final Precision<double[]> DOUBLE = Precision.DOUBLE;

  private final WeightNorm norm;
  private final DType from;
  private final DType to;

  /** Of v, for its sizes on reduced axes, which the quotients don't have. */
  private final Layout directions;

  /** The quotient of a slice is the product of the two; the first is a power of two. */
  private final Tensor powers;

  private final Tensor factors;
  private final List<Rare> rare;

  /** A slice whose quotient no two doubles express, and where it starts. */
  private record Rare(long[] start, RareSlice.Scale scale) {}

  private WeightScales(
      WeightNorm norm,
      DType from,
      DType to,
      Layout directions,
      Tensor powers,
      Tensor factors,
      List<Rare> rare) {
    this.norm = norm;
    this.from = from;
    this.to = to;
    this.directions = directions;
    this.powers = powers;
    this.factors = factors;
    this.rare = rare;
  }

  /** Works out the quotients of a direction and its checked magnitudes. */
  static WeightScales of(WeightNorm norm, Tensor v, Tensor magnitudes, DType to) {
    Tensor powers = Tensor.zeros(DType.F64, magnitudes.shape());
    Tensor factors = Tensor.zeros(DType.F64, magnitudes.shape());
    boolean wide = isWide(v.dtype(), to);
    ScaleFactors quotients = norm.factors(wide);
    Tensor[] full = {v};
    if (v.count() == 0) {
      // No slice has an element to multiply.
    } else if (!wide) {
      Consumer<Walk<float[]>> task = walk -> solve(walk, quotients);
      norm.run(SINGLE, task, Work.SQUARES, full, magnitudes, powers, factors);
    } else {
      Consumer<Walk<double[]>> task = walk -> solve(walk, quotients);
      norm.run(DOUBLE, task, Work.SQUARES, full, magnitudes, powers, factors);
    }
    List<Rare> rare = takeRare(norm, v, magnitudes, powers);
    return new WeightScales(norm, v.dtype(), to, v.layout(), powers, factors, rare);
  }

  private static boolean isWide(DType from, DType to) {
    return from == DType.F64 || WeightNorm.needsDouble(to);
  }

  /**
   * Operand 0 is v, 1 is g; 2 and 3 take the power and the factor, NaN and 1 where no two doubles
   * express the quotient.
   */
  private static <A> void solve(Walk<A> walk, ScaleFactors quotients) {
    NormValue.reduceSquares(walk, quotients.wide());
    for (int slice = 0; slice < walk.count(); slice++) {
      boolean isExpressed = quotients.set(walk, slice, walk.read(1, slice));
      walk.write(2, slice, isExpressed ? walk.pre[slice] : Double.NaN);
      walk.write(3, slice, isExpressed ? walk.factor[slice] : 1);
    }
  }

  /** Works out the slices whose power is NaN, and makes it 1. */
  private static List<Rare> takeRare(WeightNorm norm, Tensor v, Tensor magnitudes, Tensor powers) {
    List<Rare> rare = new ArrayList<>();
    double[] all = powers.toDoubleArray();
    for (int slice = 0; slice < all.length; slice++) {
      if (Double.isNaN(all[slice])) {
        long[] start = norm.axes().sliceIndex(slice, powers.shape());
        double[] elements = view(norm, v, start).toDoubleArray();
        rare.add(new Rare(start, new RareSlice(elements, magnitudes.get(start), 0).scale()));
        powers.set(1, start);
      }
    }
    return List.copyOf(rare);
  }

  /**
   * {@return the quotients for a part of the weight: those of {@code v.slice(axis, start, stop)}}
   *
   * @param axis an axis of v, negative counts from the last
   * @param start the first index, from 0
   * @param stop the index to stop before
   * @throws IndexOutOfBoundsException if there is no such axis, or the range leaves it
   */
  public WeightScales slice(int axis, long start, long stop) {
    int at = directions.axis(axis);
    Layout part = directions.slice(at, start, stop, 1);
    if (norm.axes().reduced(powers.rank())[at]) {
      return new WeightScales(norm, from, to, part, powers, factors, rare);
    }
    List<Rare> inside = new ArrayList<>();
    for (Rare slice : rare) {
      if (slice.start[at] >= start && slice.start[at] < stop) {
        long[] moved = slice.start.clone();
        moved[at] -= start;
        inside.add(new Rare(moved, slice.scale));
      }
    }
    return new WeightScales(
        norm,
        from,
        to,
        part,
        powers.slice(at, start, stop),
        factors.slice(at, start, stop),
        List.copyOf(inside));
  }

  /**
   * Writes a piece of the weight.
   *
   * @param v a piece of the direction: on kept axes of the size that these quotients have, on
   *     reduced axes of any
   * @param w of the shape of the piece, and of the element type given to {@link
   *     WeightNorm#scales(Tensor, Tensor, DType)}; may be the piece itself
   */
  public void compose(Tensor v, Tensor w) {
    requirePiece(v, w);
    if (v.count() == 0) {
      return;
    }
    // Taken before anything is written: w may be v.
    List<double[]> elements = new ArrayList<>();
    for (Rare slice : rare) {
      elements.add(slice.scale.of(view(norm, v, slice.start).toDoubleArray()));
    }
    Tensor[] full = {v, w};
    if (isWide(from, to)) {
      Consumer<Walk<double[]>> task = WeightScales::scale;
      norm.run(DOUBLE, task, Work.SCALING, full, powers, factors);
    } else {
      Consumer<Walk<float[]>> task = WeightScales::scale;
      norm.run(SINGLE, task, Work.SCALING, full, powers, factors);
    }
    for (int i = 0; i < elements.size(); i++) {
      Tensor slice = view(norm, w, rare.get(i).start);
      slice.copyFrom(Tensor.of(elements.get(i), slice.shape()));
    }
  }

  private static <A> void scale(Walk<A> walk) {
    for (int slice = 0; slice < walk.count(); slice++) {
      walk.pre[slice] = walk.read(2, slice);
      walk.factor[slice] = walk.read(3, slice);
    }
    walk.scale(1);
  }

  private static Tensor view(WeightNorm norm, Tensor piece, long[] start) {
    Tensor view = piece;
    boolean[] reduced = norm.axes().reduced(piece.rank());
    for (int axis = 0; axis < reduced.length; axis++) {
      view = reduced[axis] ? view : view.slice(axis, start[axis], start[axis] + 1);
    }
    return view;
  }

  private void requirePiece(Tensor v, Tensor w) {
    boolean fits = v.dtype() == from && v.rank() == powers.rank();
    if (!fits || !Arrays.equals(norm.axes().keptShape(v.shape()), powers.shape())) {
      throw new IllegalArgumentException(
          "v is %s, expected %s of shape %s on the axes that %s keeps"
              .formatted(v.describe(), from, Arrays.toString(powers.shape()), norm.axes()));
    }
    if (w.dtype() != to || !Arrays.equals(w.shape(), v.shape())) {
      throw new IllegalArgumentException(
          "w is %s, expected %s%s as v has"
              .formatted(w.describe(), to, Arrays.toString(v.shape())));
    }
    v.requireAccessible();
    w.requireWritable();
    w.requireNoPartialOverlap(v);
  }
}
