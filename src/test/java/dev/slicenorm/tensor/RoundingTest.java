package dev.slicenorm.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.kernel.Rounding;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rounding to 16 bits, exhaustively: every value of the format, every tie between two neighbours,
 * and the doubles next to each tie, where rounding through {@code float} would go wrong.
 */
class RoundingTest {

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F16", "BF16"})
  void everyTieAndItsNeighboursRoundToNearestEven(DType dtype) {
    short[] stored = new short[1];
    Tensor tensor = Tensor.of(dtype, stored, 1);
    int infinity = dtype == DType.F16 ? 0x7C00 : 0x7F80;
    for (int bits = 0; bits < infinity; bits++) {
      double value = value(dtype, bits);
      // The number that would follow the greatest finite one decides what overflows.
      double next =
          bits + 1 == infinity ? 2 * value - value(dtype, bits - 1) : value(dtype, bits + 1);
      double tie = (value + next) / 2;
      int even = bits % 2 == 0 ? bits : bits + 1;
      assertStores(tensor, stored, value, bits);
      assertStores(tensor, stored, tie, even);
      assertStores(tensor, stored, Math.nextDown(tie), bits);
      assertStores(tensor, stored, Math.nextUp(tie), bits + 1);
      assertStores(tensor, stored, tie * (1 - 0x1p-30), bits);
      assertStores(tensor, stored, tie * (1 + 0x1p-30), bits + 1);
    }
    assertStores(tensor, stored, Double.MAX_VALUE, infinity);
    assertStores(tensor, stored, Double.POSITIVE_INFINITY, infinity);
    assertStores(tensor, stored, Double.MIN_VALUE, 0);
  }

  private static double value(DType dtype, int bits) {
    return Tensor.of(dtype, new short[] {(short) bits}, 1).get(0);
  }

  private static void assertStores(Tensor tensor, short[] stored, double value, int bits) {
    tensor.set(value, 0);
    if ((stored[0] & 0xFFFF) != bits) {
      assertThat(stored[0] & 0xFFFF).as("bits of %s %s", tensor.dtype(), value).isEqualTo(bits);
    }
    tensor.set(-value, 0);
    if ((stored[0] & 0xFFFF) != (bits | 0x8000)) {
      assertThat(stored[0] & 0xFFFF)
          .as("bits of %s %s", tensor.dtype(), -value)
          .isEqualTo(bits | 0x8000);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "F16, 0x0001, 0x1p-24",
    "F16, 0x03FF, 0x1.ff8p-15",
    "F16, 0x0400, 0x1p-14",
    "F16, 0x3C00, 1",
    "F16, 0x3555, 0.333251953125",
    "F16, 0x7BFF, 65504",
    "F16, 0xC000, -2",
    "BF16, 0x0001, 0x1p-133",
    "BF16, 0x0080, 0x1p-126",
    "BF16, 0x3F80, 1",
    "BF16, 0x3EAB, 0.333984375",
    "BF16, 0x7F7F, 0x1.fep127",
    "BF16, 0xC000, -2"
  })
  void bitsStandForTheValuesOfTheStandards(DType dtype, String bits, String value) {
    assertThat(value(dtype, Integer.decode(bits))).isEqualTo(Double.parseDouble(value));
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F16", "BF16"})
  void everyNotANumberStaysOne(DType dtype) {
    int infinity = dtype == DType.F16 ? 0x7C00 : 0x7F80;
    Tensor tensor = Tensor.of(dtype, new short[1], 1);
    for (int bits = infinity + 1; bits < 0x8000; bits++) {
      double value = value(dtype, bits);
      assertThat(value).isNaN();
      tensor.set(value, 0);
      assertThat(tensor.get(0)).isNaN();
    }
    // A payload in the low bits only, which plain truncation would turn into an infinity.
    assertThat(Rounding.fromBfloat16(Rounding.floatToBfloat16(Float.intBitsToFloat(0x7F800001))))
        .isNaN();
    assertThat(
            Rounding.fromBfloat16(
                Rounding.toBfloat16(Double.longBitsToDouble(0x7FF0000000000001L))))
        .isNaN();
    assertThat(
            Float.float16ToFloat(Rounding.toFloat16(Double.longBitsToDouble(0x7FF0000000000001L))))
        .isNaN();
  }
}
