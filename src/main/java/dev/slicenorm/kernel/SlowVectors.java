package dev.slicenorm.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Whether this JVM turns vectors into instructions, and if not, why.
 *
 * <p>Where it does not, each vector is an object, and SIMD is 20 to 50 times slower than the plain
 * loops. Timing can't find that out at the start: until C2 has compiled them, vectors are objects
 * everywhere. So the JVM is asked. That takes some 10 ms, once; the vector classes take 60.
 */
final class SlowVectors {

  private static final int TOP_TIER = 4;

  private static final String MANAGEMENT = "jdk.management";

  private SlowVectors() {}

  /** {@return what keeps vectors from being instructions in this JVM, with the cure} */
  static Optional<String> reason() {
    // -Xint and -XX:TieredStopAtLevel=1 show here, the rest only in the options.
    Optional<String> reason =
        ofMachine(System.getProperty("java.vm.name", ""), System.getProperty("java.vm.info", ""));
    return reason.isPresent() ? reason : ofOptions(options());
  }

  /**
   * {@return what keeps them from it, as far as the name of the JVM tells}
   *
   * @param name its name
   * @param info the modes it runs in
   */
  static Optional<String> ofMachine(String name, String info) {
    if (info.contains("interpreted")) {
      return Optional.of("this JVM only interprets; leave out -Xint to use SIMD");
    }
    if (info.contains("compiled mode")) {
      return Optional.of(
          "this JVM compiles each method before it runs, and so without knowing what to inline;"
              + " leave out -Xcomp to use SIMD");
    }
    if (info.contains("emulated-client")) {
      return Optional.of(withoutC2("-XX:TieredStopAtLevel=1 or -XX:CompilationMode=quick-only"));
    }
    String lower = name.toLowerCase(Locale.ROOT);
    if (!lower.contains("openjdk") && !lower.contains("hotspot")) {
      return Optional.of(unknown("this JVM is called " + name + ", and only HotSpot"));
    }
    return Optional.empty();
  }

  /**
   * {@return what keeps them from it, as far as HotSpot's options tell}
   *
   * @param options gives the value of an option, null if there is none of that name
   */
  static Optional<String> ofOptions(UnaryOperator<@Nullable String> options) {
    String level = options.apply("TieredStopAtLevel");
    boolean tiered = "true".equals(options.apply("TieredCompilation"));
    if (tiered && level != null && Integer.parseInt(level) < TOP_TIER) {
      return Optional.of(withoutC2("-XX:TieredStopAtLevel=" + level));
    }
    if ("false".equals(options.apply("UseCompiler"))) {
      return Optional.of(
          "this JVM does not compile; leave out -XX:-UseCompiler or -XX:TieredStopAtLevel=0 to use"
              + " SIMD");
    }
    if ("false".equals(options.apply("EnableVectorSupport"))) {
      return Optional.of(
          "this JVM makes objects of vectors; leave out -XX:-EnableVectorSupport to use SIMD");
    }
    if ("true".equals(options.apply("UseJVMCICompiler"))) {
      return Optional.of(
          unknown("this JVM compiles by JVMCI (-XX:+UseJVMCICompiler), and only C2"));
    }
    return Optional.empty();
  }

  private static String withoutC2(String option) {
    return "this JVM runs without C2; leave out " + option + " to use SIMD";
  }

  private static String unknown(String what) {
    return what
        + " is known to make instructions of vectors; try -D"
        + Kernels.PROPERTY
        + "=simd and measure";
  }

  /** An image that leaves the management module out also keeps its options to itself. */
  private static UnaryOperator<@Nullable String> options() {
    if (ModuleLayer.boot().findModule(MANAGEMENT).isEmpty()) {
      return option -> null;
    }
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    return option -> {
      try {
        return machine.getVMOption(option).getValue();
      } catch (IllegalArgumentException e) {
        return null; // no such option, or one that is locked and so has its default
      }
    };
  }
}
