/** Other libraries on the same work, in the same JVM; only in builds with profile {@code peers}. */
package dev.slicenorm.jmh.peers;
