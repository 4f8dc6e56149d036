/**
 * Strided views over arrays, buffers and mapped files, and all index arithmetic. Views share memory
 * and never copy.
 */
@NullMarked
package dev.slicenorm.tensor;

import org.jspecify.annotations.NullMarked;
