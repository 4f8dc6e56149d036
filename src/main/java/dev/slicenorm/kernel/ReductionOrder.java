package dev.slicenorm.kernel;

/**
 * The one order in which a slice is summed. Every kernel follows it, so a slice has the same bits
 * whatever the vector width, the memory layout, the number of threads, with or without the Vector
 * API.
 *
 * <p>Let the elements of a slice, in the row-major order of its reduced axes, have indices {@code k
 * = 0, 1, …}:
 *
 * <ol>
 *   <li><b>Blocks.</b> Indices {@code [4096·b, 4096·(b + 1))} form block {@code b}.
 *   <li><b>Lanes.</b> Within a block, index {@code k} belongs to virtual lane {@code k mod 32}. A
 *       lane starts at +0 and adds its elements in rising order of {@code k}.
 *   <li><b>Halving.</b> The 32 lanes are folded by adding lane {@code j + 16} to lane {@code j},
 *       then {@code j + 8}, {@code j + 4}, {@code j + 2}, {@code j + 1}: lane 0 is the sum of the
 *       block.
 *   <li><b>Tree.</b> Block sums are added pairwise: a group of {@code 2ⁱ} blocks is complete once
 *       its two halves are, and is their sum. What is left over at the end is added from the last
 *       group to the first.
 * </ol>
 *
 * <p>Sums of F32, F16 and BF16 elements are plain {@code double}s: a product of two such elements
 * is exact there, so fused and separate multiply-add agree to the bit. Sums of F64 elements are
 * unevaluated pairs {@code hi + lo}; {@code hi} follows the order above and {@code lo} collects, in
 * the same order, the rounding errors of {@code hi} and of the products (Knuth's TwoSum; Ogita,
 * Rump and Oishi 2005, "Accurate sum and dot product"). The error of {@code sum}, the rounding of
 * {@code hi + x·y}, is {@code (hi − (sum − part)) + (x·y − part)}, where {@code part = sum − hi}
 * and the last difference is rounded once: one operation with FMA instructions, which takes in the
 * error of the product. A missing element is a zero, which changes no bit.
 *
 * <p>32 lanes are 4 accumulators of 512 bits, or 8 of 256: enough to hide the latency of an
 * addition behind the conversion to {@code double}, which is the bottleneck (32 and 64 lanes
 * measured within 2 % of each other on Zen 4 at either width), and few enough that summing along
 * columns, where each lane of each column needs a place of its own, stays in cache.
 */
public final class ReductionOrder {

  /** Partial sums per block. */
  public static final int LANES = 32;

  /** Elements per block, at most: 128 in each lane. */
  public static final int BLOCK = 4096;

  private ReductionOrder() {}
}
