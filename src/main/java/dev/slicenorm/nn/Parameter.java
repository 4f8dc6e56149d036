package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A trained tensor: its value, its gradient, and a version that counts the changes of the value.
 *
 * <p>The value lies in the memory it was made over and is changed in place, so a caller's own array
 * stays the parameter's memory. Changes go through {@link #update} (or {@link #assign}): they
 * exclude readers, so nobody sees a half-written value, and they raise the version, so whatever is
 * derived from the value is recomputed. Whoever writes into the memory directly calls {@link
 * #markDirty} afterwards and keeps readers away meanwhile.
 *
 * <p>Several parameters are changed or read as one by {@link #update(List, Runnable)} and {@link
 * #read(List, Supplier)}. Their locks are taken in one global order, so no two such calls can block
 * each other for good.
 *
 * <p>A parameter that was replaced by others (weight norm replaces {@code weight} by {@code
 * weight_g} and {@code weight_v}) refuses to be read or changed, and says what to use. Optimizers
 * follow it to its {@link #successors}.
 *
 * {@snippet file="dev/slicenorm/snippets/NnSnippetsTest.java" region="parameter"}
 */
public final class Parameter {

  private static final AtomicLong IDS = new AtomicLong();

  private final long id = IDS.getAndIncrement();
  private final Tensor tensor;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final AtomicLong version = new AtomicLong();
  private final Object gradientLock = new Object();
  private volatile @Nullable Tensor gradient;
  private volatile List<Parameter> successors = List.of();
  private volatile String replacement = "";
  final Owners owners = new Owners();

  private Parameter(Tensor tensor) {
    this.tensor = tensor;
  }

  /**
   * {@return a parameter whose value lies where the tensor's elements lie}
   *
   * @param value any shape and element type; shared, not copied
   * @throws IllegalStateException if it can't be written
   */
  public static Parameter of(Tensor value) {
    value.requireWritable();
    return new Parameter(value);
  }

  /** {@return the element type} */
  public DType dtype() {
    return tensor.dtype();
  }

  /** {@return the sizes, a copy} */
  public long[] shape() {
    return tensor.shape();
  }

  /** {@return the number of elements} */
  public long count() {
    return tensor.count();
  }

  /**
   * {@return a read-only view of the value; it shows later changes}
   *
   * @throws IllegalStateException if this parameter was replaced
   */
  public Tensor value() {
    requirePresent();
    return tensor.asReadOnly();
  }

  /** {@return how often the value was changed} */
  public long version() {
    return version.get();
  }

  /**
   * {@return what an action makes of the value while nobody changes it}
   *
   * @param action gets the value itself, and must neither write nor keep it
   * @param <R> the type of the result
   */
  public <R> R read(Function<? super Tensor, ? extends R> action) {
    Lock reading = lock.readLock();
    reading.lock();
    try {
      requirePresent();
      return action.apply(tensor);
    } finally {
      reading.unlock();
    }
  }

  /**
   * {@return the result of an action while nobody changes any of the parameters}
   *
   * @param parameters what the action reads
   * @param action reads them
   * @param <R> the type of the result
   */
  public static <R> R read(List<Parameter> parameters, Supplier<? extends R> action) {
    List<Lock> taken = new ArrayList<>();
    try {
      for (Parameter parameter : inLockOrder(parameters)) {
        Lock reading = parameter.lock.readLock();
        reading.lock();
        taken.add(reading);
        parameter.requirePresent();
      }
      return action.get();
    } finally {
      taken.reversed().forEach(Lock::unlock);
    }
  }

  /**
   * Changes the value in place while nobody reads it, and raises the version.
   *
   * @param writer writes into the value, and must not keep it
   * @throws IllegalStateException if this parameter was replaced, or if the caller is reading it
   */
  public void update(Consumer<? super Tensor> writer) {
    update(List.of(this), () -> writer.accept(tensor));
  }

  /**
   * Changes several values as one: no {@link #read(List, Supplier) read} of them sees some changed
   * and others not. Inside, each is written by its own {@link #update(Consumer)}.
   *
   * @param parameters all that the action changes
   * @param action changes them
   * @throws IllegalStateException if one of them was replaced, or if the caller is reading one
   */
  public static void update(List<Parameter> parameters, Runnable action) {
    List<Parameter> taken = new ArrayList<>();
    try {
      for (Parameter parameter : inLockOrder(parameters)) {
        parameter.requireNotReading();
        parameter.lock.writeLock().lock();
        taken.add(parameter);
        parameter.requirePresent();
      }
      action.run();
    } finally {
      // The version rises before the lock is released, also after a failure: something may be
      // written.
      taken.forEach(parameter -> parameter.version.incrementAndGet());
      taken.reversed().forEach(parameter -> parameter.lock.writeLock().unlock());
    }
  }

  /**
   * Copies a tensor into the value.
   *
   * @param value of this shape; another element type is rounded once
   * @throws IllegalArgumentException if the shape differs
   */
  public void assign(Tensor value) {
    requireAssignable(value);
    update(mine -> mine.copyFrom(value));
  }

  /** Checks what {@link #assign} will check, without changing anything. */
  void requireAssignable(Tensor value) {
    requireShape("value", value);
    value.requireAccessible();
    tensor.requireNoPartialOverlap(value);
  }

  /** Fails where the memory can't be written. */
  void requireWritable() {
    tensor.requireWritable();
  }

  /** {@return whether a tensor lies in the same memory, in part at least} */
  boolean sharesMemoryWith(Tensor other) {
    return tensor.overlaps(other);
  }

  /**
   * Says that the memory behind the value was written directly: what depends on it is recomputed.
   */
  public void markDirty() {
    update(mine -> {});
  }

  /**
   * {@return the gradient added up since it was cleared, if there is one}
   *
   * <p>It is not to be written: {@link Optimizer#clipGradients(double)} clips it.
   */
  public Optional<Tensor> gradient() {
    return Optional.ofNullable(gradient);
  }

  /**
   * Adds to the gradient.
   *
   * @param more of this shape; the sum is rounded once to this element type
   */
  public void accumulateGradient(Tensor more) {
    requireShape("gradient", more);
    // A fresh tensor each time: whoever holds the former one keeps what it read.
    synchronized (gradientLock) {
      Tensor before = gradient;
      gradient = before == null ? more.to(dtype()) : Doubles.sum(before, more, dtype());
    }
  }

  /** Forgets the gradient. */
  public void clearGradient() {
    setGradient(null);
  }

  void setGradient(@Nullable Tensor value) {
    synchronized (gradientLock) {
      gradient = value;
    }
  }

  /** {@return the parameters that took this one's place; empty while it is in use} */
  public List<Parameter> successors() {
    return successors;
  }

  void replaceBy(List<Parameter> others, String why) {
    replacement = why;
    successors = List.copyOf(others);
    clearGradient();
  }

  /**
   * Takes a replaced parameter into use again, with a value: nobody reads it before that is
   * written, and an action done.
   */
  void restore(Tensor value, Runnable action) {
    lock.writeLock().lock();
    try {
      tensor.copyFrom(value);
      version.incrementAndGet();
      clearGradient();
      replacement = "";
      successors = List.of();
      action.run();
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** {@return element type and shape, such as {@code F32[4, 3]}} */
  public String describe() {
    return tensor.describe();
  }

  @Override
  public String toString() {
    return "Parameter " + describe() + (successors.isEmpty() ? "" : " (" + replacement + ")");
  }

  private void requirePresent() {
    if (!successors.isEmpty()) {
      throw new ReplacedParameterException(describe(), replacement);
    }
  }

  private void requireNotReading() {
    if (lock.getReadHoldCount() > 0 && !lock.isWriteLockedByCurrentThread()) {
      throw new IllegalStateException(
          "parameter "
              + describe()
              + " is being read by this thread and can't be updated: update it after read returns");
    }
  }

  private void requireShape(String what, Tensor tensorToCheck) {
    if (!Arrays.equals(tensorToCheck.shape(), shape())) {
      throw new IllegalArgumentException(
          what
              + " has shape "
              + Arrays.toString(tensorToCheck.shape())
              + ", expected "
              + Arrays.toString(shape())
              + " of the parameter");
    }
  }

  private static List<Parameter> inLockOrder(List<Parameter> parameters) {
    return parameters.stream().distinct().sorted(Comparator.comparingLong(p -> p.id)).toList();
  }
}
