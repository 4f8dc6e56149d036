package dev.slicenorm.jmh;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sweeps of {@link Bandwidth} with the Vector API, over native memory: rows of a Java array
 * begin 16 bytes into a cache line, so that each full-width load would touch two lines.
 */
final class VectorSweeps {

  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int BYTES = S.vectorByteSize();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** Bytes of one step at the widest vectors: the passes have no tail. */
  static final int STRIDE_BYTES = 8 * 64;

  private VectorSweeps() {}

  /** Adds all floats, with eight sums so that no addition waits for the one before. */
  static float read(MemorySegment from, MemorySegment to, long bytes) {
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    int end = Math.toIntExact(bytes);
    for (int i = 0; i <= end - 8 * BYTES; i += 8 * BYTES) {
      s0 = s0.add(FloatVector.fromMemorySegment(S, from, i, ORDER));
      s1 = s1.add(FloatVector.fromMemorySegment(S, from, i + BYTES, ORDER));
      s2 = s2.add(FloatVector.fromMemorySegment(S, from, i + 2 * BYTES, ORDER));
      s3 = s3.add(FloatVector.fromMemorySegment(S, from, i + 3 * BYTES, ORDER));
      s4 = s4.add(FloatVector.fromMemorySegment(S, from, i + 4 * BYTES, ORDER));
      s5 = s5.add(FloatVector.fromMemorySegment(S, from, i + 5 * BYTES, ORDER));
      s6 = s6.add(FloatVector.fromMemorySegment(S, from, i + 6 * BYTES, ORDER));
      s7 = s7.add(FloatVector.fromMemorySegment(S, from, i + 7 * BYTES, ORDER));
    }
    return s0.add(s1).add(s2).add(s3).add(s4).add(s5).add(s6).add(s7).lane(0);
  }

  /** Writes half of each float. */
  static float scale(MemorySegment from, MemorySegment to, long bytes) {
    FloatVector half = FloatVector.broadcast(S, 0.5f);
    int end = Math.toIntExact(bytes);
    for (int i = 0; i <= end - 4 * BYTES; i += 4 * BYTES) {
      step(from, to, i, half);
      step(from, to, i + BYTES, half);
      step(from, to, i + 2 * BYTES, half);
      step(from, to, i + 3 * BYTES, half);
    }
    return end;
  }

  private static void step(MemorySegment from, MemorySegment to, int i, FloatVector factor) {
    FloatVector.fromMemorySegment(S, from, i, ORDER).mul(factor).intoMemorySegment(to, i, ORDER);
  }
}
