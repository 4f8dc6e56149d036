package dev.slicenorm.jmh.peers;

import dev.slicenorm.jmh.Inputs;
import dev.slicenorm.jmh.Library;
import dev.slicenorm.jmh.Task;
import dev.slicenorm.jmh.WorkItem;
import java.util.Arrays;
import org.ojalgo.array.ArrayR032;

/** ojAlgo's dot product. */
public final class Ojalgo implements Library {

  @Override
  public String name() {
    return "ojAlgo";
  }

  @Override
  public boolean supports(WorkItem item) {
    return Rows.isOneRun(item);
  }

  @Override
  public Task prepare(Inputs inputs, int threads) {
    ArrayR032[] v = Arrays.stream(inputs.v()).map(ArrayR032::wrap).toArray(ArrayR032[]::new);
    return new Rows(inputs) {
      @Override
      float norm(int copy, int start, int length) {
        return (float) Math.sqrt(v[copy].dot(v[copy]));
      }
    };
  }
}
