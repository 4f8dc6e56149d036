/**
 * Modules with named parameters and hooks, a few layers, and optimizers: enough of a network
 * library to train under weight normalization and to attach it to code of one's own.
 */
@NullMarked
package dev.slicenorm.nn;

import org.jspecify.annotations.NullMarked;
