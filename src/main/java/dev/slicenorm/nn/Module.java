package dev.slicenorm.nn;

import dev.slicenorm.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A part of a network: parameters, buffers and child modules by name, hooks by key, a forward pass
 * and a backward pass.
 *
 * <p>A subclass registers what it has in its constructor, {@link #compute computes}, and, if it is
 * to be trained, {@link #differentiate differentiates}. It reads each weight anew, by {@link
 * #weight}, because a hook may have put a derived weight in a parameter's place.
 *
 * <p>{@link #forward} may be called from many threads at once, also while parameters are updated.
 * (More virtual threads than there are cores that call it without a pause can hold updates up for
 * long.) A layer of one's own reads its weights by {@link #readWeight} then, since {@link #weight}
 * shows a plain one while it is written.
 *
 * <p>In training mode each thread has its own forward and backward passes, and the gradients of all
 * add up. Within one thread a backward pass belongs to the latest outermost forward pass, which
 * replaces what earlier ones had saved. In evaluation mode nothing is saved.
 *
 * <p>A layer of one's own, for inference. Its file imports this class by name, since {@code
 * java.lang} has a {@code Module} too:
 *
 * {@snippet file="dev/slicenorm/snippets/NnSnippetsTest.java" region="module"}
 */
public abstract non-sealed class Module extends ModuleParts {

  private final SavedPasses saved = new SavedPasses();
  private volatile boolean training = true;
  private volatile @Nullable Module parent;
  private volatile String name = "";

  /** Creates a module in training mode that holds nothing yet. */
  protected Module() {}

  /**
   * {@return the output for an input}
   *
   * @param input any shape this module takes; not to be written
   */
  protected abstract Tensor compute(Tensor input);

  /**
   * Turns the gradient by the output into the gradient by the input, and adds the gradients of the
   * weights by {@link #accumulate}. What {@link #compute} {@linkplain #save saved} is there to be
   * {@linkplain #saved(Class) taken}.
   *
   * @param outputGradient of the shape of the output
   * @return the gradient by the input, of its shape
   */
  protected Tensor differentiate(Tensor outputGradient) {
    throw new UnsupportedOperationException(
        describe() + " has no backward pass: override differentiate");
  }

  /**
   * {@return a new module of the same configuration, for {@link #copy}; its values don't matter}
   *
   * @throws UnsupportedOperationException unless a subclass overrides it
   */
  protected Module replicate() {
    throw new UnsupportedOperationException(describe() + " can't be copied: override replicate");
  }

  /**
   * Runs the hooks, {@link #compute}, and the hooks after it.
   *
   * @param input any shape this module takes; not to be written
   * @return the output
   */
  public final Tensor forward(Tensor input) {
    boolean outermost = SavedPasses.enterForward();
    long mark = SavedPasses.mark();
    boolean completed = false;
    try {
      if (outermost && training) {
        forgetPasses();
      }
      Map<String, Hook> hooks = slots().hooks();
      hooks.values().forEach(hook -> hook.beforeForward(this, input));
      Tensor output = compute(input);
      hooks.values().forEach(hook -> hook.afterForward(this, input, output));
      completed = true;
      return output;
    } finally {
      SavedPasses.leave();
      if (!completed) {
        // Whoever catches the failure and tries again goes back once, not twice.
        ModuleTree.each(this, (path, module) -> module.saved.forgetSince(mark));
      }
    }
  }

  /**
   * Runs {@link #differentiate}, turns the gradients by derived weights into those by their
   * sources, then runs the hooks in reverse order. If one of these fails, every gradient in this
   * module is what it was when the outermost backward pass began; what other threads added
   * meanwhile is gone too.
   *
   * @param outputGradient the gradient by the output of this thread's last forward pass
   * @return the gradient by the input
   * @throws IllegalStateException if there was no forward pass in training mode
   */
  public final Tensor backward(Tensor outputGradient) {
    boolean outermost = SavedPasses.enter();
    IdentityHashMap<Parameter, @Nullable Tensor> before =
        outermost ? ModuleTree.gradients(this) : new IdentityHashMap<>();
    boolean completed = false;
    try {
      Tensor inputGradient = differentiate(outputGradient);
      passDerivedGradients();
      List<Hook> hooks = List.copyOf(slots().hooks().values()).reversed();
      hooks.forEach(hook -> hook.afterBackward(this, outputGradient, inputGradient));
      completed = true;
      return inputGradient;
    } finally {
      SavedPasses.leave();
      if (outermost && !completed) {
        before.forEach(Parameter::setGradient);
        ModuleTree.each(this, (path, module) -> module.clearDerivedGradients());
        forgetPasses();
      }
    }
  }

  private void forgetPasses() {
    ModuleTree.each(this, (path, module) -> module.saved.clear());
  }

  /**
   * Keeps something for the backward pass. Does nothing in evaluation mode.
   *
   * @param activations what {@link #differentiate} will take
   */
  protected final void save(Object activations) {
    if (training) {
      saved.push(activations);
    }
  }

  /**
   * {@return what the latest {@link #compute} on this thread saved that is not taken yet}
   *
   * @param type its class
   * @param <T> its class
   * @throws IllegalStateException if there is nothing
   */
  protected final <T> T saved(Class<T> type) {
    Object activations = saved.pop();
    if (activations == null) {
      throw new IllegalStateException(
          describe()
              + ": backward without a forward pass in training mode on this thread; "
              + "call train() and forward first");
    }
    return type.cast(activations);
  }

  /**
   * Registers a child module.
   *
   * @param childName its name: not empty, without a dot, and not taken
   * @param child the module; it may have other parents too, and goes by its path under the first
   * @param <M> its class
   * @return the child
   */
  protected final <M extends Module> M addChild(String childName, M child) {
    if (ModuleTree.contains(child, this)) {
      throw new IllegalArgumentException(
          "child '" + childName + "' of " + describe() + " contains its own parent");
    }
    change(present -> {
      requireFree(present, childName);
      return present.withChild(childName, child);
    });
    Module adopted = child;
    adopted.adopt(this, childName);
    return child;
  }

  private void adopt(Module by, String as) {
    if (parent == null) {
      parent = by;
      name = as;
    }
  }

  /**
   * {@return the parameters of the whole tree by path; a tied one appears under each of its paths}
   */
  public final Map<String, Parameter> allParameters() {
    Map<String, Parameter> all = new LinkedHashMap<>();
    ModuleTree.each(
        this,
        (path, module) ->
            module.parameters().forEach((key, p) -> all.put(ModuleTree.join(path, key), p)));
    return all;
  }

  /** {@return the child modules by name, in order of registration} */
  public final Map<String, Module> children() {
    return slots().children();
  }

  /** {@return this module under the empty path and all below it by their paths, parents first} */
  public final Map<String, Module> allModules() {
    Map<String, Module> all = new LinkedHashMap<>();
    ModuleTree.each(this, all::put);
    return all;
  }

  /** {@return this module's hooks by key, in order of registration} */
  public final Map<String, Hook> hooks() {
    return slots().hooks();
  }

  /**
   * Registers a hook behind those that are there.
   *
   * @param key a name for it, not empty and not taken
   * @param hook the hook
   * @return closing it removes this hook
   * @throws DuplicateHookException if the key is taken; nothing is changed then
   */
  public final HookHandle register(String key, Hook hook) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(hook, "hook");
    if (key.isEmpty()) {
      throw new IllegalArgumentException(
          "a key of a hook of " + describe() + " is empty: expected a name for it");
    }
    change(present -> {
      requireNoHook(present, key, "remove that one first, or use another key");
      return present.withHook(key, hook);
    });
    AtomicBoolean open = new AtomicBoolean(true);
    return () -> {
      if (open.getAndSet(false)) {
        change(present -> present.withoutHook(key));
      }
    };
  }

  final void requireNoHook(Slots present, String key, String cure) {
    Hook inPlace = present.hooks().get(key);
    if (inPlace != null) {
      throw new DuplicateHookException(this, key, inPlace, cure);
    }
  }

  /** {@return whether this module is in training mode} */
  public final boolean isTraining() {
    return training;
  }

  /**
   * Puts this module and all below it into training mode: forward passes save what backward needs.
   */
  public final void train() {
    ModuleTree.each(this, (path, module) -> module.training = true);
  }

  /**
   * Puts this module and all below it into evaluation mode: forward passes leave nothing behind.
   */
  public final void eval() {
    ModuleTree.each(
        this,
        (path, module) -> {
          module.training = false;
          module.saved.clear();
        });
  }

  /** Forgets the gradients of the whole tree. */
  public final void clearGradients() {
    allParameters().values().forEach(Parameter::clearGradient);
  }

  /**
   * {@return what an action makes of the whole tree while nobody changes a parameter of it, or puts
   * another in its place}
   *
   * @param action reads parameters and weights
   * @param <R> the type of the result
   */
  public final <R> R readAll(Supplier<R> action) {
    return ModuleTree.withParameters(this, all -> Parameter.<R>read(all, action));
  }

  /**
   * Runs an action while nobody else reads or changes a parameter of the whole tree, or puts
   * another in its place: what it changes is changed as one.
   *
   * @param action changes parameters and weights
   * @throws IllegalStateException if the caller is reading one
   */
  public final void updateAll(Runnable action) {
    ModuleTree.withParameters(
        this,
        all -> {
          Parameter.update(all, action);
          return all;
        });
  }

  /**
   * {@return copies of the parameters and buffers of the whole tree by path, such as {@code
   * encoder.conv1.weight}; of a derived weight those it is derived from; all of one moment}
   */
  public final Map<String, Tensor> state() {
    return readAll(() -> ModuleState.save(this));
  }

  /**
   * Loads a state. Everything is checked before anything is changed. The plain name of a derived
   * weight may stand for the parameters it is derived from.
   *
   * @param state tensors by path; another element type is rounded once
   * @throws IllegalArgumentException if a name is missing or unknown, a shape differs, or paths of
   *     a tied weight have different values
   */
  public final void load(Map<String, Tensor> state) {
    ModuleState.load(this, state, true);
  }

  /**
   * Loads what there is of a state. Shapes must fit all the same.
   *
   * @param state tensors by path; another element type is rounded once
   * @return the names that were missing in the state, and those that this module doesn't have
   * @throws IllegalArgumentException if a shape differs, or paths of a tied weight have different
   *     values
   */
  public final LoadReport loadLeniently(Map<String, Tensor> state) {
    return ModuleState.load(this, state, false);
  }

  /**
   * {@return a deep copy: own parameters, buffers and children; tied weights are tied in the copy
   * as they are here; derived weights are derived from the copied parameters; hooks are shared}
   *
   * @throws UnsupportedOperationException if a module in the tree does not override {@link
   *     #replicate}
   */
  public final Module copy() {
    return readAll(() -> ModuleCopy.of(this));
  }

  /** {@return the names from the root to this module, joined by dots; empty for a root} */
  public final String path() {
    Module above = parent;
    return above == null ? "" : ModuleTree.join(above.path(), name);
  }

  /**
   * {@return the path and the class, such as {@code encoder.conv1 (Conv1d)}; a root's class only}
   */
  @Override
  public final String describe() {
    String path = path();
    String type = getClass().getSimpleName().isEmpty() ? "Module" : getClass().getSimpleName();
    return path.isEmpty() ? type : path + " (" + type + ")";
  }

  @Override
  public String toString() {
    return describe() + slots().parameters();
  }

  final void setTraining(boolean value) {
    training = value;
  }
}
