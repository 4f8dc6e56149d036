package consumer;

import dev.slicenorm.Slicenorm;
import dev.slicenorm.nn.Linear;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Embeddings;
import dev.slicenorm.weightnorm.WeightNormHook;

/** An application that has Slicenorm as a module. */
public final class Consumer {

  private Consumer() {}

  /**
   * Uses the library, and fails unless it runs on the kernel that was expected.
   *
   * @param args the kernel: simd or scalar
   */
  public static void main(String[] args) {
    float[] embeddings = {3, 4, 6, 8};
    float[] lengths = Embeddings.normalize(embeddings, 2);
    Linear layer = WeightNormHook.weightNorm(new Linear(3, 4), "weight", Axes.except(0));
    System.out.println(layer.parameters().keySet());
    Slicenorm.Explanation explanation = Slicenorm.explain();
    System.out.println(explanation);
    boolean right = lengths[0] == 5 && lengths[1] == 10 && embeddings[3] == 0.8f;
    // A machine without FMA instructions computes on plain loops, flag or not.
    String kernel = explanation.hardwareFma() ? args[0] : "scalar";
    if (!right || !explanation.kernel().equals(kernel)) {
      throw new IllegalStateException("expected kernel " + kernel + ", lengths 5 and 10");
    }
  }
}
