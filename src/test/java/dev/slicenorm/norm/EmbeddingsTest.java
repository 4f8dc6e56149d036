package dev.slicenorm.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Contract;
import dev.slicenorm.testing.Exact;
import dev.slicenorm.testing.ExactNorms;
import dev.slicenorm.testing.RandomTensors;
import dev.slicenorm.testing.RandomTensors.Place;
import dev.slicenorm.testing.RandomTensors.Values;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unit lengths against the exact reference, in every form that embeddings come in. */
class EmbeddingsTest {

  private static final int COUNT = 5;
  private static final int[] DIMENSIONS = {1, 2, 3, 7, 16, 33, 384, 1025};

  @ParameterizedTest
  @EnumSource(names = {"ORDINARY", "WIDE", "SUBNORMAL", "HUGE", "TINY", "SPARSE", "ZERO"})
  void lengthsAndElementsAreRoundedOnce(Values values) {
    RandomTensors random = new RandomTensors(42);
    for (int dimension : DIMENSIONS) {
      Layout layout = Layout.contiguous(COUNT, dimension);
      float[] batch = random.tensor(DType.F32, layout, Place.ARRAY, values).toFloatArray();
      float[] units = new float[batch.length];
      float[] lengths = Embeddings.normalize(batch, dimension, units);
      List<Exact> norms = ExactNorms.norms(2, Axes.along(-1), Tensor.of(batch, COUNT, dimension));
      String what = values + " of dimension " + dimension;
      Contract.assertWithin(what + ", lengths", Tensor.of(lengths, COUNT), norms, 0.5001);
      List<Exact> truth = new ArrayList<>();
      for (int i = 0; i < batch.length; i++) {
        truth.add(quotient(batch[i], norms.get(i / dimension).finite()));
      }
      Contract.assertWithin(what, Tensor.of(units, units.length), truth, 0.5001);
    }
  }

  private static Exact quotient(float element, BigDecimal norm) {
    return norm.signum() == 0
        ? Exact.ZERO
        : Exact.of(new BigDecimal(element).divide(norm, MathContext.DECIMAL128));
  }

  /** Up to 4096 elements are one block of the order of summation, and take a way of their own. */
  @ParameterizedTest
  @ValueSource(ints = {1, 8, 33, 49, 100, 384, 768, 769, 1001, 4096, 5000})
  void everyFormGivesTheSameBits(int dimension) {
    float[] batch =
        new RandomTensors(7)
            .tensor(DType.F32, Layout.contiguous(COUNT, dimension), Place.ARRAY, Values.WIDE)
            .toFloatArray();
    float[] units = new float[batch.length];
    float[] lengths = Embeddings.normalize(batch, dimension, units);
    SliceNorms.Normalized rows =
        SliceNorms.l2(Axes.along(-1)).normalize(Tensor.of(batch, COUNT, dimension));
    assertThat(units).isEqualTo(rows.unit().toFloatArray());
    assertThat(lengths).isEqualTo(rows.magnitudes().toFloatArray());

    float[] inPlace = batch.clone();
    assertThat(Embeddings.normalize(inPlace, dimension)).isEqualTo(lengths);
    assertThat(inPlace).isEqualTo(units);

    float[][] vectors = rows(batch, dimension);
    float[][] targets = new float[COUNT][dimension];
    assertThat(Embeddings.normalize(vectors, targets)).isEqualTo(lengths);
    assertThat(targets).isDeepEqualTo(rows(units, dimension));
    assertThat(vectors).isDeepEqualTo(rows(batch, dimension));
    assertThat(Embeddings.normalize(vectors)).isEqualTo(lengths);
    assertThat(vectors).isDeepEqualTo(rows(units, dimension));

    float[] vector = Arrays.copyOf(batch, dimension);
    assertThat(Embeddings.normalize(vector)).isEqualTo(lengths[0]);
    assertThat(vector).isEqualTo(Arrays.copyOf(units, dimension));
  }

