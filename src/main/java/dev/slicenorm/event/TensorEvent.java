package dev.slicenorm.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A tensor of a file was written. */
@Name("dev.slicenorm.Tensor")
@Label("Checkpoint Tensor")
@Category("Slicenorm")
@Description("A tensor of a checkpoint was read, computed if need be, and written")
@StackTrace(false)
final class TensorEvent extends Event {

  @Label("Tensor")
  @Description("Name, element type and shape")
  String tensor = "";

  @Label("Size")
  @DataAmount
  long bytes;
}
