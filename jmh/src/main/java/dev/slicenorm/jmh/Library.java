package dev.slicenorm.jmh;

import java.io.IOException;

/** Something that can do work items: Slicenorm, or a peer. */
public interface Library {

  /** {@return the name in tables; with the way the work is done if there are several} */
  String name();

  /**
   * {@return whether it has a way to do an item without copying the input first}
   *
   * @param item the item
   */
  boolean supports(WorkItem item);

  /**
   * {@return a task over its own copy of the inputs}
   *
   * @param inputs the item and its inputs
   * @param threads how many threads it may use; a library that has no threads uses one
   * @throws IOException if a process that does the work can't be started
   */
  Task prepare(Inputs inputs, int threads) throws IOException;

  /** {@return whether calls run in this JVM, so that JMH can time them} */
  default boolean inProcess() {
    return true;
  }
}
