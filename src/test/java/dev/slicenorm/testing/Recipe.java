package dev.slicenorm.testing;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;

/**
 * How the manifest makes large inputs from a seed, so that they need not be stored.
 *
 * @param kind uniform or gauss4
 * @param seed the seed of the words
 * @param count the number of elements
 * @param scale a factor
 */
record Recipe(String kind, long seed, int count, double scale) {

  /**
   * {@return the elements, rounded as the manifest's maker did: through float for the short types}
   */
  Tensor tensor(DType dtype) {
    Words words = new Words(seed);
    Tensor tensor = Tensor.zeros(dtype, count);
    for (int i = 0; i < count; i++) {
      double value = value(words.next());
      tensor.set(dtype == DType.F64 ? value : (float) value, i);
    }
    return tensor;
  }

  private double value(long z) {
    return switch (kind) {
      case "uniform" -> ((z >>> 11) * 0x1p-53 * 2 - 1) * scale;
      case "gauss4" -> {
        long sum = (z & 0xFFFF) + ((z >>> 16) & 0xFFFF) + ((z >>> 32) & 0xFFFF) + (z >>> 48);
        yield (sum - 131070) * 2.6429e-05 * scale;
      }
      default -> throw new IllegalStateException("recipe " + kind);
    };
  }

  /** The words of splitmix64, the generator of {@link java.util.SplittableRandom}, written out. */
  static final class Words {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    Words(long seed) {
      state = seed;
    }

    long next() {
      state += GOLDEN_GAMMA;
      long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      return z ^ (z >>> 31);
    }
  }
}
