package dev.slicenorm.nn;

/**
 * How a convolution's kernel moves, the same along each axis.
 *
 * {@snippet file="dev/slicenorm/snippets/NnSnippetsTest.java" region="convolution"}
 *
 * @param stride positions from one application to the next, at least 1
 * @param padding zeros put before and after the input, at least 0
 * @param dilation positions from one kernel element to the next, at least 1
 * @param groups into how many independent parts the channels are divided, at least 1
 */
public record ConvolutionSteps(int stride, int padding, int dilation, int groups) {

  /** Stride 1, no padding, dilation 1, one group. */
  public static final ConvolutionSteps PLAIN = new ConvolutionSteps(1, 0, 1, 1);

  /** Checks the values. */
  public ConvolutionSteps {
    Check.positive("stride", stride);
    Check.atLeast("padding", padding, 0);
    Check.positive("dilation", dilation);
    Check.positive("groups", groups);
  }

  /**
   * {@return these with another stride}
   *
   * @param value at least 1
   */
  public ConvolutionSteps withStride(int value) {
    return new ConvolutionSteps(value, padding, dilation, groups);
  }

  /**
   * {@return these with another padding}
   *
   * @param value at least 0
   */
  public ConvolutionSteps withPadding(int value) {
    return new ConvolutionSteps(stride, value, dilation, groups);
  }

  /**
   * {@return these with another dilation}
   *
   * @param value at least 1
   */
  public ConvolutionSteps withDilation(int value) {
    return new ConvolutionSteps(stride, padding, value, groups);
  }

  /**
   * {@return these with another number of groups}
   *
   * @param value at least 1, a divisor of both numbers of channels
   */
  public ConvolutionSteps withGroups(int value) {
    return new ConvolutionSteps(stride, padding, dilation, value);
  }

  /** {@return how many applications fit; 0 or less if none} */
  long applications(int size, int kernel) {
    long room = size + 2L * padding - dilation * (kernel - 1L) - 1;
    return room < 0 ? 0 : room / stride + 1;
  }
}
