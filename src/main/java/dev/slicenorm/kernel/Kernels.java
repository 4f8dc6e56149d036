package dev.slicenorm.kernel;

import dev.slicenorm.event.Events;
import dev.slicenorm.kernel.simd.VectorDoubleKernel;
import dev.slicenorm.kernel.simd.VectorFloatKernel;
import dev.slicenorm.kernel.simd.VectorHalfKernel;
import dev.slicenorm.kernel.simd.VectorMatrixKernel;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the kernels once, when the class is first used, by a ladder of reasons, and can say what
 * it chose and why. The results are the same bits either way; only the speed differs.
 *
 * <p>Where {@link #PROPERTY} asks for what there is not, every use throws a {@link
 * KernelChoiceException}.
 */
public final class Kernels {

  /** System property that overrides the choice: {@code auto}, {@code scalar} or {@code simd}. */
  public static final String PROPERTY = "dev.slicenorm.kernel";

  private static final String SIMD = "simd";

  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  /** Two doubles: a vector of one would be slower than none. */
  private static final int LEAST_BITS = 128;

  private static final SliceKernel<float[]> PLAIN_FLOATS = new ScalarFloatKernel();

  private static final SliceKernel<double[]> PLAIN_DOUBLES = new ScalarDoubleKernel();

  private static final HalfKernel PLAIN_HALVES = new HalfKernel();

  private static final @Nullable Kernels CHOSEN;

  /** Why there is none. An exception here would reach the caller as an error of the class. */
  private static final @Nullable String FAULT;

  static {
    Kernels chosen = null;
    String fault = null;
    try {
      chosen = choose(System.getProperty(PROPERTY, "auto"));
    } catch (KernelChoiceException e) {
      fault = e.getMessage();
    }
    CHOSEN = chosen;
    FAULT = fault;
    if (chosen != null) {
      Logger logger = System.getLogger("dev.slicenorm");
      logger.log(chosen.level, "slicenorm runs on the {0} kernel: {1}", chosen.name, chosen.reason);
      Events.kernelChosen(chosen.name, chosen.reason, vectorBits());
    }
  }

  private final String name;
  private final String reason;
  private final Level level;
  private final SliceKernel<float[]> floats;
  private final SliceKernel<double[]> doubles;
  private final HalfKernel halves;
  private final MatrixKernel matrices;
  private final boolean warmsUp;

  private Kernels(
      String name,
      String reason,
      Level level,
      SliceKernel<float[]> floats,
      SliceKernel<double[]> doubles,
      HalfKernel halves,
      MatrixKernel matrices,
      boolean warmsUp) {
    this.name = name;
    this.reason = reason;
    this.level = level;
    this.floats = floats;
    this.doubles = doubles;
    this.halves = halves;
    this.matrices = matrices;
    this.warmsUp = warmsUp;
  }

  private static Kernels chosen() {
    if (CHOSEN == null) {
      throw new KernelChoiceException(String.valueOf(FAULT));
    }
    return CHOSEN;
  }

  /** {@return the kernel for F32 rows} */
  public static SliceKernel<float[]> floats() {
    return chosen().floats;
  }

  /** {@return the kernel for F64 rows} */
  public static SliceKernel<double[]> doubles() {
    return chosen().doubles;
  }

  /** {@return the kernel that widens F16 and BF16 rows} */
  public static HalfKernel halves() {
    return chosen().halves;
  }

  /** {@return the kernel that multiplies matrices of doubles} */
  public static MatrixKernel matrices() {
    return chosen().matrices;
  }

  /**
   * {@return whether plain loops are to do the work until vectors are compiled}
   *
   * <p>Not where SIMD was asked for by name: that computes with vectors from the first call on.
   */
  public static boolean warmUp() {
    return CHOSEN != null && CHOSEN.warmsUp;
  }

  /** {@return the plain loops for F32 rows} */
  public static SliceKernel<float[]> plainFloats() {
    return PLAIN_FLOATS;
  }

