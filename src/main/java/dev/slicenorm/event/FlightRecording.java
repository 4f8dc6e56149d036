package dev.slicenorm.event;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;

/** Makes the events. A class of its own: it can't be linked where {@code jdk.jfr} is absent. */
final class FlightRecording {

  private FlightRecording() {}

  /** Runs a task when the JVM's flight recorder starts, or now if it has. */
  static void whenInitialized(Runnable task) {
    FlightRecorder.addListener(
        new FlightRecorderListener() {
          @Override
          public void recorderInitialized(FlightRecorder recorder) {
            task.run();
          }
        });
  }

  static void addKernel(String kernel, String reason, int vectorBits) {
    FlightRecorder.addPeriodicEvent(
        KernelEvent.class, () -> new KernelEvent(kernel, reason, vectorBits).commit());
  }

  static void plan(Object orientation, long slices, long length, Object plan, Object[] layouts) {
    PlanEvent event = new PlanEvent();
    if (event.shouldCommit()) {
      event.orientation = orientation.toString().toLowerCase(Locale.ROOT);
      event.slices = slices;
      event.length = length;
      event.plan = plan.toString();
      event.layouts = Arrays.toString(layouts);
      event.commit();
    }
  }

  static Events.Span weight(String name, long elements) {
    WeightEvent event = new WeightEvent();
    event.begin();
    return () -> {
      if (event.shouldCommit()) {
        event.name = name;
        event.elements = elements;
        event.commit();
      }
    };
  }

  static Events.Span file(String operation, Path file, int tensors, long bytes) {
    FileEvent event = new FileEvent();
    event.begin();
    return () -> {
      if (event.shouldCommit()) {
        event.operation = operation;
        event.file = file.toString();
        event.tensors = tensors;
        event.bytes = bytes;
        event.commit();
      }
    };
  }

  static Events.Span tensor(Object tensor, long bytes) {
    TensorEvent event = new TensorEvent();
    event.begin();
    return () -> {
      if (event.shouldCommit()) {
        event.tensor = tensor.toString();
        event.bytes = bytes;
        event.commit();
      }
    };
  }
}
