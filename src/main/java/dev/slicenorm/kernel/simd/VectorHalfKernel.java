package dev.slicenorm.kernel.simd;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import dev.slicenorm.kernel.HalfKernel;
import dev.slicenorm.kernel.Sums;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * BF16 on SIMD lanes: the bits are moved to the upper half of an int. F16 stays with the plain
 * loop, which C2 turns into the hardware's conversion; the Vector API of JDK 25 has none.
 */
public final class VectorHalfKernel extends HalfKernel {

  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(INTS.vectorBitSize() / 2));

  private static final int WIDTH = INTS.length();

  /** Creates a kernel of the platform's preferred width. */
  public VectorHalfKernel() {}

  @Override
  public void widenBfloat16(short[] x, int at, float[] row, int to, int count) {
    int i = 0;
    for (; i <= count - WIDTH; i += WIDTH) {
      IntVector bits =
          (IntVector) ShortVector.fromArray(SHORTS, x, at + i).convertShape(S2I, INTS, 0);
      bits.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(row, to + i);
    }
    super.widenBfloat16(x, at + i, row, to + i, count - i);
  }

  @Override
  public boolean squareBfloat16(short[] x, int at, int length, Sums sums, int out) {
    return Bfloat16Rows.fit() && Bfloat16Rows.squares(x, at, length, sums, out);
  }
}
