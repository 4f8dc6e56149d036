package dev.slicenorm.tensor;

/**
 * Writes a tensor for people: nested brackets, one row a line, long axes shortened in the middle.
 */
final class TensorText {

  private static final int EDGE = 3;

  private final Tensor tensor;
  private final long[] index;
  private final StringBuilder text = new StringBuilder();

  private TensorText(Tensor tensor) {
    this.tensor = tensor;
    this.index = new long[tensor.rank()];
  }

  static String of(Tensor tensor) {
    TensorText writer = new TensorText(tensor);
    writer.text.append(tensor.describe()).append(tensor.rank() > 1 ? "\n" : " ");
    writer.write(0);
    return writer.text.toString();
  }

  private void write(int axis) {
    if (axis == index.length) {
      double value = tensor.get(index);
      text.append(
          tensor.dtype() == DType.F64 ? Double.toString(value) : Float.toString((float) value));
      return;
    }
    long size = tensor.size(axis);
    boolean shorten = size > 2 * EDGE + 1;
    text.append('[');
    for (long i = 0; i < size; i++) {
      if (i > 0) {
        separate(axis);
      }
      if (shorten && i == EDGE) {
        text.append("...");
        i = size - EDGE - 1;
        continue;
      }
      index[axis] = i;
      write(axis + 1);
    }
    text.append(']');
  }

  private void separate(int axis) {
    if (axis == index.length - 1) {
      text.append(", ");
    } else {
      text.append(",\n").append(" ".repeat(axis + 1));
    }
  }
}
