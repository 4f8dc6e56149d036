package dev.slicenorm.plan;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The thread that rehearses, one thing after the other. It ends a second after the last, and keeps
 * no application from ending.
 */
final class WarmUpThread {

  private static final ThreadPoolExecutor THREAD =
      new ThreadPoolExecutor(
          1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), WarmUpThread::fresh);

  static {
    THREAD.allowCoreThreadTimeOut(true);
  }

  private WarmUpThread() {}

  /** It keeps nothing of the thread that happened to call first: neither values nor a loader. */
  private static Thread fresh(Runnable work) {
    Thread thread =
        Thread.ofPlatform()
            .name("slicenorm-warm-up")
            .daemon()
            .inheritInheritableThreadLocals(false)
            .unstarted(work);
    thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
    return thread;
  }

  /** Does something, after all that it was given before. */
  static void run(Runnable work) {
    THREAD.execute(work);
  }

  /**
   * Waits until all is done that it was given before.
   *
   * @param most how long to wait at most
   * @return whether it is done, or the time is over
   */
  static boolean await(Duration most) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    run(done::countDown);
    return done.await(most.toNanos(), TimeUnit.NANOSECONDS);
  }
}
