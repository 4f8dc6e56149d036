package dev.slicenorm.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** How slices are walked. The stack trace tells whose tensors they are. */
@Name("dev.slicenorm.Plan")
@Label("Plan")
@Category("Slicenorm")
@Description(
    "How the slices of tensors are walked; a plan is made when layouts differ from those of the"
        + " call before")
final class PlanEvent extends Event {

  @Label("Orientation")
  @Description("rows: slice by slice; columns: neighbouring slices together")
  String orientation = "";

  @Label("Slices")
  long slices;

  @Label("Slice Length")
  @Description("Elements of each slice")
  long length;

  @Label("Plan")
  @Description("In words; for each tensor of full shape whether it is walked in place or packed")
  String plan = "";

  @Label("Layouts")
  @Description("Of the tensors of full shape: the input, then the results")
  String layouts = "";
}
