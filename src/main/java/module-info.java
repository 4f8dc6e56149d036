import org.jspecify.annotations.NullMarked;

/**
 * Norms of slices of strided tensors along any axis, and weight normalization on top of them, in
 * pure Java on SIMD lanes.
 *
 * {@snippet id="overview" :
 * Tensor x = Tensor.of(values, 64, 768); // F32[64, 768], over the array
 * Tensor norms = SliceNorms.l2(Axes.along(-1)).of(x); // F32[64, 1]
 *
 * Linear layer = new Linear(768, 10);
 * WeightNormHook.apply(layer, "weight", Axes.except(0)); // w = g·v/‖v‖, one g per output
 * Tensor output = layer.forward(x); // F32[64, 10]
 * }
 *
 * <p>The packages, from below; none calls one after it:
 *
 * <ul>
 *   <li>{@link dev.slicenorm.tensor}: strided views over the caller's memory.
 *   <li>{@link dev.slicenorm.norm}: norms of slices, unit slices, clipping, embeddings.
 *   <li>{@link dev.slicenorm.nn}: modules, parameters, hooks, a few layers, optimizers.
 *   <li>{@link dev.slicenorm.weightnorm}: weight normalization of tensors and of modules'
 *       parameters.
 *   <li>{@link dev.slicenorm.checkpoint}: safetensors files.
 *   <li>{@link dev.slicenorm}: which kernel runs here, and why.
 * </ul>
 *
 * <p><b>Bits.</b> The same slice gives the same bits whatever the vector width, the strides, the
 * memory, the number of threads, with or without the Vector API.
 *
 * <p><b>Speed.</b> On the class path, start java with {@code --add-modules jdk.incubator.vector}.
 * Without it everything works on plain loops, and a warning that says so goes to the {@link
 * System.Logger} {@code dev.slicenorm}, once.
 *
 * <p><b>Threads.</b> Immutable classes say so and may be shared. A tensor is as thread-safe as the
 * memory beneath it.
 */
// On each exported package too: Kotlin reads it there, and not in module descriptors.
@NullMarked
module dev.slicenorm {
  requires jdk.incubator.vector;
  requires static info.picocli;
  requires static jdk.jfr;
  // Any JDK resolves it, as a provider for java.management; an image may do without.
  requires static jdk.management;
  requires static org.jspecify;

  exports dev.slicenorm;
  exports dev.slicenorm.tensor;
  exports dev.slicenorm.norm;
  exports dev.slicenorm.nn;
  exports dev.slicenorm.weightnorm;
  exports dev.slicenorm.checkpoint;

  opens dev.slicenorm.cli to
      info.picocli;
}
