package dev.slicenorm.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** Which libraries this build and this machine have: the peers of profile {@code peers} join. */
final class Libraries {

  private static final List<Library> ALL = find();

  private Libraries() {}

  private static List<Library> find() {
    List<Library> found = new ArrayList<>();
    found.add(new Slicenorm());
    ServiceLoader.load(Library.class).forEach(found::add);
    found.addAll(Numpy.find());
    found.addAll(Nd4j.find());
    return List.copyOf(found);
  }

  /** {@return all, Slicenorm first} */
  static List<Library> all() {
    return ALL;
  }

  /**
   * {@return those that can do an item, Slicenorm first}
   *
   * @param item the item
   */
  static List<Library> supporting(WorkItem item) {
    return ALL.stream().filter(library -> library.supports(item)).toList();
  }

  /**
   * {@return the library of a name}
   *
   * @param name the name in tables
   */
  static Library named(String name) {
    return ALL.stream()
        .filter(library -> library.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "library " + name + ": expected one of " + names() + "; peers need -Ppeers"));
  }

  /** {@return their names} */
  static List<String> names() {
    return ALL.stream().map(Library::name).toList();
  }
}
