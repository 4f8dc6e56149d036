package dev.slicenorm.weightnorm;

import dev.slicenorm.nn.Parameter;
import dev.slicenorm.nn.WeightOwner;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;

/**
 * Weight norm of a weight that lives in a class of the user's own. The user calls {@link
 * #beforeForward} and, in training, {@link #backward}; the owner is handed the derived weight
 * whenever it changed.
 *
 * <p>If the owner shows another weight than the one it was handed last, somebody assigned it there:
 * g and v then follow it, so that it is not lost.
 *
 * <p>A weight of an owner is under one weight norm at a time: a second is refused until the first
 * is removed, since each would take the other's weight for one that was assigned.
 *
 * <p>With the owner that {@link WeightOwner} shows:
 *
 * {@snippet file="dev/slicenorm/snippets/WeightNormSnippetsTest.java" region="attached"}
 */
public final class AttachedWeightNorm {

  private static final AttachedNames ATTACHED = new AttachedNames();

  private final WeightOwner owner;
  private final String name;
  private final NormedWeight weight;
  private Tensor handed;
  private Tensor view;
  private boolean attached = true;

  private AttachedWeightNorm(WeightOwner owner, String name, NormedWeight weight) {
    this.owner = owner;
    this.name = name;
    this.weight = weight;
    this.handed = weight.value();
    this.view = handed;
  }

  /**
   * Puts an owner's weight under weight norm and hands it the derived weight.
   *
   * @param owner has the weight
   * @param name the weight's name there
   * @param norm axes and zero-slice policy
   * @return the link; g and v are its parameters
   * @throws IllegalArgumentException if the owner has no such weight
   * @throws IndexOutOfBoundsException if the weight has no such axis
   * @throws IllegalStateException if the weight is under weight norm already
   */
  public static AttachedWeightNorm attach(WeightOwner owner, String name, WeightNorm norm) {
    Tensor present = owner.weight(name);
    if (present == null) {
      throw new IllegalArgumentException(
          "weight '" + name + "' of the owner is null: expected a tensor");
    }
    Tensor value = present.copy();
    NormedWeight.requireAxes(norm, value.rank(), "weight '" + name + "'");
    AttachedWeightNorm attached =
        new AttachedWeightNorm(
            owner, name, NormedWeight.over(norm.withName(name), value, Parameter.of(value)));
    if (!ATTACHED.add(owner, name)) {
      throw new IllegalStateException(
          "weight '" + name + "' of the owner is under weight norm already: remove that one first");
    }
    try {
      attached.hand();
    } catch (RuntimeException | Error refused) {
      ATTACHED.remove(owner, name);
      throw refused;
    }
    return attached;
  }

  /** {@return the magnitudes} */
  public Parameter g() {
    return weight.g();
  }

  /** {@return the directions} */
  public Parameter v() {
    return weight.v();
  }

  /**
   * Hands the owner the weight of the present g and v, if it changed.
   *
   * @throws IllegalStateException if this was removed
   */
  public synchronized void beforeForward() {
    requireAttached();
    followOwner();
    if (!same(weight.value(), handed)) {
      hand();
    }
  }

  /**
   * Adds to the gradients of g and v what a gradient by the weight means for them.
   *
   * @param gradient of the weight's shape
   * @throws IllegalStateException if this was removed
   */
  public synchronized void backward(Tensor gradient) {
    requireAttached();
    weight.backward(gradient);
  }

  /**
   * Ends weight norm: the owner gets the weight of the present g and v as a tensor of its own.
   *
   * @throws IllegalStateException if this was removed already
   */
  public synchronized void remove() {
    requireAttached();
    followOwner();
    owner.setWeight(name, weight.value().copy());
    attached = false;
    ATTACHED.remove(owner, name);
  }

  private void followOwner() {
    Tensor present = owner.weight(name);
    if (present == null) {
      throw new IllegalStateException(
          "weight '" + name + "' of the owner is null now: expected the tensor it was handed");
    }
    // Another tensor than the one that was handed may be written at any time.
    if (!same(present, view) && !equal(present, handed)) {
      weight.assign(present);
    }
  }

  private void hand() {
    Tensor present = weight.value();
    // What the owner wrote there would be gone with the next weight, without a word.
    Tensor readOnly = present.asReadOnly();
    owner.setWeight(name, readOnly);
    // Not before: an owner that refused it has the one of before, which nobody assigned.
    handed = present;
    view = readOnly;
  }

  private void requireAttached() {
    if (!attached) {
      throw new IllegalStateException("weight norm of '" + name + "' was removed: attach it anew");
    }
  }

  @SuppressWarnings(
      "ReferenceEquality") // A snapshot never changes, so the same one is the same weight.
  private static boolean same(Tensor first, Tensor second) {
    return first == second;
  }

  private static boolean equal(Tensor present, Tensor handed) {
    return Arrays.equals(present.shape(), handed.shape())
        // An owner that copies may keep it in another element type.
        && Arrays.equals(present.toDoubleArray(), handed.to(present.dtype()).toDoubleArray());
  }
}
