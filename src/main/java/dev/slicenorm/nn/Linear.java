package dev.slicenorm.nn;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.util.random.RandomGenerator;

/**
 * {@code y = x·Wᵀ + b} with {@code weight [out, in]} and {@code bias [out]}, for inputs {@code [N,
 * in]}. Sums are {@code double} and rounded once.
 */
public final class Linear extends Module {

  private final int inputs;
  private final int outputs;
  private final boolean biased;
  private final DType dtype;

  private record Saved(Matrix input, Matrix weight) {}

  /**
   * Creates an F32 layer with a bias and random weights.
   *
   * @param inputs the size of an input, at least 1
   * @param outputs the size of an output, at least 1
   */
  public Linear(int inputs, int outputs) {
    this(inputs, outputs, true, DType.F32, RandomGenerator.getDefault());
  }

  /**
   * Creates a layer with weights from U(−1/√in, 1/√in).
   *
   * @param inputs the size of an input, at least 1
   * @param outputs the size of an output, at least 1
   * @param biased whether there is a bias
   * @param dtype the element type of parameters, inputs and outputs
   * @param random makes the weights
   */
  public Linear(int inputs, int outputs, boolean biased, DType dtype, RandomGenerator random) {
    this.inputs = Check.positive("inputs", inputs);
    this.outputs = Check.positive("outputs", outputs);
    this.biased = biased;
    this.dtype = dtype;
    addParameter("weight", Initial.uniform(random, inputs, dtype, outputs, inputs));
    if (biased) {
      addParameter("bias", Initial.uniform(random, inputs, dtype, outputs));
    }
  }

  @Override
  protected Tensor compute(Tensor input) {
    Check.input(
        this, input, dtype, "[N, " + inputs + "]", t -> t.rank() == 2 && t.size(1) == inputs);
    int batch = Math.toIntExact(input.size(0));
    Check.count(this, "output", batch, outputs);
    Saved pass =
        new Saved(
            Matrix.of(Doubles.of(input), batch, inputs),
            Matrix.of(widened("weight"), outputs, inputs));
    Matrix output = Matrix.zeros(batch, outputs);
    if (biased) {
      output.addToRows(widened("bias"));
    }
    output.addProductWithTransposed(pass.input, pass.weight);
    save(pass);
    return Doubles.round(output.data(), dtype, batch, outputs);
  }

  @Override
  protected Tensor differentiate(Tensor outputGradient) {
    Saved pass = saved(Saved.class);
    int batch = pass.input.rows();
    Check.gradient(this, outputGradient, batch, outputs);
    Matrix arriving = Matrix.of(Doubles.of(outputGradient), batch, outputs);
    Matrix byWeight = Matrix.zeros(outputs, inputs);
    byWeight.addProductOfTransposed(arriving, pass.input);
    Matrix byInput = Matrix.zeros(batch, inputs);
    byInput.addProduct(arriving, pass.weight);
    accumulate("weight", Tensor.of(byWeight.data(), outputs, inputs));
    if (biased) {
      accumulate("bias", Tensor.of(arriving.columnSums(), outputs));
    }
    return Doubles.round(byInput.data(), dtype, batch, inputs);
  }

  @Override
  protected Module replicate() {
    return new Linear(inputs, outputs, biased, dtype, RandomGenerator.getDefault());
  }
}
