/**
 * How fast and how accurate Slicenorm is, beside other libraries in the same run.
 *
 * <p>{@link dev.slicenorm.jmh.WorkItem} lists the work once; a {@link dev.slicenorm.jmh.Library}
 * does it; {@link dev.slicenorm.jmh.Main} has the commands.
 */
package dev.slicenorm.jmh;
