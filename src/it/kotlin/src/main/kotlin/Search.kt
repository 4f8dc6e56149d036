package consumer

import dev.slicenorm.nn.Linear
import dev.slicenorm.norm.Axes
import dev.slicenorm.norm.Embeddings
import dev.slicenorm.norm.SliceNorms
import dev.slicenorm.tensor.Tensor
import dev.slicenorm.weightnorm.WeightNormHook

/** Unit vectors, and the cosine of a query with each of them. */
class Search(documents: Array<FloatArray>) {
  private val units = documents.map { it.clone() }.onEach { Embeddings.normalize(it) }

  fun scores(query: FloatArray): List<Float> {
    val unit = query.clone()
    Embeddings.normalize(unit)
    return units.map { it.zip(unit) { a, b -> a * b }.sum() }
  }
}

/** The length of each row of a matrix. */
fun rowNorms(matrix: FloatArray, rows: Long, columns: Long): FloatArray =
  SliceNorms.l2(Axes.along(-1)).of(Tensor.of(matrix, rows, columns)).toFloatArray()

/** A layer with one magnitude per output. */
fun weightNormed(inputs: Int, outputs: Int): Linear =
  WeightNormHook.weightNorm(Linear(inputs, outputs), "weight", Axes.except(0))
