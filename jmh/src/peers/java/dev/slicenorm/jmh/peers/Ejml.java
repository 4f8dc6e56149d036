package dev.slicenorm.jmh.peers;

import dev.slicenorm.jmh.Inputs;
import dev.slicenorm.jmh.Library;
import dev.slicenorm.jmh.Task;
import dev.slicenorm.jmh.WorkItem;
import java.util.Arrays;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.NormOps_FDRM;

/** EJML's {@code fastNormF}, which does not guard against overflow as its {@code normF} does. */
public final class Ejml implements Library {

  @Override
  public String name() {
    return "EJML";
  }

  @Override
  public boolean supports(WorkItem item) {
    return Rows.isOneRun(item);
  }

  @Override
  public Task prepare(Inputs inputs, int threads) {
    FMatrixRMaj[] v =
        Arrays.stream(inputs.v())
            .map(data -> FMatrixRMaj.wrap(1, data.length, data))
            .toArray(FMatrixRMaj[]::new);
    return new Rows(inputs) {
      @Override
      float norm(int copy, int start, int length) {
        return NormOps_FDRM.fastNormF(v[copy]);
      }
    };
  }
}
