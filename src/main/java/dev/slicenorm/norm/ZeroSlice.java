package dev.slicenorm.norm;

/**
 * What becomes of a slice whose norm is zero, where {@code v / ‖v‖} has no value. With {@code n =
 * ‖v‖}:
 *
 * <table>
 * <caption>The policies</caption>
 * <tr><th>policy</th><th>w</th><th>gradients</th></tr>
 * <tr><td>{@link #ZERO}, the default</td><td>0</td><td>0, a subgradient</td></tr>
 * <tr><td>{@link #floor floor(eps)}</td><td>{@code g·v / max(n, √eps)}</td><td>of that formula, n being
 *     constant below the floor</td></tr>
 * <tr><td>{@link #NAN}</td><td>NaN</td><td>NaN</td></tr>
 * <tr><td>{@link #REJECT}</td><td colspan="2">a {@link ZeroSliceException}</td></tr>
 * </table>
 *
 * {@snippet file="dev/slicenorm/snippets/NormSnippetsTest.java" region="zero"}
 */
public final class ZeroSlice {

  /** Zero slices stay zero, with gradient zero. Nothing is NaN that was not NaN before. */
  public static final ZeroSlice ZERO = new ZeroSlice("ZERO", 0);

  /** PyTorch's behaviour: the division by zero is carried out. */
  public static final ZeroSlice NAN = new ZeroSlice("NAN", 0);

  /** A zero slice is an error that names the tensor and the slice, before anything is written. */
  public static final ZeroSlice REJECT = new ZeroSlice("REJECT", 0);

  /** Jittor's behaviour: the squared norm is at least 1e-30. */
  public static final ZeroSlice JITTOR = floor(1e-30);

  private final String name;
  private final double floor;

  private ZeroSlice(String name, double floor) {
    this.name = name;
    this.floor = floor;
  }

  /**
   * {@return the policy that keeps every squared norm at {@code eps} or more, as Jittor does with
   * 1e-30}
   *
   * @param eps the least squared norm, above 0 and finite
   */
  public static ZeroSlice floor(double eps) {
    if (!(eps > 0 && eps < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("eps " + eps + ": expected a finite value above 0");
    }
    return new ZeroSlice("floor", eps);
  }

  /** {@return the least squared norm of {@link #floor floor(eps)}; 0 for the other policies} */
  public double leastSquare() {
    return floor;
  }

  /** {@return whether a slice of norm zero is divided by zero} */
  public boolean dividesByZero() {
    return name.equals(NAN.name);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ZeroSlice that && name.equals(that.name) && floor == that.floor;
  }

  @Override
  public int hashCode() {
    return name.hashCode() * 31 + Double.hashCode(floor);
  }

  @Override
  public String toString() {
    return floor > 0 ? name + "(" + floor + ")" : name;
  }
}
