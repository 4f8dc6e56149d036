package consumer;

import dev.slicenorm.Slicenorm;
import dev.slicenorm.norm.Embeddings;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Service;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** A service that makes embeddings unit length. */
@SpringBootApplication
public class EmbeddingsApplication {

  public static void main(String[] args) {
    SpringApplication.run(EmbeddingsApplication.class, args);
    LoggerFactory.getLogger(EmbeddingsApplication.class)
        .info("kernel {}: {}", Slicenorm.explain().kernel(), Slicenorm.explain().reason());
  }

  /** The same vectors at length 1, and the lengths they had. */
  public record UnitVectors(float[][] vectors, float[] lengths) {}

  /** The work, for whoever has it injected. */
  @Service
  public static class Normalizer {

    /** Leaves its argument as it is. */
    public UnitVectors normalize(float[][] vectors) {
      float[][] units = new float[vectors.length][];
      for (int i = 0; i < vectors.length; i++) {
        units[i] = vectors[i].clone();
      }
      return new UnitVectors(units, Embeddings.normalize(units));
    }
  }

  /** The work, over HTTP. */
  @RestController
  public static class Endpoint {

    private final Normalizer normalizer;

    Endpoint(Normalizer normalizer) {
      this.normalizer = normalizer;
    }

    @PostMapping("/normalize")
    UnitVectors normalize(@RequestBody float[][] vectors) {
      return normalizer.normalize(vectors);
    }

    @GetMapping("/kernel")
    Slicenorm.Explanation kernel() {
      return Slicenorm.explain();
    }
  }
}
