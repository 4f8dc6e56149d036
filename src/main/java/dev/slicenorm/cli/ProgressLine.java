package dev.slicenorm.cli;

import dev.slicenorm.checkpoint.Progress;
import java.io.Console;
import java.io.PrintWriter;

/** One line on a terminal that says how far a file is: bytes, rate, time left. Quiet when piped. */
final class ProgressLine implements Progress, AutoCloseable {

  private static final long PERIOD = 100_000_000;
  private static final String ERASE = "\r\u001b[K";

  private final PrintWriter err;
  private final boolean shown;
  private final long start = System.nanoTime();
  private long next = start + PERIOD;
  private boolean dirty;

  private ProgressLine(PrintWriter err, boolean shown) {
    this.err = err;
    this.shown = shown;
  }

  /** {@return a progress line on stderr, shown if a person is watching} */
  static ProgressLine on(PrintWriter err) {
    @SuppressWarnings("SystemConsoleNull") // since JDK 25 it is null again where nobody watches
    Console console = System.console();
    return new ProgressLine(err, console != null && console.isTerminal());
  }

  @Override
  public void at(long bytes, long total, String tensor) {
    long now = System.nanoTime();
    if (!shown || now < next) {
      return;
    }
    next = now + PERIOD;
    dirty = true;
    double seconds = (now - start) / 1e9;
    double rate = bytes / seconds;
    String left =
        bytes == 0 || total == 0 ? "" : ", " + Units.seconds((total - bytes) / rate) + " left";
    err.print(
        "%s%s of %s, %s/s%s  %s"
            .formatted(
                ERASE,
                Units.bytes(bytes),
                Units.bytes(total),
                Units.bytes((long) rate),
                left,
                Text.printable(tensor, 40)));
    err.flush();
  }

  @Override
  public void close() {
    if (dirty) {
      err.print(ERASE);
      err.flush();
    }
  }
}
