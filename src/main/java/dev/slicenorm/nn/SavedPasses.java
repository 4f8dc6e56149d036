package dev.slicenorm.nn;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What a module's forward passes left for its backward passes: per thread, so that several threads
 * can train one module at once, and as a stack, since a module used twice in one pass goes back
 * twice.
 */
final class SavedPasses {

  private static final ThreadLocal<int[]> DEPTH = ThreadLocal.withInitial(() -> new int[1]);

  private final ThreadLocal<Deque<Object>> saved = ThreadLocal.withInitial(ArrayDeque::new);

  void push(Object activations) {
    saved.get().push(activations);
  }

  @Nullable Object pop() {
    return saved.get().poll();
  }

  void clear() {
    saved.remove();
  }

  /**
   * {@return whether the pass that begins is inside no other on this thread; it must {@link
   * #leave}}
   */
  static boolean enter() {
    return DEPTH.get()[0]++ == 0;
  }

  static void leave() {
    DEPTH.get()[0]--;
  }
}
