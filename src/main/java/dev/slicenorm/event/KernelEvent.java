package dev.slicenorm.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/** Which kernel runs; the same throughout the life of a JVM. */
@Name("dev.slicenorm.Kernel")
@Label("Kernel")
@Category("Slicenorm")
@Description("Which kernel computes norms in this JVM, and why")
@Period("everyChunk")
@StackTrace(false)
final class KernelEvent extends Event {

  @Label("Kernel")
  @Description("simd or scalar; the results are the same bits")
  final String kernel;

  @Label("Reason")
  @Description("Why that one, and what would change it")
  final String reason;

  @Label("Vector Width")
  @Description("0 for the scalar kernel")
  @DataAmount(DataAmount.BITS)
  final int vectorBits;

  KernelEvent(String kernel, String reason, int vectorBits) {
    this.kernel = kernel;
    this.reason = reason;
    this.vectorBits = vectorBits;
  }
}
