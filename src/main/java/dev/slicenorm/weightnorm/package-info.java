/**
 * Weight normalization {@code w = g · v / ‖v‖}: both ways, its gradients, and the hook that applies
 * it.
 */
@NullMarked
package dev.slicenorm.weightnorm;

import org.jspecify.annotations.NullMarked;
