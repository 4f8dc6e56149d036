package dev.slicenorm.jmh.peers;

import dev.langchain4j.data.embedding.Embedding;
import dev.slicenorm.jmh.Normalizer;

/** LangChain4j's {@code Embedding.normalize()}, which works in the array that it was given. */
public final class LangChain4jVectors implements Normalizer {

  @Override
  public String name() {
    return "LangChain4j";
  }

  @Override
  public void normalize(float[][] vectors) {
    for (float[] vector : vectors) {
      new Embedding(vector).normalize();
    }
  }
}
