import org.jspecify.annotations.NullMarked;

/** Norms of slices of strided tensors along any axis, and weight normalization on top of them. */
@NullMarked
module dev.slicenorm {
  requires jdk.incubator.vector;
  requires static info.picocli;
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
