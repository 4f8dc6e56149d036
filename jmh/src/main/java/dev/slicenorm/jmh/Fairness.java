package dev.slicenorm.jmh;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The settings without which a comparison is not fair, for this JVM, its forks and the peers.
 *
 * <p>A peer returns its result in fresh memory. By default glibc gives 64 MB back to the system at
 * each free and takes fresh pages at each allocation, which makes libtorch look 8 times slower than
 * it is; these settings have it keep them. Java arrays lie on huge pages, so must its memory.
 */
final class Fairness {

  static final String VECTORS = "--add-modules=jdk.incubator.vector";
  static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
  static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

  /**
   * JavaCPP, on which libtorch and OpenBLAS are called, otherwise collects garbage and sleeps 0.1 s
   * at each allocation once the process has twice the size of the heap.
   */
  static final String NO_LIMIT = "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0";

  static final String LARGE_PAGES = "-XX:+UseTransparentHugePages";
  static final String TOUCHED = "-XX:+AlwaysPreTouch";
  static final String LEAST_HEAP = "-Xms3g";
  static final String MOST_HEAP = "-Xmx3g";

  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

  private Fairness() {}

  private static Map<String, String> environment() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("MALLOC_ARENA_MAX", "1");
    settings.put("MALLOC_MMAP_MAX_", "0");
    settings.put("MALLOC_TRIM_THRESHOLD_", "4000000000");
    settings.put("MALLOC_TOP_PAD_", "300000000");
    settings.put("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
    // OpenBLAS does not know newer processors in virtual machines and falls back to slow kernels;
    // SkylakeX is its best set for AVX-512, and crashes without.
    if (hasAvx512()) {
      settings.put("OPENBLAS_CORETYPE", "SkylakeX");
    }
    return settings;
  }

  private static boolean hasAvx512() {
    try {
      return Files.isReadable(PROCESSOR) && Files.readString(PROCESSOR).contains("avx512vl");
    } catch (IOException e) {
      return false;
    }
  }

  /** {@return whether this process was started with the settings; a value of the user's counts} */
  static boolean holds() {
    return System.getenv().keySet().containsAll(environment().keySet())
        && ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  /**
   * {@return a process like this one, with the settings}
   *
   * @param arguments the words for {@link Main}
   */
  static ProcessBuilder process(List<String> arguments) {
    return process(List.of(VECTORS, NATIVE, UNSAFE, NO_LIMIT), Main.class, arguments);
  }

  /**
   * {@return a process with the settings of memory, and options of its own}
   *
   * @param options for the JVM
   * @param main what to run
   * @param arguments the words for it
   */
  static ProcessBuilder process(List<String> options, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of(LARGE_PAGES, TOUCHED, LEAST_HEAP, MOST_HEAP));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    ProcessBuilder process = new ProcessBuilder(command);
    Map<String, String> environment = process.environment();
    environment().forEach(environment::putIfAbsent);
    return process;
  }

  /**
   * {@return a folder beside the jar, where the build puts what is not in it}
   *
   * @param name its name
   */
  static Path beside(String name) {
    String first = System.getProperty("java.class.path").split(File.pathSeparator)[0];
    return Path.of(first).toAbsolutePath().resolveSibling(name);
  }
}
