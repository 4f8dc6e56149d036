package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slicenorm.Slicenorm;
import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Embeddings;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.Tensor;
import dev.slicenorm.testing.Child;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an application sees that asks for a kernel which there is not. */
@Tag("child")
class KernelChoiceTest {

  @TempDir private Path folder;

  /** Calls the library in several ways, one after the other, and prints what each throws. */
  static final class Caller {

    private Caller() {}

    /** Takes no arguments. */
    public static void main(String[] arguments) {
      Tensor x = Tensor.of(new float[100], 100);
      List<Runnable> calls =
          List.of(
              () -> SliceNorms.l2(Axes.whole()).of(x),
              () -> SliceNorms.l2(Axes.whole()).of(x),
              () -> Embeddings.normalize(new float[768]),
              Slicenorm::explain);
      for (Runnable call : calls) {
        try {
          call.run();
          System.out.println("nothing");
        } catch (IllegalStateException e) {
          System.out.println(e.getMessage());
        }
      }
    }
  }

  @Test
  void everyCallSaysWhatIsWrongWithTheProperty() throws IOException {
    assertThat(calls("fast"))
        .hasSize(4)
        .allMatch("dev.slicenorm.kernel=fast: expected auto, scalar or simd"::equals);
  }

  @Test
  void everyCallSaysWhatIsMissing() throws IOException {
    assertThat(calls("simd"))
        .hasSize(4)
        .allMatch(line ->
            line.startsWith(
                "dev.slicenorm.kernel=simd can't be met: the module jdk.incubator.vector is not"
                    + " there; start java with --add-modules jdk.incubator.vector"));
  }

  private List<String> calls(String kernel) throws IOException {
    Child.Result result =
        Child.java(
            folder,
            "-Ddev.slicenorm.kernel=" + kernel,
            "-cp",
            Child.classes() + File.pathSeparator + Child.testClasses(),
            Caller.class.getName());
    assertThat(result.err()).isEmpty();
    return result.out().lines().toList();
  }
}
