package dev.slicenorm.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Python's {@code re.match(rf"(.*\.)?({key})$", path)} says, case by case. */
class LayerPatternTest {

  @ParameterizedTest
  @CsvSource({
    "q_proj, model.layers.0.q_proj, true",
    "q_proj, q_proj, true",
    "q_proj, model.layers.0.eq_proj, false",
    "q_proj, model.layers.0.q_proj.inner, false",
    "0.q_proj, model.layers.0.q_proj, true",
    "0.q_proj, model.layers.10.q_proj, false",
    "layers.0.q_proj, model.layers.0.q_proj, true",
    "layers.0.q_proj, model.layers.0xq_proj, true",
    "^layers.0.q_proj, model.layers.0.q_proj, false",
    "^model.layers.0.q_proj, model.layers.0.q_proj, true",
    "q_proj|k_proj, model.layers.0.k_proj, true",
    "(q|k)_proj, model.layers.0.k_proj, true",
    "layers\\.([0-9]|1[01])\\..*, model.layers.11.mlp.up, true",
    "layers\\.([0-9]|1[01])\\..*, model.layers.12.mlp.up, false",
    "layers\\.\\d+\\.mlp\\.(up|down), model.layers.7.mlp.down, true",
    "layers\\.\\d+\\.mlp\\.(up|down), model.layers.7.mlp.gate, false",
    ".*, x, true",
    "'', model., true",
    "'', model, false",
    "proj$, model.proj, true"
  })
  void saysWhatPythonSays(String key, String path, boolean matches) throws CheckpointException {
    assertThat(LayerPattern.of("config", key).matches(path)).isEqualTo(matches);
  }

  @Test
  void refusesWhatIsNoExpression() {
    assertThatThrownBy(() -> LayerPattern.of("config: alpha_pattern", "layers.(0"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("config: alpha_pattern has the key layers.(0: expected a regular");
    assertThatThrownBy(() -> LayerPattern.of("config", "(".repeat(200_000)))
        .isInstanceOf(CheckpointException.class);
  }

  /** Rounds over nothing look at no text, and so would not come to the limit of looks. */
  @Test
  void refusesRepetitionsWithoutAnEnd() throws CheckpointException {
    for (String key :
        new String[] {"(){2000000000}", "((){2000}){2000}", "a{1,2000000}", "a{9999999,}"}) {
      assertThatThrownBy(() -> LayerPattern.of("config", key))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith("config has the key " + key + ", which repeats up to ")
          .hasMessageEndingWith(" times: expected at most 1000000");
    }
    assertThat(LayerPattern.of("config", "layers\\.\\d{1,3}\\.q").matches("layers.12.q")).isTrue();
  }

  @Test
  void givesUpWhereMatchingNeverEnds() throws CheckpointException {
    LayerPattern backtracking = LayerPattern.of("config", "(.*a){25}b");
    assertThatThrownBy(() -> backtracking.matches("a".repeat(60)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("takes too long to match");
    LayerPattern recursive = LayerPattern.of("config", "(a|ab|b)*c");
    assertThatThrownBy(() -> recursive.matches("ab".repeat(50_000)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("takes too long to match");
  }
}
