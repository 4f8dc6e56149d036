package dev.slicenorm.jmh;

import dev.slicenorm.norm.Embeddings;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** Who makes vectors unit length in this build: the peers of profile {@code peers} join. */
final class Normalizers {

  private static final List<Normalizer> PEERS =
      ServiceLoader.load(Normalizer.class).stream().map(ServiceLoader.Provider::get).toList();

  private Normalizers() {}

  /** {@return the others} */
  static List<Normalizer> peers() {
    return PEERS;
  }

  /** {@return all, ours first, one call for each vector} */
  static List<Normalizer> all() {
    List<Normalizer> all = new ArrayList<>();
    all.add(new OneByOne());
    all.addAll(PEERS);
    return all;
  }

  /** Ours, one call for each vector. */
  static final class OneByOne implements Normalizer {
    @Override
    public String name() {
      return Slicenorm.NAME;
    }

    @Override
    public void normalize(float[][] vectors) {
      for (float[] vector : vectors) {
        Embeddings.normalize(vector);
      }
    }
  }

  /** Ours, one call for all. */
  static final class AllAtOnce implements Normalizer {
    @Override
    public String name() {
      return Slicenorm.NAME;
    }

    @Override
    public void normalize(float[][] vectors) {
      Embeddings.normalize(vectors);
    }
  }
}
