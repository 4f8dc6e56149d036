package dev.slicenorm.nn;

/** One registration of a hook. Closing it takes that hook off its module, and no other. */
@FunctionalInterface
public interface HookHandle extends AutoCloseable {

  /** Removes the hook. Does nothing if it is gone already, even if its key was taken anew. */
  @Override
  void close();
}
