package dev.slicenorm.weightnorm;

import dev.slicenorm.nn.WeightOwner;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which weights of which owners are under weight norm. Owners are told apart by identity, since
 * those of a user's own may be equal, or change what they are equal to; and are held weakly, so
 * that one that is let go needs no removal.
 */
final class AttachedNames {

  private final Map<Identity, Set<String>> names = new HashMap<>();
  private final ReferenceQueue<WeightOwner> gone = new ReferenceQueue<>();

  /** {@return whether the weight wasn't there yet} */
  synchronized boolean add(WeightOwner owner, String name) {
    for (Reference<?> owners = gone.poll(); owners != null; owners = gone.poll()) {
      names.remove(owners);
    }
    return names.computeIfAbsent(new Identity(owner, gone), key -> new HashSet<>(1)).add(name);
  }

  synchronized void remove(WeightOwner owner, String name) {
    Identity key = new Identity(owner, gone);
    Set<String> left = names.get(key);
    if (left != null && left.remove(name) && left.isEmpty()) {
      names.remove(key);
    }
  }

  private static final class Identity extends WeakReference<WeightOwner> {

    private final int hash;

    Identity(WeightOwner owner, ReferenceQueue<WeightOwner> gone) {
      super(owner, gone);
      hash = System.identityHashCode(owner);
    }

    /** {@return whether both are of one owner; one whose owner is gone equals itself alone} */
    @Override
    public boolean equals(Object other) {
      if (this == other) {
        return true;
      }
      WeightOwner owner = get();
      return owner != null && other instanceof Identity identity && identity.refersTo(owner);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
