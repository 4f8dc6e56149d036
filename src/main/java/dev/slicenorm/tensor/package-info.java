/**
 * Strided views over arrays, buffers and mapped files, and all index arithmetic. Views share memory
 * and never copy.
 */
package dev.slicenorm.tensor;
