package dev.slicenorm.nn;

import java.util.Collection;

/**
 * Adam (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1), with weight decay added to the gradient
 * as in PyTorch's Adam.
 */
public final class Adam extends Optimizer {

  private final double rate;
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final double weightDecay;

  /**
   * Creates Adam with the paper's settings: decay rates 0.9 and 0.999, epsilon 1e-8, no weight
   * decay.
   *
   * @param parameters what it changes
   * @param rate the step size, at least 0
   */
  public Adam(Collection<Parameter> parameters, double rate) {
    this(parameters, rate, 0.9, 0.999, 1e-8, 0);
  }

  /**
   * Creates Adam.
   *
   * @param parameters what it changes
   * @param rate the step size, at least 0
   * @param beta1 the decay rate of the first moment, from 0 up to but not 1
   * @param beta2 the decay rate of the second moment, from 0 up to but not 1
   * @param epsilon what is added to the root of the second moment, at least 0
   * @param weightDecay at least 0
   */
  public Adam(
      Collection<Parameter> parameters,
      double rate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay) {
    super(parameters);
    this.rate = Check.within("rate", rate, 0, Double.POSITIVE_INFINITY);
    this.beta1 = Check.within("beta1", beta1, 0, 1);
    this.beta2 = Check.within("beta2", beta2, 0, 1);
    this.epsilon = Check.within("epsilon", epsilon, 0, Double.POSITIVE_INFINITY);
    this.weightDecay = Check.within("weight decay", weightDecay, 0, Double.POSITIVE_INFINITY);
  }

  @Override
  State begin(int count) {
    return new Moments(count);
  }

  private final class Moments extends State {
    private final double[] first;
    private final double[] second;
    private int steps;

    private Moments(int count) {
      first = new double[count];
      second = new double[count];
    }

    @Override
    void step(double[] values, double[] gradient) {
      steps++;
      double firstCorrection = 1 - Math.pow(beta1, steps);
      double secondCorrection = 1 - Math.pow(beta2, steps);
      for (int i = 0; i < values.length; i++) {
        double slope = gradient[i] + weightDecay * values[i];
        first[i] = beta1 * first[i] + (1 - beta1) * slope;
        second[i] = beta2 * second[i] + (1 - beta2) * slope * slope;
        values[i] -=
            rate
                * (first[i] / firstCorrection)
                / (Math.sqrt(second[i] / secondCorrection) + epsilon);
      }
    }
  }
}
