package dev.slicenorm.kernel;

/**
 * A matrix to be multiplied, whose rows or whose columns lie together: element {@code [i, j]} is at
 * {@code at + i·rowStep + j·columnStep}. Its transpose is the same array with the steps exchanged.
 *
 * @param data the array
 * @param at the position of element {@code [0, 0]}
 * @param rowStep from one row to the next, in elements; 1 if the columns lie together
 * @param columnStep from one column to the next; 1 if the rows lie together
 */
public record MatrixOperand(double[] data, int at, int rowStep, int columnStep) {

  /** Creates the operand. */
  public MatrixOperand {
    if (rowStep != 1 && columnStep != 1) {
      throw new IllegalArgumentException(
          "rowStep %d, columnStep %d: expected one of them to be 1".formatted(rowStep, columnStep));
    }
  }
}
