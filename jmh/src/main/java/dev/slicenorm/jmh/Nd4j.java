package dev.slicenorm.jmh;

import dev.slicenorm.tensor.DType;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * ND4J in a JVM of its own, because it needs an older JavaCPP than libtorch. The build puts its
 * class path beside the jar when the profile {@code peers} is on.
 */
final class Nd4j extends ProcessLibrary {

  private static final String MAIN = "dev.slicenorm.jmh.nd4j.Nd4jPeer";

  private Nd4j() {}

  /** {@return it, or none if the build has not fetched it} */
  static List<Nd4j> find() {
    return Files.exists(classPathFile()) ? List.of(new Nd4j()) : List.of();
  }

  private static Path folder() {
    return Fairness.beside("nd4j");
  }

  private static Path classPathFile() {
    return folder().resolve("classpath.txt");
  }

  @Override
  public String name() {
    return "ND4J";
  }

  @Override
  public boolean supports(WorkItem item) {
    return item.dtype() == DType.F32 && item.operation() != Operation.BACKWARD;
  }

  @Override
  String formula() {
    return "norm2";
  }

  @Override
  List<String> command() throws IOException {
    String classPath = folder().resolve("classes") + File.pathSeparator + readClassPath();
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        Fairness.NATIVE,
        Fairness.UNSAFE,
        Fairness.NO_LIMIT,
        "-cp",
        classPath,
        MAIN);
  }

  private static String readClassPath() throws IOException {
    return Files.readString(classPathFile()).strip();
  }
}
