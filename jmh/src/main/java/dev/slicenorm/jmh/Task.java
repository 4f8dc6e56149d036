package dev.slicenorm.jmh;

/** A library that holds the inputs of one work item, in its own form, and is ready to compute. */
public interface Task extends AutoCloseable {

  /**
   * Does the work once.
   *
   * @param turn counts the calls: short inputs come in several copies, taken in turn, because C2
   *     hoists a call on a constant short input out of the loop that times it
   * @return something that depends on the result, so that the work can't be left out
   */
  double call(int turn);

  /** {@return the results of the call of turn 0: norms, or w, or dv followed by dg} */
  float[] results();

  /** Median time of a call, for tasks that must time themselves. */
  default double nanosPerCall(long windowNanos) {
    return Timing.nanosPerCall(this, windowNanos);
  }

  /** Frees what the garbage collector does not. */
  @Override
  default void close() {}
}
