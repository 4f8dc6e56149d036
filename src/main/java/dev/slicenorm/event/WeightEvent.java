package dev.slicenorm.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A weight under weight norm is computed because g or v changed. */
@Name("dev.slicenorm.Weight")
@Label("Weight Computation")
@Category("Slicenorm")
@Description("A module's weight is computed anew from g and v, because one of them changed")
final class WeightEvent extends Event {

  @Label("Name")
  @Description("The weight's path from the root of the modules")
  String name = "";

  @Label("Elements")
  long elements;
}
