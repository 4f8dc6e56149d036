package dev.slicenorm.nn;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What a module's forward passes left for its backward passes: per thread, so that several threads
 * can train one module at once, and as a stack, since a module used twice in one pass goes back
 * twice.
 *
 * <p>What an earlier outermost pass left goes when a later one saves: a module that is called from
 * outside its tree, by a hook say, would pile it up.
 */
final class SavedPasses {

  /** The passes of a thread. */
  private static final class Passes {
    private int depth;
    private long outermost;
    private long saved;
  }

  /** What was saved, with its number among all that its thread has saved. */
  private record Saved(long number, Object activations) {}

  /** What the latest outermost pass saved. */
  private static final class Stack {
    private long outermost;
    private final Deque<Saved> entries = new ArrayDeque<>();
  }

  private static final ThreadLocal<Passes> PASSES = ThreadLocal.withInitial(Passes::new);

  private final ThreadLocal<Stack> stack = ThreadLocal.withInitial(Stack::new);

  void push(Object activations) {
    Passes passes = PASSES.get();
    Stack mine = stack.get();
    if (mine.outermost != passes.outermost) {
      mine.entries.clear();
      mine.outermost = passes.outermost;
    }
    mine.entries.push(new Saved(++passes.saved, activations));
  }

  @Nullable Object pop() {
    Saved last = stack.get().entries.poll();
    return last == null ? null : last.activations;
  }

  void clear() {
    stack.remove();
  }

  /** Forgets what was saved since a {@linkplain #mark mark}. */
  void forgetSince(long mark) {
    Deque<Saved> entries = stack.get().entries;
    while (!entries.isEmpty() && entries.peek().number > mark) {
      entries.pop();
    }
  }

  /** {@return a mark: all that this thread saves later comes after it} */
  static long mark() {
    return PASSES.get().saved;
  }

  /**
   * {@return whether the forward pass that begins is inside no other pass on this thread; it must
   * {@link #leave}}
   */
  static boolean enterForward() {
    boolean isOutermost = enter();
    if (isOutermost) {
      PASSES.get().outermost++;
    }
    return isOutermost;
  }

  /**
   * {@return whether the pass that begins is inside no other on this thread; it must {@link
   * #leave}}
   */
  static boolean enter() {
    return PASSES.get().depth++ == 0;
  }

  static void leave() {
    PASSES.get().depth--;
  }
}
