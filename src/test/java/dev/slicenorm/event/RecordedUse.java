package dev.slicenorm.event;

import java.io.IOException;
import java.nio.file.Path;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Uses the library while the flight recorder runs and prints the library's events, one line each;
 * then every field that has no label.
 */
final class RecordedUse {

  private RecordedUse() {}

  /** Runs in the present folder. With a word, the library is in use before the recording, too. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length > 0) {
      dev.slicenorm.Slicenorm.explain();
    }
    Path file = Path.of("use.jfr");
    try (Recording recording = new Recording()) {
      recording.start();
      LibraryInUse.run(Path.of(""));
      recording.stop();
      recording.dump(file);
    }
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      if (isOurs(event.getEventType())) {
        System.out.println(line(event));
      }
    }
    for (EventType type : FlightRecorder.getFlightRecorder().getEventTypes()) {
      if (isOurs(type)) {
        type.getFields().stream()
            .filter(field -> field.getLabel() == null)
            .map(ValueDescriptor::getName)
            .forEach(System.out::println);
      }
    }
  }

  private static boolean isOurs(EventType type) {
    return type.getCategoryNames().contains("Slicenorm");
  }

  private static String line(RecordedEvent event) {
    StringBuilder line = new StringBuilder(event.getEventType().getName());
    for (ValueDescriptor field : event.getFields()) {
      switch (field.getName()) {
        case "startTime", "eventThread" -> {}
        case "duration" -> line.append(event.getDuration().isPositive() ? " took time" : "");
        case "stackTrace" -> line.append(event.getStackTrace() == null ? "" : " with stack trace");
        default -> line.append(" | ").append(event.<Object>getValue(field.getName()));
      }
    }
    return line.toString();
  }
}
