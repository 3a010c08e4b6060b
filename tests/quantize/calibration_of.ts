import type { Model } from "../../src/graph/mod.ts";
import {
  Calibration,
  fingerprint,
  MinMaxObserver,
  type TensorRange,
} from "../../src/quantize/mod.ts";
import { prepareModel } from "../../src/quantize/prepare_model.ts";

/** A calibration that says these ranges were observed. */
export async function calibrationOf(
  model: Model,
  ranges: Readonly<Record<string, TensorRange>>,
): Promise<Calibration> {
  const observers = new Map(
    Object.entries(ranges).map(([name, range]) => {
      const observer = new MinMaxObserver();
      observer.observeRange(range);
      return [name, observer];
    }),
  );
  const prepared = await fingerprint(await prepareModel(model));
  return new Calibration({ model: prepared, method: "tf", samples: 1, observers });
}
