package dev.slicenorm.kernel;

import java.lang.invoke.VarHandle;

/**
 * The upper halves of vector registers, which a conversion to {@code double} keeps where there is
 * no AVX. It waits for what was there, and on Zen 4 takes twice as long as long as that is not
 * zero, as it is after any code on vectors: four rows of 1024 take 2.1 to 2.8 µs then, 1.0 with all
 * 16 registers cleared.
 */
final class UpperHalves {

  private static final int REGISTERS = 16;

  private UpperHalves() {}

  /**
   * Clears them before a loop of conversions, if conversions may keep them: with FMA there is AVX.
   * To be called before anything is read that stays in a register: its upper half stays too, and
   * the loop may convert into just that one (1024 gradient rows of 1024: 1.6 ms, or 4 to 6).
   *
   * @param own memory that no other thread writes; unchanged
   */
  static void clear(double[] own) {
    if (!FusedMultiplyAdd.HARDWARE && own.length >= REGISTERS) {
      load(own);
    }
  }

  /** A load clears the upper half. The fence, no instruction here, keeps all 16 from being one. */
  private static void load(double[] own) {
    double a = own[0];
    double b = own[1];
    double c = own[2];
    double d = own[3];
    double e = own[4];
    double f = own[5];
    double g = own[6];
    double h = own[7];
    double i = own[8];
    double j = own[9];
    double k = own[10];
    double l = own[11];
    double m = own[12];
    double n = own[13];
    double o = own[14];
    double p = own[15];
    VarHandle.acquireFence();
    own[0] = a;
    own[1] = b;
    own[2] = c;
    own[3] = d;
    own[4] = e;
    own[5] = f;
    own[6] = g;
    own[7] = h;
    own[8] = i;
    own[9] = j;
    own[10] = k;
    own[11] = l;
    own[12] = m;
    own[13] = n;
    own[14] = o;
    own[15] = p;
  }
}