  @Test
  void aVectorThatIsThereTwiceIsAUnitTheSecondTime() {
    float[] vector = {3, 4};
    float[] other = {0, 2};
    assertThat(Embeddings.normalize(new float[][] {vector, vector, other, vector}))
        .containsExactly(5, 1, 2, 1);
    assertThat(vector).containsExactly(0.6f, 0.8f);
    assertThat(other).containsExactly(0, 1);
  }

  @Test
  void vectorsMayDifferInLength() {
    float[] ones = new float[6400];
    Arrays.fill(ones, 1);
    float[][] vectors = {{3, 4}, ones, {}, {0, 0, 2}};
    assertThat(Embeddings.normalize(vectors)).containsExactly(5, 80, 0, 2);
    assertThat(vectors[0]).containsExactly(0.6f, 0.8f);
    assertThat(ones).containsOnly(0.0125f);
    assertThat(vectors[3]).containsExactly(0, 0, 1);
    assertThat(Embeddings.normalize(new float[0][])).isEmpty();
  }

  @Test
  void buffersAreReadFromPositionToLimit() {
    float[] batch = {3, 4, 0, 5, 8, 6};
    for (boolean direct : new boolean[] {false, true}) {
      ByteBuffer source = buffer(direct, batch);
      ByteBuffer target = buffer(direct, new float[batch.length]);
      assertThat(Embeddings.normalize(source.asReadOnlyBuffer().order(source.order()), 2, target))
          .containsExactly(5, 5, 10);
      assertThat(floats(target)).containsExactly(0.6f, 0.8f, 0, 1, 0.8f, 0.6f);
      assertThat(floats(source)).isEqualTo(batch);
      assertThat(Embeddings.normalize(source, 2)).containsExactly(5, 5, 10);
      assertThat(floats(source)).isEqualTo(floats(target));
      assertThat(source.position()).isEqualTo(1);
      source.limit(source.capacity());
      assertThat(source.get(0)).isEqualTo((byte) 77);
      assertThat(source.get(source.limit() - 1)).isEqualTo((byte) 77);
    }
  }

  @Test
  void specialVectorsBehaveAsStated() {
    float nan = Float.NaN;
    float infinity = Float.POSITIVE_INFINITY;
    assertNormalized(0, new float[] {0, -0f, 0}, new float[] {0, -0f, 0});
    assertNormalized(nan, new float[] {1, nan, infinity}, new float[] {nan, nan, nan});
    assertNormalized(infinity, new float[] {1, infinity, 0}, new float[] {0, nan, 0});
    assertNormalized(
        infinity,
        new float[] {Float.MAX_VALUE, 0, Float.MAX_VALUE},
        new float[] {(float) Math.sqrt(0.5), 0, (float) Math.sqrt(0.5)});
    assertNormalized(
        3 * Float.MIN_VALUE,
        new float[] {2 * Float.MIN_VALUE, Float.MIN_VALUE, 2 * Float.MIN_VALUE},
        new float[] {2 / 3f, 1 / 3f, 2 / 3f});
    assertNormalized(1, new float[] {0, -1, 0}, new float[] {0, -1, 0});
    assertNormalized(0, new float[0], new float[0]);
    assertThat(Embeddings.normalize(new float[0], 4)).isEmpty();
  }

  private static void assertNormalized(float length, float[] vector, float[] unit) {
    float[] result = new float[vector.length];
    assertThat(Embeddings.normalize(vector, result)).isEqualTo(Float.valueOf(length));
    assertThat(result).containsExactly(unit);
  }

