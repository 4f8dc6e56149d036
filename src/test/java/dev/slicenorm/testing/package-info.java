/**
 * What the tests share: golden data, a slow and obviously right reference, seeded random tensors,
 * and the measure of an error.
 */
package dev.slicenorm.testing;
