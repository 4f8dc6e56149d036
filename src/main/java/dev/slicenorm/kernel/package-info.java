/**
 * The primitives: Java arrays in, numbers out. They know rows, columns and the canonical order of
 * reduction, and nothing of tensors. {@link dev.slicenorm.kernel.ReductionOrder} says what order
 * that is.
 */
package dev.slicenorm.kernel;
