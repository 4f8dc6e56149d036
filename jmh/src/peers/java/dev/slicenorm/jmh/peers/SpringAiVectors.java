package dev.slicenorm.jmh.peers;

import dev.slicenorm.jmh.Normalizer;
import org.springframework.ai.vectorstore.SimpleVectorStore.EmbeddingMath;

/**
 * Spring AI has no method that makes a vector unit length. What it has is {@code norm}, which
 * despite its name is the sum of the squares, in float; the rest is what a user writes around it.
 */
public final class SpringAiVectors implements Normalizer {

  @Override
  public String name() {
    return "Spring AI";
  }

  @Override
  public void normalize(float[][] vectors) {
    for (float[] vector : vectors) {
      float length = (float) Math.sqrt(EmbeddingMath.norm(vector));
      for (int i = 0; i < vector.length; i++) {
        vector[i] /= length;
      }
    }
  }
}
