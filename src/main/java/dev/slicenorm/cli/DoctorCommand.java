package dev.slicenorm.cli;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Layout;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code slicenorm doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Says which kernel programs run on here and why, and how fast it is beside a plain loop.",
      "The other commands run on plain loops: most end before vectors would be compiled.",
      "With --shape, says how the slices of such a tensor would be walked."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class DoctorCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(names = "--no-speed", description = "Leave the measurement out.")
  private boolean noSpeed;

  @Option(names = "--shape", split = ",", paramLabel = "SIZE", description = "Such as 64,3,7.")
  private long @Nullable [] shape;

  @Option(
      names = "--strides",
      split = ",",
      paramLabel = "STEP",
      description = "In elements, 0 or more; row-major if not given.")
  private long @Nullable [] strides;

  @Option(
      names = "--dtype",
      paramLabel = "DTYPE",
      defaultValue = "F32",
      description = "The type of the elements: ${COMPLETION-CANDIDATES}.")
  private DType dtype;

  @ArgGroup private @Nullable Reduction reduction;

  /** Exactly one of the three. */
  static final class Reduction {
    @Option(names = "--along", split = ",", paramLabel = "AXIS", description = "Reduce these axes.")
    private int @Nullable [] along;

    @Option(
        names = "--except",
        split = ",",
        paramLabel = "AXIS",
        description = "Reduce all axes but these.")
    private int @Nullable [] except;

    @Option(names = "--whole", description = "Reduce every axis.")
    private boolean whole;

    private Axes axes() {
      if (whole) {
        return Axes.whole();
      }
      return along != null ? Axes.along(along) : Axes.except(Objects.requireNonNull(except));
    }
  }

  @Override
  public Integer call() {
    String plan = shape == null ? noPlan() : plan(shape);
    PrintWriter print = spec.commandLine().getOut();
    print.println(dev.slicenorm.Slicenorm.explain());
    print.println(
        "java     %s, %s %s"
            .formatted(
                Runtime.version(), System.getProperty("os.name"), System.getProperty("os.arch")));
    if (!noSpeed) {
      print.println("speed    " + speed(Bandwidth.measure()));
    }
    if (plan != null) {
      print.println("plan     " + plan);
    }
    print.flush();
    return ExitCode.OK;
  }

  private @Nullable String noPlan() {
    if (strides != null || reduction != null) {
      throw new ParameterException(spec.commandLine(), "of what shape? expected --shape");
    }
    return null;
  }

  private String plan(long[] sizes) {
    if (reduction == null) {
      throw new ParameterException(
          spec.commandLine(), "which axes? expected --along, --except or --whole");
    }
    if (strides != null && Arrays.stream(strides).anyMatch(stride -> stride < 0)) {
      throw new ParameterException(
          spec.commandLine(),
          "strides %s: expected steps of 0 or more elements".formatted(Arrays.toString(strides)));
    }
    try {
      Layout layout =
          strides == null ? Layout.contiguous(sizes) : Layout.strided(sizes, strides, 0);
      Axes axes = reduction.axes();
      return axes + " of " + layout + ": " + dev.slicenorm.Slicenorm.explain(dtype, layout, axes);
    } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private static String speed(Bandwidth bandwidth) {
    double times = bandwidth.library() / bandwidth.plainLoop();
    return String.format(
        Locale.ROOT,
        "norms of 256 rows of 4096 F32, one thread: %.1f GB/s, plain loop %.1f GB/s: %.1f times%s",
        bandwidth.library(),
        bandwidth.plainLoop(),
        times,
        times < 1 ? ", not compiled yet: is the machine busy?" : "");
  }
}
