package dev.slicenorm.jmh.peers;

import dev.slicenorm.jmh.Normalizer;
import org.apache.lucene.util.VectorUtil;

/** Lucene's {@code l2normalize}: a dot product with the Vector API, and divisions in float. */
public final class LuceneVectors implements Normalizer {

  @Override
  public String name() {
    return "Lucene";
  }

  @Override
  public void normalize(float[][] vectors) {
    for (float[] vector : vectors) {
      VectorUtil.l2normalize(vector);
    }
  }
}
