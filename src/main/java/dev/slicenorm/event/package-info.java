/**
 * What the library tells a flight recorder ({@code jdk.jfr}), and the only package that touches it.
 *
 * <p>The events bear the category "Slicenorm". They are described by their own annotations.
 */
package dev.slicenorm.event;
