package dev.slicenorm.jmh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A peer that can't live in this JVM and times itself in a process of its own.
 *
 * <p>It is started with the words {@code operation formula shape axes view input output}, reads v,
 * g and dw as little-endian floats from a file, and then answers lines: {@code check} writes its
 * results to the other file, {@code time <seconds>} answers with the mean nanoseconds of a call
 * over that time. So its windows take turns with those of the others.
 */
abstract class ProcessLibrary implements Library {

  /** {@return the command without the words above} */
  abstract List<String> command() throws IOException;

  /** {@return the word for the formula} */
  abstract String formula();

  @Override
  public boolean inProcess() {
    return false;
  }

  @Override
  public Task prepare(Inputs inputs, int threads) throws IOException {
    WorkItem item = inputs.item();
    Path input = Files.createTempFile("slicenorm", ".in");
    Path output = Files.createTempFile("slicenorm", ".out");
    try (OutputStream out = Files.newOutputStream(input)) {
      for (float[] part : List.of(inputs.v()[0], inputs.g(), inputs.dw())) {
        out.write(bytes(part));
      }
    }
    List<String> command = new ArrayList<>(command());
    command.add(item.operation().name());
    command.add(formula());
    command.add(words(item.shape()));
    command.add(words(Arrays.stream(item.reducedAxes()).asLongStream().toArray()));
    command.add(item.view().name());
    command.add(input.toString());
    command.add(output.toString());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    Map<String, String> environment = builder.environment();
    for (String pool : List.of("OMP", "OPENBLAS", "MKL")) {
      environment.put(pool + "_NUM_THREADS", Integer.toString(threads));
    }
    return new ProcessTask(name(), builder.start(), input, output);
  }

  private static String words(long[] values) {
    return Arrays.stream(values).mapToObj(Long::toString).collect(Collectors.joining(","));
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer.array();
  }

  private static final class ProcessTask implements Task {
    private final String name;
    private final Process process;
    private final Path input;
    private final Path output;
    private final BufferedReader answers;
    private final Writer questions;

    ProcessTask(String name, Process process, Path input, Path output) {
      this.name = name;
      this.process = process;
      this.input = input;
      this.output = output;
      answers = process.inputReader();
      questions = process.outputWriter();
    }

    private String ask(String question) {
      try {
        questions.write(question + "\n");
        questions.flush();
        String answer = answers.readLine();
        if (answer == null) {
          throw new IllegalStateException(name + " ended at the question " + question);
        }
        return answer;
      } catch (IOException e) {
        throw new IllegalStateException(name + " ended at the question " + question, e);
      }
    }

    @Override
    public double call(int turn) {
      return ask("check").length();
    }

    @Override
    public float[] results() {
      try {
        ByteBuffer bytes =
            ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.LITTLE_ENDIAN);
        float[] results = new float[bytes.remaining() / 4];
        bytes.asFloatBuffer().get(results);
        return results;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public double nanosPerCall(long windowNanos) {
      return Double.parseDouble(ask("time " + windowNanos / 1e9));
    }

    @Override
    public void close() {
      process.destroy();
      try {
        process.waitFor();
        Files.deleteIfExists(input);
        Files.deleteIfExists(output);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
