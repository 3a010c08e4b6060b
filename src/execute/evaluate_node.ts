import { UnsupportedError } from "../errors.ts";
import type { Node } from "../graph/mod.ts";
import type { DenseTensor } from "../tensor/mod.ts";
import type { Engine, EngineOptions } from "./engine.ts";

/** Options for {@linkcode evaluateNode}. */
export interface EvaluateOptions {
  /** What computes. */
  readonly engine?: Engine | EngineOptions["engine"];
}

/** Computes one node on constants (an input that is left out is `undefined`). */
export function evaluateNode(
  node: Node,
  _inputs: readonly (DenseTensor | undefined)[],
  _options: EvaluateOptions = {},
): Promise<DenseTensor[]> {
  return Promise.reject(new UnsupportedError(`Cannot evaluate "${node.name}"`));
}
