package dev.slicenorm.jmh.peers;

import dev.slicenorm.jmh.Inputs;
import dev.slicenorm.jmh.Library;
import dev.slicenorm.jmh.Task;
import dev.slicenorm.jmh.WorkItem;
import org.apache.lucene.util.VectorUtil;

/** Lucene's dot product, with the Vector API and sums in float. */
public final class Lucene implements Library {

  @Override
  public String name() {
    return "Lucene";
  }

  @Override
  public boolean supports(WorkItem item) {
    return Rows.isOneRun(item);
  }

  @Override
  public Task prepare(Inputs inputs, int threads) {
    float[][] v = inputs.v();
    return new Rows(inputs) {
      @Override
      float norm(int copy, int start, int length) {
        return (float) Math.sqrt(VectorUtil.dotProduct(v[copy], v[copy]));
      }
    };
  }
}
