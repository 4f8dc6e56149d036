package dev.slicenorm.plan;

import dev.slicenorm.kernel.Term;

/** What a task does with slices, as far as it decides which loops of a kernel run. */
public enum Work {
  /** Reduces them by the term of the same name. */
  SQUARES,
  /** Reduces them by the term of the same name. */
  ABSOLUTES,
  /** Reduces them by the term of the same name. */
  NONZEROS,
  /** Reduces them by the term of the same name. */
  MAXIMA,
  /** Reduces them by the term of the same name. */
  MINIMA,
  /** Multiplies each by a factor, after a reduction or without. */
  SCALING,
  /** Computes gradients. */
  GRADIENT;

  /** {@return what reduces slices by a term} */
  public static Work of(Term term) {
    return switch (term) {
      case SQUARES -> SQUARES;
      case ABSOLUTES -> ABSOLUTES;
      case NONZEROS -> NONZEROS;
      case MAXIMA -> MAXIMA;
      case MINIMA -> MINIMA;
    };
  }

  /**
   * {@return whether it is a reduction of any order, which no kernel has vectors for in columns}
   */
  boolean isAnyOrder() {
    return this == NONZEROS || this == MAXIMA || this == MINIMA;
  }
}
