package consumer

import dev.slicenorm.Slicenorm
import dev.slicenorm.norm.Embeddings
import dev.slicenorm.tensor.Tensor
import dev.slicenorm.weightnorm.WeightNormHook
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

class SearchTest {
  @Test
  fun scoresAreCosines() {
    val search = Search(arrayOf(floatArrayOf(3f, 4f), floatArrayOf(0f, 2f)))
    assertEquals(listOf(0.6f, 0f), search.scores(floatArrayOf(7f, 0f)))
  }

  @Test
  fun normsAlongAnAxis() {
    val matrix = floatArrayOf(3f, 4f, 0f, 0f, 5f, 12f)
    assertArrayEquals(floatArrayOf(5f, 0f, 13f), rowNorms(matrix, 3, 2))
  }

  @Test
  fun weightNormGoesOnAndOff() {
    val layer = weightNormed(3, 4)
    assertEquals(setOf("weight_g", "weight_v", "bias"), layer.parameters().keys)
    val input = Tensor.of(floatArrayOf(1f, 2f, 3f), 1, 3)
    val before = layer.forward(input).toFloatArray()
    WeightNormHook.remove(layer, "weight")
    assertEquals(setOf("weight", "bias"), layer.parameters().keys)
    assertArrayEquals(before, layer.forward(input).toFloatArray())
  }

  /** Were the parameter's nullness unknown to Kotlin, both overloads would do, and the first be nearer. */
  @Test
  fun nullnessIsKnown() {
    assertEquals("never null", parameter(Embeddings::normalize))
  }

  @JvmName("nullable")
  private fun parameter(normalize: (FloatArray?) -> Float) = "may be null: ${normalize(floatArrayOf())}"

  private fun parameter(normalize: (FloatArray) -> Float) = "never null".also { normalize(floatArrayOf()) }

  /** The `argLine` of the pom is the README's. */
  @Test
  fun theFlagArrives() {
    val explanation = Slicenorm.explain()
    assertEquals(if (explanation.hardwareFma()) "simd" else "scalar", explanation.kernel())
  }
}
