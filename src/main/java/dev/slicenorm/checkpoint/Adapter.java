package dev.slicenorm.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA or DoRA adapter as Hugging Face PEFT saves it: a folder with {@code adapter_config.json}
 * and {@code adapter_model.safetensors}.
 */
public final class Adapter implements AutoCloseable {

  /**
   * The change of one layer.
   *
   * @param a {@code lora_A [r, in, …]}, or {@code lora_embedding_A [r, entries]}
   * @param b {@code lora_B [out, r, …]}, or {@code lora_embedding_B [size, r]}
   * @param bias {@code lora_B.bias [out]}, if the adapter has {@code lora_bias}
   * @param magnitude {@code lora_magnitude_vector}, if this is DoRA
   * @param scale what {@code B·A} is multiplied by
   * @param transposed whether the weight is stored {@code [in, out]}
   */
  record Layer(
      Stored a,
      Stored b,
      Optional<Stored> bias,
      Optional<Stored> magnitude,
      double scale,
      boolean transposed) {}

  private static final String CONFIG = "adapter_config.json";
  private static final String PREFIX = "base_model.model.";
  private static final String BIAS = ".lora_B.bias";
  private static final String MAGNITUDE = ".lora_magnitude_vector";

  private final Path folder;
  private final Path realFolder;
  private final Checkpoint tensors;
  private final Map<String, Layer> layers;
  private final Map<String, Stored> replaced;

  private Adapter(
      Path folder,
      Path realFolder,
      Checkpoint tensors,
      Map<String, Layer> layers,
      Map<String, Stored> replaced) {
    this.folder = folder;
    this.realFolder = realFolder;
    this.tensors = tensors;
    this.layers = layers;
    this.replaced = replaced;
  }

