/** Norms of slices along any axis, unit slices, clipping. */
package dev.slicenorm.norm;
