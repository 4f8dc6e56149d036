/** Where to start: what the library does on this machine, and why. */
package dev.slicenorm;
