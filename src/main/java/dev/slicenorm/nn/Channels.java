package dev.slicenorm.nn;

/** Sums over, and additions to, the channels of {@code [batch, channels, positions]}. */
final class Channels {

  private Channels() {}

  static void addEach(double[] values, double[] perChannel, int positions) {
    for (int line = 0; line < values.length / positions; line++) {
      double more = perChannel[line % perChannel.length];
      for (int i = line * positions; i < (line + 1) * positions; i++) {
        values[i] += more;
      }
    }
  }

  static double[] sums(double[] values, int channels, int positions) {
    double[] sums = new double[channels];
    for (int line = 0; line < values.length / positions; line++) {
      double sum = 0;
      for (int i = line * positions; i < (line + 1) * positions; i++) {
        sum += values[i];
      }
      sums[line % channels] += sum;
    }
    return sums;
  }
}
