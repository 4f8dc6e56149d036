package dev.slicenorm.nn;

import java.util.Collection;

/**
 * Gradient descent with heavy-ball momentum, as PyTorch's SGD: {@code d = ∇ + decay·p}, {@code m =
 * momentum·m + d} ({@code m = d} at first), {@code p = p − rate·m}.
 *
 * <p>A step of training:
 *
 * {@snippet file="dev/slicenorm/snippets/NnSnippetsTest.java" region="step"}
 */
public final class Sgd extends Optimizer {

  private final double rate;
  private final double momentum;
  private final double weightDecay;

  /**
   * Creates plain gradient descent.
   *
   * @param parameters what it changes
   * @param rate the learning rate, at least 0
   */
  public Sgd(Collection<Parameter> parameters, double rate) {
    this(parameters, rate, 0, 0);
  }

  /**
   * Creates gradient descent with momentum and weight decay.
   *
   * @param parameters what it changes
   * @param rate the learning rate, at least 0
   * @param momentum from 0 up to but not 1
   * @param weightDecay at least 0; g and v of a weight norm decay like any other parameter
   */
  public Sgd(Collection<Parameter> parameters, double rate, double momentum, double weightDecay) {
    super(parameters);
    this.rate = Check.within("rate", rate, 0, Double.POSITIVE_INFINITY);
    this.momentum = Check.within("momentum", momentum, 0, 1);
    this.weightDecay = Check.within("weight decay", weightDecay, 0, Double.POSITIVE_INFINITY);
  }

  @Override
  State begin(int count) {
    return new Momentum(momentum == 0 ? 0 : count);
  }

  private final class Momentum extends State {
    private final double[] moving;

    private Momentum(int count) {
      moving = new double[count];
    }

    @Override
    void step(double[] values, double[] gradient) {
      for (int i = 0; i < values.length; i++) {
        double change = gradient[i] + weightDecay * values[i];
        if (momentum != 0) {
          moving[i] = momentum * moving[i] + change;
          change = moving[i];
        }
        values[i] -= rate * change;
      }
    }
  }
}
