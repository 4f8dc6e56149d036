package dev.slicenorm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rooms of the house, top to bottom: calls go down only. */
class LayersTest {

  /** The root package stands below the command line because that prints what it explains. */
  private static final List<String> ROOMS =
      List.of(
          "dev.slicenorm.cli..",
          "dev.slicenorm",
          "dev.slicenorm.checkpoint..",
          "dev.slicenorm.json..",
          "dev.slicenorm.weightnorm..",
          "dev.slicenorm.nn..",
          "dev.slicenorm.norm..",
          "dev.slicenorm.plan..",
          "dev.slicenorm.tensor..",
          "dev.slicenorm.loop..",
          "dev.slicenorm.kernel..",
          "dev.slicenorm.event..");

  private static final JavaClasses LIBRARY =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.slicenorm");

  static Stream<Arguments> eachRoomWithThoseAboveIt() {
    return IntStream.range(1, ROOMS.size())
        .mapToObj(i -> Arguments.of(ROOMS.get(i), ROOMS.subList(0, i)));
  }

  @ParameterizedTest
  @MethodSource("eachRoomWithThoseAboveIt")
  void callsGoDown(String room, List<String> above) {
    noClasses()
        .that()
        .resideInAPackage(room)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(above.toArray(String[]::new))
        .allowEmptyShould(true)
        .because("calls go down only")
        .check(LIBRARY);
  }

  @Test
  void everyPackageIsARoom() {
    classes()
        .that()
        .doNotHaveSimpleName("module-info")
        .should()
        .resideInAnyPackage(ROOMS.toArray(String[]::new))
        .because("a package that is in no room escapes the other rules")
        .check(LIBRARY);
  }

  @Test
  void onlySimdTouchesTheVectorApi() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.slicenorm.kernel.simd..", "")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator.vector..")
        .because("the library must load where the incubator module is absent")
        .check(LIBRARY);
  }

  @Test
  void onlyEventsTouchTheFlightRecorder() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.slicenorm.event..", "")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.jfr..")
        .because("the library must work in an image without the flight recorder")
        .check(LIBRARY);
  }

  @Test
  void onlyTheCommandLineTouchesPicocli() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.slicenorm.cli..", "")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("picocli..")
        .because("users of the library do not have it")
        .check(LIBRARY);
  }
}