  /**
   * {@return an adapter, open until it is closed}
   *
   * @param folder the folder
   * @throws CheckpointException if it is no LoRA or DoRA adapter, has no tensors, or a part of a
   *     layer is missing
   * @throws IOException if it can't be read
   */
  public static Adapter open(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new CheckpointException(
          folder + " is no folder: expected one with adapter_config.json in it");
    }
    AdapterConfig config = AdapterConfig.read(folder.resolve(CONFIG));
    Checkpoint tensors = Checkpoint.open(folder.resolve("adapter_model.safetensors"));
    boolean opened = false;
    try {
      Map<String, Layer> layers = new LinkedHashMap<>();
      Map<String, Stored> replaced = new LinkedHashMap<>();
      for (Stored tensor : tensors.tensors()) {
        collect(tensor, tensors, config, layers, replaced);
      }
      if (layers.isEmpty() && replaced.isEmpty()) {
        throw new CheckpointException(
            tensors.path() + " has no tensors: expected those that PEFT saves, such as lora_A");
      }
      opened = true;
      return new Adapter(folder, folder.toRealPath(), tensors, layers, replaced);
    } finally {
      if (!opened) {
        tensors.close();
      }
    }
  }

  private static void collect(
      Stored tensor,
      Checkpoint tensors,
      AdapterConfig config,
      Map<String, Layer> layers,
      Map<String, Stored> replaced)
      throws CheckpointException {
    String name = tensor.name();
    if (!name.contains(".lora_")) {
      requireNew(replaced.put(plain(name), tensor), tensor);
      return;
    }
    if (name.endsWith(".lora_A.weight")) {
      String path = cut(name, ".lora_A.weight");
      Stored b = part(tensors, path + ".lora_B.weight", name);
      put(layers, plain(path), layer(path, tensor, b, tensors, config, false));
    } else if (name.endsWith(".lora_embedding_A")) {
      String path = cut(name, ".lora_embedding_A");
      Stored b = part(tensors, path + ".lora_embedding_B", name);
      put(layers, plain(path), layer(path, tensor, b, tensors, config, true));
    } else if (name.endsWith(".lora_B.weight")) {
      part(tensors, cut(name, ".lora_B.weight") + ".lora_A.weight", name);
    } else if (name.endsWith(BIAS) && config.bias()) {
      part(tensors, cut(name, BIAS) + ".lora_A.weight", name);
    } else if (name.endsWith(".lora_embedding_B")) {
      part(tensors, cut(name, ".lora_embedding_B") + ".lora_embedding_A", name);
    } else if (name.endsWith(MAGNITUDE) || name.endsWith(MAGNITUDE + ".weight")) {
      requireUse(tensor, tensors, config);
    } else {
      throw new CheckpointException(
          tensor.file().name() + " holds " + tensor + ", which is no part of LoRA or DoRA");
    }
  }

  private static void put(Map<String, Layer> layers, String name, Layer layer)
      throws CheckpointException {
    Layer other = layers.put(name, layer);
    requireNew(other == null ? null : other.a(), layer.a());
  }

  /** With and without PEFT's prefix, two names can be one in the base model. */
  private static void requireNew(@Nullable Stored other, Stored tensor) throws CheckpointException {
    if (other != null) {
      throw new CheckpointException(
          "%s: %s and %s mean the same in the base model: expected one of them"
              .formatted(tensor.file().name(), other.name(), tensor.name()));
    }
  }

  /** A magnitude that no layer takes up would be lost. */
  private static void requireUse(Stored magnitude, Checkpoint tensors, AdapterConfig config)
      throws CheckpointException {
    String name = magnitude.name();
    String path = name.substring(0, name.lastIndexOf(MAGNITUDE));
    if (!config.dora()) {
      throw new CheckpointException(
          "%s holds %s, though the adapter doesn't say use_dora: expected \"use_dora\": true in adapter_config.json, or no magnitudes"
              .formatted(magnitude.file().name(), magnitude));
    }
    if (tensors.find(path + ".lora_embedding_A").isEmpty()) {
      part(tensors, path + ".lora_A.weight", name);
    }
  }

  private static Layer layer(
      String path, Stored a, Stored b, Checkpoint tensors, AdapterConfig config, boolean embedding)
      throws CheckpointException {
    Optional<Stored> magnitude =
        tensors.find(path + MAGNITUDE).or(() -> tensors.find(path + MAGNITUDE + ".weight"));
    if (config.dora() && magnitude.isEmpty()) {
      throw new CheckpointException(
          "%s: %s has no %s, though the adapter says use_dora"
              .formatted(a.file().name(), path, MAGNITUDE.substring(1)));
    }
    Optional<Stored> bias = tensors.find(path + BIAS);
    if (config.bias() && bias.isEmpty() && !embedding) {
      throw new CheckpointException(
          "%s: %s has no %s, though the adapter says lora_bias"
              .formatted(a.file().name(), path, BIAS.substring(1)));
    }
    if (a.entry().rank() < 2 || b.entry().rank() < 2) {
      throw new CheckpointException(
          "%s: %s and %s are no matrices".formatted(a.file().name(), a, b));
    }
    boolean transposed = embedding || (config.fanInFanOut() && a.entry().rank() == 2);
    long rank = a.entry().shape()[0];
    return new Layer(a, b, bias, magnitude, config.scale(plain(path), rank), transposed);
  }

  private static Stored part(Checkpoint tensors, String name, String of)
      throws CheckpointException {
    return tensors
        .find(name)
        .orElseThrow(
            () -> new CheckpointException(tensors.path() + " has " + of + " but no " + name));
  }

  private static String cut(String name, String suffix) {
    return name.substring(0, name.length() - suffix.length());
  }

  /** {@return a name in the base model; PEFT wraps it, and calls what it wrapped the base layer} */
  private static String plain(String name) {
    String inner = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    return inner.replace(".base_layer.", ".");
  }

  /** {@return the folder, by whatever links a name leads to it} */
  Path realFolder() {
    return realFolder;
  }

  /** {@return the folder} */
  public Path folder() {
    return folder;
  }

  /** {@return the files that are read} */
  List<Path> paths() {
    List<Path> paths = new ArrayList<>(tensors.paths());
    paths.add(folder.resolve(CONFIG));
    return paths;
  }

  /** {@return the changed layers by the name of the layer in the base model} */
  Map<String, Layer> layers() {
    return Collections.unmodifiableMap(layers);
  }

  /** {@return tensors that take the place of the base model's, by name} */
  Map<String, Stored> replaced() {
    return Collections.unmodifiableMap(replaced);
  }

  /** Closes its file. */
  @Override
  public void close() {
    tensors.close();
  }
}
