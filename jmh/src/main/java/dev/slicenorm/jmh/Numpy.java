package dev.slicenorm.jmh;

import dev.slicenorm.tensor.DType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * NumPy, by {@code linalg.norm} and by {@code einsum}, which is its fastest way to a norm along the
 * first axis. Debian's package is {@code python3-numpy}; nothing is installed here.
 */
final class Numpy extends ProcessLibrary {

  private final String python;
  private final String formula;

  private Numpy(String python, String formula) {
    this.python = python;
    this.formula = formula;
  }

  /** {@return its two ways, none if no Python has it} */
  static List<Numpy> find() {
    for (String python : List.of("python3", "/usr/bin/python3", "python")) {
      if (hasNumpy(python)) {
        return List.of(new Numpy(python, "norm"), new Numpy(python, "einsum"));
      }
    }
    return List.of();
  }

  private static boolean hasNumpy(String python) {
    try {
      return new ProcessBuilder(python, "-c", "import numpy")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public String name() {
    return "numpy " + formula;
  }

  @Override
  public boolean supports(WorkItem item) {
    return item.dtype() == DType.F32;
  }

  @Override
  String formula() {
    return formula;
  }

  @Override
  List<String> command() throws IOException {
    // In a folder of its own: Python looks for modules beside a script, and finds any stray file.
    Path folder = Files.createTempDirectory("slicenorm");
    folder.toFile().deleteOnExit();
    Path script = folder.resolve("numpy_peer.py");
    script.toFile().deleteOnExit();
    try (InputStream in = Numpy.class.getResourceAsStream("numpy_peer.py")) {
      Files.write(script, in.readAllBytes());
    }
    return List.of(python, script.toString());
  }
}
