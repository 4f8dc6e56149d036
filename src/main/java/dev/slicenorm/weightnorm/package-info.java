/**
 * Weight normalization {@code w = g · v / ‖v‖}: both ways, its gradients, and the hook that applies
 * it.
 */
package dev.slicenorm.weightnorm;