  /** {@return the plain loops for F64 rows} */
  public static SliceKernel<double[]> plainDoubles() {
    return PLAIN_DOUBLES;
  }

  /** {@return the plain loops that widen F16 and BF16 rows} */
  public static HalfKernel plainHalves() {
    return PLAIN_HALVES;
  }

  /** {@return {@code simd} or {@code scalar}} */
  public static String name() {
    return chosen().name;
  }

  /** {@return why that kernel was chosen, and what would change it} */
  public static String reason() {
    return chosen().reason;
  }

  /** {@return the width of the vectors in bits; 0 for the scalar kernel} */
  public static int vectorBits() {
    return chosen().name.equals(SIMD) ? vectorKernelBits() : 0;
  }

  /** A method of its own, for the same reason as {@link #simd}. */
  private static int vectorKernelBits() {
    return VectorFloatKernel.vectorBits();
  }

  static Kernels choose(String wanted) {
    return switch (wanted.toLowerCase(Locale.ROOT)) {
      case "scalar" -> scalar("set by -D" + PROPERTY + "=scalar", Level.DEBUG);
      case "simd" -> forced();
      case "auto" -> automatic();
      default ->
          throw new KernelChoiceException(
              PROPERTY + "=" + wanted + ": expected auto, scalar or simd");
    };
  }

  private static Kernels forced() {
    if (!isVectorModuleReadable()) {
      throw new KernelChoiceException(PROPERTY + "=simd can't be met: " + missingModule());
    }
    if (vectorKernelBits() < LEAST_BITS) {
      throw new KernelChoiceException(PROPERTY + "=simd can't be met: " + narrow());
    }
    return simd("set by -D" + PROPERTY + "=simd", false);
  }

  private static Kernels automatic() {
    if (!isVectorModuleReadable()) {
      return scalar(missingModule(), Level.WARNING);
    }
    Optional<String> slow = SlowVectors.reason();
    if (slow.isPresent()) {
      return scalar(slow.get(), Level.INFO);
    }
    if (vectorKernelBits() < LEAST_BITS) {
      return scalar(narrow(), Level.INFO);
    }
    if (!FusedMultiplyAdd.HARDWARE) {
      return scalar(
          "this JVM has no FMA instructions; leave out -XX:-UseFMA, -XX:UseAVX=0 and -XX:UseSSE=2"
              + " where they are set, to use SIMD",
          Level.INFO);
    }
    Kernels simd = simd("the Vector API is there", true);
    Optional<String> difference = KernelCheck.firstDifference(simd.floats, simd.doubles);
    if (difference.isPresent()) {
      return scalar(
          "the self-test found SIMD and scalar results to differ: " + difference.get(),
          Level.WARNING);
    }
    return simd;
  }

  private static String narrow() {
    return "vectors have %d bits here, expected %d or more; leave out -XX:MaxVectorSize if it is set"
        .formatted(vectorKernelBits(), LEAST_BITS);
  }

  private static String missingModule() {
    return "the module "
        + VECTOR_MODULE
        + " is not there; start java with --add-modules "
        + VECTOR_MODULE
        + " to use SIMD";
  }

  private static boolean isVectorModuleReadable() {
    return ModuleLayer.boot()
        .findModule(VECTOR_MODULE)
        .filter(module -> Kernels.class.getModule().canRead(module))
        .isPresent();
  }

  private static Kernels scalar(String reason, Level level) {
    return new Kernels(
        "scalar",
        reason,
        level,
        PLAIN_FLOATS,
        PLAIN_DOUBLES,
        PLAIN_HALVES,
        new MatrixKernel(),
        false);
  }

  /** A method of its own: the classes that link the Vector API load only when this runs. */
  private static Kernels simd(String reason, boolean warmsUp) {
    return new Kernels(
        SIMD,
        reason,
        Level.DEBUG,
        new VectorFloatKernel(),
        new VectorDoubleKernel(),
        new VectorHalfKernel(),
        new VectorMatrixKernel(),
        warmsUp);
  }
}
