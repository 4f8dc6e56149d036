package dev.slicenorm.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A file of a checkpoint was written. */
@Name("dev.slicenorm.File")
@Label("Checkpoint File")
@Category("Slicenorm")
@Description("A checkpoint file, or one shard, was made from another")
@StackTrace(false)
final class FileEvent extends Event {

  @Label("Operation")
  @Description("fold, unfold, merge or rename")
  String operation = "";

  @Label("File")
  @Description("The file that was written")
  String file = "";

  @Label("Tensors")
  int tensors;

  @Label("Tensor Data")
  @Description("Without the header")
  @DataAmount
  long bytes;
}
