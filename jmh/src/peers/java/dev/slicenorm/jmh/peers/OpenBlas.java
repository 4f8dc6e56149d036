package dev.slicenorm.jmh.peers;

import dev.slicenorm.jmh.Inputs;
import dev.slicenorm.jmh.Library;
import dev.slicenorm.jmh.Task;
import dev.slicenorm.jmh.WorkItem;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * OpenBLAS, by its norm and by the root of its dot product, which is faster and overflows. Over
 * native memory: the variants for {@code float[]} copy the array.
 */
abstract class OpenBlas implements Library {

  /** {@code cblas_snrm2}. */
  public static final class Norm extends OpenBlas {
    @Override
    public String name() {
      return "OpenBLAS snrm2";
    }

    @Override
    float norm(int length, FloatPointer x, int step) {
      return openblas_nolapack.cblas_snrm2(length, x, step);
    }
  }

  /** {@code cblas_sdot}. */
  public static final class Dot extends OpenBlas {
    @Override
    public String name() {
      return "OpenBLAS sdot";
    }

    @Override
    float norm(int length, FloatPointer x, int step) {
      return (float) Math.sqrt(openblas_nolapack.cblas_sdot(length, x, step, x, step));
    }
  }

  abstract float norm(int length, FloatPointer x, int step);

  @Override
  public boolean supports(WorkItem item) {
    return Rows.fit(item);
  }

  @Override
  public Task prepare(Inputs inputs, int threads) {
    FloatPointer[] x = new FloatPointer[inputs.v().length];
    for (int copy = 0; copy < x.length; copy++) {
      x[copy] = new FloatPointer(inputs.v()[copy]);
    }
    // Any call loads the library, whose thread count JavaCPP does not expose.
    openblas_nolapack.cblas_snrm2(1, x[0], 1);
    setThreads(threads);
    int step = inputs.item().view().step();
    FloatPointer[] row = new FloatPointer[x.length];
    for (int copy = 0; copy < x.length; copy++) {
      row[copy] = new FloatPointer(x[copy]);
    }
    return new Rows(inputs) {
      @Override
      float norm(int copy, int start, int length) {
        return OpenBlas.this.norm(length, row[copy].position(start), step);
      }

      @Override
      public void close() {
        for (FloatPointer pointer : x) {
          pointer.close();
        }
      }
    };
  }

  private static void setThreads(int threads) {
    MethodHandle set =
        Linker.nativeLinker()
            .downcallHandle(
                SymbolLookup.loaderLookup().findOrThrow("openblas_set_num_threads"),
                FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
    try {
      set.invokeExact(threads);
    } catch (Throwable e) {
      throw new IllegalStateException("openblas_set_num_threads failed", e);
    }
  }
}
