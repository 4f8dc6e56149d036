/** Requires Slicenorm, and so gets the Vector API without a flag. */
module consumer {
  requires dev.slicenorm;
}
