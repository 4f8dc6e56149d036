package dev.slicenorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a JVM says of itself, and what follows from it; the doctor's test asks real ones. */
class SlowVectorsTest {

  private static final String HOTSPOT = "OpenJDK 64-Bit Server VM";

  /** HotSpot's options as they are unless set; experimental ones are locked. */
  private final Map<String, String> options =
      new HashMap<>(
          Map.of("UseCompiler", "true", "TieredCompilation", "true", "TieredStopAtLevel", "4"));

  @Test
  void hotspotAsItIsHasNoObstacle() {
    assertThat(SlowVectors.ofMachine(HOTSPOT, "mixed mode, sharing")).isEmpty();
    assertThat(SlowVectors.ofMachine("Java HotSpot(TM) 64-Bit Server VM", "mixed mode")).isEmpty();
    assertThat(SlowVectors.ofOptions(options::get)).isEmpty();
    options.put("EnableVectorSupport", "true");
    options.put("UseJVMCICompiler", "false");
    assertThat(SlowVectors.ofOptions(options::get)).isEmpty();
  }

  @Test
  void optionsThatAreNotToldAreNoObstacle() {
    assertThat(SlowVectors.ofOptions(option -> null)).isEmpty();
  }

  @Test
  void theLevelCountsOnlyWithTieredCompilation() {
    options.put("TieredStopAtLevel", "2");
    assertThat(SlowVectors.ofOptions(options::get))
        .hasValue("this JVM runs without C2; leave out -XX:TieredStopAtLevel=2 to use SIMD");
    options.put("TieredCompilation", "false");
    assertThat(SlowVectors.ofOptions(options::get)).isEmpty();
  }

  @Test
  void otherJvmsAndCompilersMustBeAskedFor() {
    assertThat(SlowVectors.ofMachine("Eclipse OpenJ9 VM", "JRE 25"))
        .hasValue(
            "this JVM is called Eclipse OpenJ9 VM, and only HotSpot is known to make instructions"
                + " of vectors; try -Ddev.slicenorm.kernel=simd and measure");
    options.put("UseJVMCICompiler", "true");
    assertThat(SlowVectors.ofOptions(options::get).orElseThrow())
        .startsWith("this JVM compiles by JVMCI (-XX:+UseJVMCICompiler), and only C2 is known")
        .endsWith("try -Ddev.slicenorm.kernel=simd and measure");
  }
}
