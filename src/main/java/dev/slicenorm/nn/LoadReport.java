package dev.slicenorm.nn;

import java.util.List;

/**
 * What a lenient load left alone.
 *
 * @param missing names that the module has and the state lacks
 * @param unexpected names that the state has and the module lacks
 */
public record LoadReport(List<String> missing, List<String> unexpected) {

  /** Makes the lists unmodifiable. */
  public LoadReport {
    missing = List.copyOf(missing);
    unexpected = List.copyOf(unexpected);
  }
}
