package dev.slicenorm.plan;

import dev.slicenorm.norm.Axes;
import dev.slicenorm.norm.Parallelism;
import dev.slicenorm.norm.SliceNorms;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;

/** What can only be seen in a JVM where nothing has happened yet. {@link CrewTest} starts it. */
final class FreshJvm {

  private static final InheritableThreadLocal<Object> SESSION = new InheritableThreadLocal<>();

  private FreshJvm() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println(firstCallerIsForgotten() ? "forgotten" : "kept");
    Tensor x = Tensor.zeros(DType.F32, 64, 1000);
    SliceNorms norms = SliceNorms.l2(Axes.along(-1)).withParallelism(Parallelism.threads(3));
    long done = IntStream.range(0, 30).parallel().mapToObj(i -> norms.of(x)).count();
    System.out.println(done + " in a parallel stream");
    System.out.println(ForkJoinPool.commonPool().getQueuedSubmissionCount() + " left in the pool");
  }

  /** Its thread's values and its class loader, as a web application's that is taken down. */
  private static boolean firstCallerIsForgotten() throws InterruptedException {
    List<WeakReference<Object>> held = new CopyOnWriteArrayList<>();
    Thread first =
        new Thread(() -> {
          ClassLoader application = new URLClassLoader(new URL[0]);
          Object session = new byte[1 << 20];
          Thread.currentThread().setContextClassLoader(application);
          SESSION.set(session);
          held.add(new WeakReference<>(application));
          held.add(new WeakReference<>(session));
          System.out.println(
              SliceNorms.l2(Axes.along(-1)).of(Tensor.of(new double[] {3, 4}, 1, 2)).item());
        });
    first.start();
    first.join();
    first = null;
    for (int i = 0; i < 50; i++) {
      System.gc();
      if (held.stream().allMatch(reference -> reference.refersTo(null))) {
        return true;
      }
      Thread.sleep(20);
    }
    return false;
  }
}
