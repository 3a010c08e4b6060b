import type { Model } from "../model.ts";
import { cancelTransposes, type CancelTransposesOptions } from "./cancel_transposes.ts";
import { foldBiases } from "./fold_biases.ts";
import { removeNoOps } from "./remove_no_ops.ts";

/**
 * Simplifies a model without changing what it computes: nodes that change nothing go, Transposes
 * are composed and cancelled, an addition behind a layer becomes its bias.
 *
 * @param model The model; not changed.
 * @param options Which names to keep where Transposes go.
 */
export function simplify(model: Model, options: CancelTransposesOptions = {}): Model {
  return foldBiases(removeNoOps(cancelTransposes(removeNoOps(model), options)));
}
