package dev.slicenorm.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The checkpoints that PyTorch and the safetensors package made: see {@code golden/ckpt/ckpt.json}.
 */
public final class Golden {

  private Golden() {}

  /** {@return a golden checkpoint, copied into a folder} */
  public static Path copy(String name, Path folder) {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/ckpt/" + name)) {
      Path file = folder.resolve(name);
      Files.copy(Objects.requireNonNull(in, name), file);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
