/** Where to start: what the library does on this machine, and why. */
@NullMarked
package dev.slicenorm;

import org.jspecify.annotations.NullMarked;
