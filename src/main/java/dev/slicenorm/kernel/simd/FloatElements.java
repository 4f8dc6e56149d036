package dev.slicenorm.kernel.simd;

import static dev.slicenorm.kernel.simd.Widening.DOUBLES;
import static dev.slicenorm.kernel.simd.Widening.WIDTH;
import static dev.slicenorm.kernel.simd.Widening.narrow;
import static dev.slicenorm.kernel.simd.Widening.widen;

import jdk.incubator.vector.DoubleVector;

/**
 * Element by element: scaling and gradients, computed in double and rounded once. F32 elements are
 * never multiplied by a power of two first, so there is no such factor here.
 */
final class FloatElements {

  private FloatElements() {}

  static void scale(float[] x, int xAt, float[] y, int yAt, int length, double factor) {
    int i = 0;
    for (; i <= length - 4 * WIDTH; i += 4 * WIDTH) {
      narrow(widen(x, xAt + i).mul(factor)).intoArray(y, yAt + i);
      narrow(widen(x, xAt + i + WIDTH).mul(factor)).intoArray(y, yAt + i + WIDTH);
      narrow(widen(x, xAt + i + 2 * WIDTH).mul(factor)).intoArray(y, yAt + i + 2 * WIDTH);
      narrow(widen(x, xAt + i + 3 * WIDTH).mul(factor)).intoArray(y, yAt + i + 3 * WIDTH);
    }
    for (; i < length; i++) {
      y[yAt + i] = (float) (x[xAt + i] * factor);
    }
  }

  static void scaleColumns(
      float[] x, int xAt, float[] y, int yAt, int columns, double[] factor, int f) {
    int c = 0;
    for (; c <= columns - WIDTH; c += WIDTH) {
      narrow(widen(x, xAt + c).mul(DoubleVector.fromArray(DOUBLES, factor, f + c)))
          .intoArray(y, yAt + c);
    }
    for (; c < columns; c++) {
      y[yAt + c] = (float) (x[xAt + c] * factor[f + c]);
    }
  }

  static void gradient(
      float[] v,
      int vAt,
      float[] dw,
      int dwAt,
      float[] dv,
      int dvAt,
      int length,
      double a,
      double c) {
    int i = 0;
    for (; i <= length - 2 * WIDTH; i += 2 * WIDTH) {
      DoubleVector along = widen(v, vAt + i).mul(c);
      DoubleVector alongNext = widen(v, vAt + i + WIDTH).mul(c);
      narrow(widen(dw, dwAt + i).sub(along).mul(a)).intoArray(dv, dvAt + i);
      narrow(widen(dw, dwAt + i + WIDTH).sub(alongNext).mul(a)).intoArray(dv, dvAt + i + WIDTH);
    }
    for (; i < length; i++) {
      dv[dvAt + i] = (float) ((dw[dwAt + i] - c * v[vAt + i]) * a);
    }
  }

  static void gradientColumns(
      float[] v,
      int vAt,
      float[] dw,
      int dwAt,
      float[] dv,
      int dvAt,
      int columns,
      double[] a,
      double[] c,
      int f) {
    int i = 0;
    for (; i <= columns - WIDTH; i += WIDTH) {
      DoubleVector along = widen(v, vAt + i).mul(DoubleVector.fromArray(DOUBLES, c, f + i));
      narrow(widen(dw, dwAt + i).sub(along).mul(DoubleVector.fromArray(DOUBLES, a, f + i)))
          .intoArray(dv, dvAt + i);
    }
    for (; i < columns; i++) {
      dv[dvAt + i] = (float) ((dw[dwAt + i] - c[f + i] * v[vAt + i]) * a[f + i]);
    }
  }
}
