/**
 * Checkpoints: safetensors files read and written, weight norm folded and unfolded, adapters
 * merged.
 *
 * <p>A {@link dev.slicenorm.checkpoint.Safetensors} file is mapped, never loaded; what is written
 * goes to a temporary file that takes its name only when it is complete.
 */
@NullMarked
package dev.slicenorm.checkpoint;

import org.jspecify.annotations.NullMarked;
