package dev.slicenorm.jmh.nd4j;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** One work item done by ND4J; {@code ProcessLibrary} describes the words and the lines. */
public final class Nd4jPeer {

  private Nd4jPeer() {}

  /** Answers until its input ends. */
  public static void main(String[] words) throws IOException {
    // Its logger writes to standard output, where the answers go.
    PrintStream answers = System.out;
    System.setOut(System.err);
    Supplier<INDArray> work = work(words);
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      String[] parts = line.split(" ");
      if (parts[0].equals("check")) {
        write(work.get(), Path.of(words[6]));
        answers.println("ok");
      } else {
        answers.println(nanosPerCall(work, (long) (Double.parseDouble(parts[1]) * 1e9)));
      }
      answers.flush();
    }
  }

  private static Supplier<INDArray> work(String[] words) throws IOException {
    long[] shape = Arrays.stream(words[2].split(",")).mapToLong(Long::parseLong).toArray();
    int[] axes = Arrays.stream(words[3].split(",")).mapToInt(Integer::parseInt).toArray();
    int step = words[4].startsWith("STEP_") ? Integer.parseInt(words[4].substring(5)) : 1;
    float[] data = read(Path.of(words[5]));
    int count = Math.toIntExact(Arrays.stream(shape).reduce(step, Math::multiplyExact));
    float[] memory = Arrays.copyOf(data, count);
    INDArray v;
    if (words[4].equals("TRANSPOSED")) {
      v = Nd4j.createFromArray(memory).reshape(shape[1], shape[0]).transpose();
    } else if (step > 1) {
      v = Nd4j.createFromArray(memory).get(NDArrayIndex.interval(0, step, count));
    } else {
      v = Nd4j.createFromArray(memory).reshape(shape);
    }
    if (words[0].equals("NORM")) {
      return () -> v.norm2(axes);
    }
    boolean[] reduced = new boolean[shape.length];
    Arrays.stream(axes).forEach(axis -> reduced[axis] = true);
    long[] kept =
        IntStream.range(0, shape.length).mapToLong(i -> reduced[i] ? 1 : shape[i]).toArray();
    INDArray g = Nd4j.createFromArray(Arrays.copyOfRange(data, count, data.length)).reshape(kept);
    return () -> v.mul(g.div(v.norm2(true, axes)));
  }

  private static double nanosPerCall(Supplier<INDArray> work, long window) {
    long calls = 0;
    long start = System.nanoTime();
    long elapsed;
    do {
      work.get().close();
      calls++;
      elapsed = System.nanoTime() - start;
    } while (elapsed < window);
    return (double) elapsed / calls;
  }

  private static float[] read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    float[] data = new float[bytes.remaining() / 4];
    bytes.asFloatBuffer().get(data);
    return data;
  }

  private static void write(INDArray result, Path file) throws IOException {
    float[] data = result.ravel().toFloatVector();
    ByteBuffer bytes = ByteBuffer.allocate(data.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(data);
    Files.write(file, bytes.array());
  }
}
