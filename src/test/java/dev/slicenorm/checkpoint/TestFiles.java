package dev.slicenorm.checkpoint;

import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Small files for tests. */
public final class TestFiles {

  private TestFiles() {}

  /** {@return a tensor of seeded normal values} */
  public static Tensor random(long seed, DType dtype, long... shape) {
    Tensor tensor = Tensor.zeros(dtype, shape);
    Random random = new Random(seed);
    Tensor flat = tensor.reshape(tensor.count());
    for (long i = 0; i < flat.count(); i++) {
      flat.set(random.nextGaussian(), i);
    }
    return tensor;
  }

  /** {@return the bytes of a file with this header text and so many bytes of data} */
  public static byte[] file(String header, int dataSize) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    byte[] file = new byte[8 + text.length + dataSize];
    for (int i = 0; i < 8; i++) {
      file[i] = (byte) ((long) text.length >>> (8 * i));
    }
    System.arraycopy(text, 0, file, 8, text.length);
    for (int i = 8 + text.length; i < file.length; i++) {
      file[i] = (byte) i;
    }
    return file;
  }

  /** {@return such a file on disk} */
  public static Path write(Path file, String header, int dataSize) throws IOException {
    return Files.write(file, file(header, dataSize));
  }

  /** {@return a file with tensors of the given names and shapes, as {@code name} then shape} */
  public static Path write(Path file, Object... namesAndTensors) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (int i = 0; i < namesAndTensors.length; i += 2) {
      writer.tensor((String) namesAndTensors[i], (Tensor) namesAndTensors[i + 1]);
    }
    writer.write(file, false, Progress.NONE);
    return file;
  }
}
