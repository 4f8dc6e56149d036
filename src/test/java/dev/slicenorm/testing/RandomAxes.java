package dev.slicenorm.testing;

import dev.slicenorm.norm.Axes;
import java.util.stream.IntStream;

/** Any of the ways to say which axes are reduced. */
public final class RandomAxes {

  private RandomAxes() {}

  /**
   * {@return axes for a tensor}
   *
   * @param random makes the choices
   * @param rank the rank of the tensor
   */
  public static Axes of(RandomTensors random, int rank) {
    if (rank == 0 || random.random().nextInt(8) == 0) {
      return Axes.whole();
    }
    int[] axes =
        IntStream.range(0, rank)
            .filter(axis -> random.random().nextInt(rank) == 0)
            .map(axis -> random.random().nextBoolean() ? axis : axis - rank)
            .toArray();
    if (axes.length == 0) {
      axes = new int[] {random.random().nextInt(-rank, rank)};
    }
    return random.random().nextBoolean() ? Axes.along(axes) : Axes.except(axes);
  }
}
