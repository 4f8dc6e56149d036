/**
 * Turns a layout and a set of reduced axes into loops over the kernels. Not exported: {@code norm}
 * and {@code weightnorm} say what to compute, this room decides how to walk the memory.
 */
package dev.slicenorm.plan;
