package dev.slicenorm.jmh;

/** What a work item computes. */
public enum Operation {
  /** The L2 norm of each slice. Reads v. */
  NORM(1, 0),
  /** Weight norm {@code g · v / ‖v‖}. Reads v, writes w. */
  FORWARD(1, 1),
  /** Its gradients. Reads v and dw, writes dv. */
  BACKWARD(2, 1);

  private final int reads;
  private final int writes;

  Operation(int reads, int writes) {
    this.reads = reads;
    this.writes = writes;
  }

  /** {@return tensors of full size that must be read and written at least once} */
  public int passes() {
    return reads + writes;
  }

  /** {@return what the memory must do, and so which limit applies} */
  public Bandwidth.Kind traffic() {
    return writes == 0 ? Bandwidth.Kind.READ : Bandwidth.Kind.SCALE;
  }
}
