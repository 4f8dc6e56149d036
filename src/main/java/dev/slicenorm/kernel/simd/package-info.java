/** The kernels on SIMD lanes: the only code that touches {@code jdk.incubator.vector}. */
package dev.slicenorm.kernel.simd;
