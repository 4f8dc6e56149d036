/** Norms of slices along any axis, unit slices, clipping. */
@NullMarked
package dev.slicenorm.norm;

import org.jspecify.annotations.NullMarked;
