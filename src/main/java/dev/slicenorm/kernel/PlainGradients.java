package dev.slicenorm.kernel;

/**
 * Gradients of rows across F32 columns in plain Java: {@code dv = (dw − c·v)·a} in {@code double},
 * rounded once.
 *
 * <p>What a row needs is copied first, so that one index goes through all arrays: only then does C2
 * know that no result takes the place of a later element, and vectorizes.
 */
final class PlainGradients {

  private PlainGradients() {}

  /** Writes the gradient of one row; also in place. */
  static void write(
      float[] v,
      int vAt,
      float[] dw,
      int dwAt,
      float[] dv,
      int dvAt,
      int columns,
      Factors factors) {
    float[] result = factors.products;
    System.arraycopy(v, vAt, factors.again, 0, columns);
    System.arraycopy(dw, dwAt, result, 0, columns);
    UpperHalves.clear(factors.factor);
    subtract(result, factors.again, columns, factors.factor, factors.second);
    System.arraycopy(result, 0, dv, dvAt, columns);
  }

  private static void subtract(float[] result, float[] v, int columns, double[] a, double[] c) {
    for (int i = 0; i < columns; i++) {
      result[i] = (float) ((result[i] - c[i] * v[i]) * a[i]);
    }
  }
}
