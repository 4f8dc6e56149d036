package dev.slicenorm.nn;

/**
 * The patches of an image under a kernel, as the columns of a matrix, and back. With them a
 * convolution is a matrix product, and its gradients are too.
 *
 * <p>An image is {@code [channels, height, width]}, the columns are {@code [channels · kernelHeight
 * · kernelWidth, across · down]}. One-dimensional signals have height 1.
 *
 * <p>Places are computed in {@code int}: a sum that leaves the range on the way comes back, and one
 * that is beyond it lies outside of the image either way.
 */
final class Unfolding {

  private final int height;
  private final int width;
  private final int kernelHeight;
  private final int kernelWidth;
  private final int padTop;
  private final ConvolutionSteps steps;
  private final int down;
  private final int across;

  /** Moves a kernel of a layer over both axes. */
  static Unfolding planar(
      Module module,
      int height,
      int width,
      int kernelHeight,
      int kernelWidth,
      ConvolutionSteps steps) {
    return new Unfolding(module, height, width, kernelHeight, kernelWidth, steps.padding(), steps);
  }

  /** Moves a kernel of a layer along a signal. */
  static Unfolding linear(Module module, int length, int kernel, ConvolutionSteps steps) {
    return new Unfolding(module, 1, length, 1, kernel, 0, steps);
  }

  private Unfolding(
      Module module,
      int height,
      int width,
      int kernelHeight,
      int kernelWidth,
      int padTop,
      ConvolutionSteps steps) {
    this.height = height;
    this.width = width;
    this.kernelHeight = kernelHeight;
    this.kernelWidth = kernelWidth;
    this.padTop = padTop;
    this.steps = steps;
    // A signal's height is not padded, though its length may be.
    boolean flat = height == 1 && kernelHeight == 1 && padTop == 0;
    long rows = flat ? 1 : steps.applications(height, kernelHeight);
    long columns = steps.applications(width, kernelWidth);
    Check.count(module, "each channel of the output", rows, columns);
    this.down = (int) rows;
    this.across = (int) columns;
  }

  int down() {
    return down;
  }

  int across() {
    return across;
  }

  int positions() {
    return down * across;
  }

  int imageSize() {
    return height * width;
  }

  int kernelSize() {
    return kernelHeight * kernelWidth;
  }

  /** {@return the patches of some channels of images that lie one after another} */
  Matrix columns(double[] images, int offset, int channels) {
    Matrix columns = Matrix.zeros(channels * kernelSize(), positions());
    move(images, offset, channels, columns.data(), true);
    return columns;
  }

  /** Adds patches where they came from: the transpose of {@link #columns}. */
  void addBack(Matrix columns, double[] images, int offset, int channels) {
    move(images, offset, channels, columns.data(), false);
  }

  private void move(double[] images, int offset, int channels, double[] columns, boolean outwards) {
    int row = 0;
    for (int channel = 0; channel < channels; channel++) {
      for (int i = 0; i < kernelHeight; i++) {
        for (int j = 0; j < kernelWidth; j++, row++) {
          for (int y = 0; y < down; y++) {
            int above = y * steps.stride() + i * steps.dilation() - padTop;
            if (above >= 0 && above < height) {
              int line = offset + (channel * height + above) * width;
              int target = row * positions() + y * across;
              moveLine(
                  images, line, j * steps.dilation() - steps.padding(), columns, target, outwards);
            }
          }
        }
      }
    }
  }

  private void moveLine(
      double[] images, int line, int shift, double[] columns, int target, boolean outwards) {
    for (int x = 0; x < across; x++) {
      int beside = x * steps.stride() + shift;
      if (beside >= 0 && beside < width) {
        if (outwards) {
          columns[target + x] = images[line + beside];
        } else {
          images[line + beside] += columns[target + x];
        }
      }
    }
  }
}
