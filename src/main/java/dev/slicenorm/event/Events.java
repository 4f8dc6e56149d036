package dev.slicenorm.event;

import java.nio.file.Path;

/**
 * Tells a flight recorder what the library does, where there is one.
 *
 * <p>The first event class that a JVM loads costs it some 100 ms, recording or not. So nothing but
 * a flag is looked at until a recorder exists, and then the events themselves know whether somebody
 * wants them. Arguments are taken as they are and put into words only if they are recorded. A JVM
 * without the module {@code jdk.jfr} records nothing.
 */
public final class Events {

  private static final boolean AVAILABLE =
      ModuleLayer.boot()
          .findModule("jdk.jfr")
          .filter(Events.class.getModule()::canRead)
          .isPresent();

  private static volatile boolean recorder;

  static {
    if (AVAILABLE) {
      FlightRecording.whenInitialized(() -> recorder = true);
    }
  }

  private Events() {}

  /** Something that takes time. One that fails has no end, and is not recorded. */
  @FunctionalInterface
  public interface Span {
    /** Takes note of the end. */
    void end();
  }

  private static final Span UNRECORDED = () -> {};

  /**
   * Tells which kernel was chosen: in every chunk of every recording, since the choice is made
   * once, mostly before the recording starts.
   */
  public static void kernelChosen(String kernel, String reason, int vectorBits) {
    if (AVAILABLE) {
      FlightRecording.whenInitialized(() -> FlightRecording.addKernel(kernel, reason, vectorBits));
    }
  }

  /**
   * Tells how the slices of tensors will be walked.
   *
   * @param orientation rows or columns
   * @param slices the number of slices
   * @param length the elements of each
   * @param plan the plan in words
   * @param layouts the layouts of the tensors of full shape
   */
  public static void planMade(
      Object orientation, long slices, long length, Object plan, Object[] layouts) {
    if (recorder) {
      FlightRecording.plan(orientation, slices, length, plan, layouts);
    }
  }

  /** {@return the computation of a weight under weight norm, begun now} */
  public static Span weight(String name, long elements) {
    return recorder ? FlightRecording.weight(name, elements) : UNRECORDED;
  }

  /**
   * {@return the writing of a file, begun now}
   *
   * @param operation such as fold
   * @param file the file it will be
   * @param tensors the tensors in it
   * @param bytes the bytes of all of them
   */
  public static Span file(String operation, Path file, int tensors, long bytes) {
    return recorder ? FlightRecording.file(operation, file, tensors, bytes) : UNRECORDED;
  }

  /**
   * {@return the computing and writing of one tensor of a file, begun now}
   *
   * @param tensor its name, type and shape
   * @param bytes its bytes
   */
  public static Span tensor(Object tensor, long bytes) {
    return recorder ? FlightRecording.tensor(tensor, bytes) : UNRECORDED;
  }
}