  @Test
  void unitVectorsHardlyChange() {
    RandomTensors random = new RandomTensors(3);
    for (int dimension : DIMENSIONS) {
      float[] vector =
          random
              .tensor(DType.F32, Layout.contiguous(dimension), Place.ARRAY, Values.ORDINARY)
              .toFloatArray();
      Embeddings.normalize(vector);
      float[] again = vector.clone();
      assertThat(Embeddings.normalize(again)).isBetween(1 - 0x1p-23f, 1 + 0x1p-23f);
      for (int i = 0; i < dimension; i++) {
        assertThat(Math.abs(again[i] - vector[i])).isLessThanOrEqualTo(Math.ulp(vector[i]));
      }
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    float[] six = new float[6];
    refuses("6 floats: expected a multiple of the dimension 4", () -> Embeddings.normalize(six, 4));
    refuses("dimension 0: expected at least 1", () -> Embeddings.normalize(six, 0));
    refuses(
        "unit has length 5, expected 6 as the input has",
        () -> Embeddings.normalize(six, new float[5]));
    float[][] vectors = {{3, 4}, {5}};
    refuses(
        "units[1] has length 2, expected 1", () -> Embeddings.normalize(vectors, new float[2][2]));
    assertThat(vectors[0]).containsExactly(3, 4);
    assertThatThrownBy(() -> Embeddings.normalize(vectors, new float[][] {{0, 0}, null}))
        .hasMessage("units[1] is null: expected a vector");
    ByteBuffer eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    assertThatThrownBy(() -> Embeddings.normalize(eight, 2, ByteBuffer.allocate(12)))
        .hasMessage("units has 12 bytes from position to limit, expected 8 as the batch has");
    assertThatThrownBy(() -> Embeddings.normalize(new float[][] {null}))
        .hasMessage("vectors[0] is null: expected a vector");
    assertThat(vectors[0]).containsExactly(3, 4);
    refuses(
        "buffer of 8 bytes has byte order BIG_ENDIAN: expected LITTLE_ENDIAN",
        () -> Embeddings.normalize(ByteBuffer.allocate(8), 2));
    ByteBuffer odd = ByteBuffer.allocate(7).order(ByteOrder.LITTLE_ENDIAN);
    refuses("batch of 7 bytes: expected a multiple of 4", () -> Embeddings.normalize(odd, 1));
    ByteBuffer all = buffer(true, six).position(1);
    ByteBuffer shifted = all.slice(5, 20).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer first = all.slice(1, 20).order(ByteOrder.LITTLE_ENDIAN);
    refuses("in part, 4 bytes apart", () -> Embeddings.normalize(first, 5, shifted));
    ByteBuffer fixed = buffer(true, six).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    assertThatThrownBy(() -> Embeddings.normalize(fixed, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("read-only");
  }

  private static void refuses(String message, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private static float[][] rows(float[] batch, int dimension) {
    float[][] rows = new float[batch.length / dimension][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(batch, i * dimension, (i + 1) * dimension));
    return rows;
  }

  /** {@return floats at an odd position, between bytes that must stay} */
  private static ByteBuffer buffer(boolean direct, float[] values) {
    int size = 2 + values.length * Float.BYTES;
    ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    buffer.put(0, (byte) 77).put(size - 1, (byte) 77).position(1).limit(size - 1);
    for (int i = 0; i < values.length; i++) {
      buffer.putFloat(1 + i * Float.BYTES, values[i]);
    }
    return buffer;
  }

  private static float[] floats(ByteBuffer buffer) {
    float[] values = new float[buffer.remaining() / Float.BYTES];
    for (int i = 0; i < values.length; i++) {
      values[i] = buffer.getFloat(buffer.position() + i * Float.BYTES);
    }
    return values;
  }

  @Test
  @SuppressWarnings("NullAway") // What a caller without such checks may give.
  void whatIsMissingIsNamed() {
    assertThatThrownBy(() -> Embeddings.normalize((float[]) null)).hasMessage("vector");
    assertThatThrownBy(() -> Embeddings.normalize((float[][]) null)).hasMessage("vectors");
    assertThatThrownBy(() -> Embeddings.normalize((ByteBuffer) null, 2)).hasMessage("batch");
  }
}
