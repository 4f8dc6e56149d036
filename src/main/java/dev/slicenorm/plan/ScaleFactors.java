package dev.slicenorm.plan;

/**
 * What becomes of each slice when its norm is set to {@code |g|}, slices of norm zero included.
 *
 * @param leastSquare sums of squares count as at least this; 0 for no floor
 * @param divideByZero whether a slice of norm zero is divided by zero; otherwise it stays zero
 * @param wide whether elements are F64, whose squares can leave the range
 */
public record ScaleFactors(double leastSquare, boolean divideByZero, boolean wide)
    implements Walk.SliceAction {

  /**
   * {@return whether the sum of squares, as if no elements had been multiplied, is below the floor}
   */
  public boolean isFloored(Walk<?> walk, int slice) {
    if (leastSquare == 0) {
      return false;
    }
    double pre = walk.pre[slice];
    return walk.sums.hi[slice] / pre / pre < leastSquare;
  }

  /** {@return whether the slice is to stay zero, with gradient zero} */
  public boolean staysZero(Walk<?> walk, int slice) {
    return walk.sums.hi[slice] == 0 && !divideByZero;
  }

  /**
   * Sets {@link Walk#factor}, and {@link Walk#pre} if need be, for one slice with its sum of
   * squares.
   *
   * @return false if the two can't express the factor
   */
  public boolean set(Walk<?> walk, int slice, double g) {
    if (isFloored(walk, slice)) {
      Direction.setQuotient(walk, slice, g, Math.sqrt(leastSquare), 1, wide);
    } else if (staysZero(walk, slice)) {
      walk.pre[slice] = 1;
      walk.factor[slice] = 0;
    } else {
      return Direction.setFactor(walk, slice, g, wide);
    }
    return true;
  }

  /** Sets the factor of one slice whose norm operand 2 tells. */
  @Override
  public void at(Walk<?> walk, int slice) {
    set(walk, slice, walk.read(2, slice));
  }
}
