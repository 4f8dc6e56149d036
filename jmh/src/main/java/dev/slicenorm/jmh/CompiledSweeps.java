package dev.slicenorm.jmh;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The sweeps of {@link Bandwidth} in C, compiled when first asked for: the limit of this machine
 * must not depend on how well Java's compiler does. Without a C compiler the limit is Java's, and a
 * note says so.
 */
final class CompiledSweeps {

  private static final Optional<SymbolLookup> LIBRARY = compile();

  private CompiledSweeps() {}

  /**
   * {@return the sweep in C, empty if there is no compiler}
   *
   * @param kind what the memory has to do
   */
  static Optional<Bandwidth.Sweep> find(Bandwidth.Kind kind) {
    return LIBRARY.map(library -> {
      String name = "sweep_" + kind.name().toLowerCase(Locale.ROOT);
      MethodHandle sweep =
          Linker.nativeLinker()
              .downcallHandle(
                  library.findOrThrow(name),
                  FunctionDescriptor.of(
                      ValueLayout.JAVA_FLOAT,
                      ValueLayout.ADDRESS,
                      ValueLayout.ADDRESS,
                      ValueLayout.JAVA_LONG));
      return (from, to, bytes) -> call(sweep, from, to, bytes);
    });
  }

  private static float call(MethodHandle sweep, MemorySegment from, MemorySegment to, long bytes) {
    try {
      return (float) sweep.invokeExact(from, to, bytes);
    } catch (Throwable e) {
      throw new IllegalStateException("the sweep in C failed", e);
    }
  }

  private static Optional<SymbolLookup> compile() {
    for (String compiler : List.of("cc", "gcc", "clang")) {
      try {
        Path folder = Files.createTempDirectory("slicenorm-sweep");
        Path source = folder.resolve("sweep.c");
        Path library = folder.resolve(System.mapLibraryName("sweep"));
        try (InputStream in = CompiledSweeps.class.getResourceAsStream("sweep.c")) {
          Files.copy(in, source);
        }
        boolean done = run(compiler, source, library);
        Optional<SymbolLookup> lookup =
            done
                ? Optional.of(SymbolLookup.libraryLookup(library, Arena.global()))
                : Optional.empty();
        Files.deleteIfExists(source);
        Files.deleteIfExists(library);
        Files.deleteIfExists(folder);
        if (done) {
          return lookup;
        }
      } catch (IOException e) {
        // This compiler is not installed: the next may be.
        continue;
      }
    }
    System.err.println("No C compiler: the measured limit is that of a sweep in Java alone.");
    return Optional.empty();
  }

  private static boolean run(String compiler, Path source, Path library) throws IOException {
    List<String> command =
        List.of(
            compiler,
            "-O3",
            "-march=native",
            "-shared",
            "-fPIC",
            "-o",
            library.toString(),
            source.toString());
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
