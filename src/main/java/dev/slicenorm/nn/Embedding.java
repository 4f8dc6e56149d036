package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Rows of a table {@code weight [entries, size]}, chosen by index. The input is a tensor of whole
 * numbers of any shape and element type, the output has one more axis. Indices have no gradient:
 * that by the input is zero.
 */
public final class Embedding extends Module {

  private final int entries;
  private final int size;
  private final DType dtype;

  private static final class Saved {
    private final int[] rows;
    private final Tensor input;

    private Saved(int[] rows, Tensor input) {
      this.rows = rows;
      this.input = input;
    }
  }

  /**
   * Creates an F32 table of random rows.
   *
   * @param entries the number of rows, at least 1
   * @param size the size of a row, at least 1
   */
  public Embedding(int entries, int size) {
    this(entries, size, DType.F32, RandomGenerator.getDefault());
  }

  /**
   * Creates a table of rows from N(0, 1).
   *
   * @param entries the number of rows, at least 1
   * @param size the size of a row, at least 1
   * @param dtype the element type of the table and of outputs
   * @param random makes the rows
   */
  public Embedding(int entries, int size, DType dtype, RandomGenerator random) {
    this.entries = Check.positive("entries", entries);
    this.size = Check.positive("size", size);
    this.dtype = dtype;
    addParameter("weight", Initial.normal(random, dtype, entries, size));
  }

  @Override
  protected Tensor compute(Tensor input) {
    int[] rows = rows(input);
    double[] table = widened("weight");
    double[] chosen = new double[Check.count(this, "output", outputShape(input))];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(table, rows[i] * size, chosen, i * size, size);
    }
    save(new Saved(rows, input));
    return Doubles.round(chosen, dtype, outputShape(input));
  }

  @Override
  protected Tensor differentiate(Tensor outputGradient) {
    Saved pass = saved(Saved.class);
    Check.gradient(this, outputGradient, outputShape(pass.input));
    double[] arriving = Doubles.of(outputGradient);
    double[] table = new double[Math.multiplyExact(entries, size)];
    for (int i = 0; i < pass.rows.length; i++) {
      for (int j = 0; j < size; j++) {
        table[pass.rows[i] * size + j] += arriving[i * size + j];
      }
    }
    accumulate("weight", Tensor.of(table, entries, size));
    return Tensor.zeros(pass.input.dtype(), pass.input.shape());
  }

  private int[] rows(Tensor input) {
    double[] indices = Doubles.of(input);
    int[] rows = new int[indices.length];
    for (int i = 0; i < rows.length; i++) {
      if (!(indices[i] >= 0 && indices[i] < entries) || indices[i] != Math.rint(indices[i])) {
        throw new IndexOutOfBoundsException(
            "input of %s has index %s at position %d: expected a whole number from 0 to %d"
                .formatted(describe(), indices[i], i, entries - 1));
      }
      rows[i] = (int) indices[i];
    }
    return rows;
  }

  private long[] outputShape(Tensor input) {
    long[] shape = Arrays.copyOf(input.shape(), input.rank() + 1);
    shape[input.rank()] = size;
    return shape;
  }

  @Override
  protected Module replicate() {
    return new Embedding(entries, size, dtype, RandomGenerator.getDefault());
  }
}
