import { UnsupportedError } from "../../errors.ts";
import type { Model, NodeEvaluator } from "../../graph/mod.ts";
import type { ByteSource } from "../../io/mod.ts";

/** Options for {@linkcode openOnnx}. */
export interface OpenOnnxOptions {
  /**
   * Static shapes of network inputs by name; they win over what the file says.
   *
   * @default {new Map()}
   */
  readonly inputShapes?: ReadonlyMap<string, readonly number[]>;
  /**
   * What the first dimension of every input of rank 2 or more becomes, whether it is symbolic or
   * fixed; `"keep"` leaves fixed ones alone.
   *
   * @default {1}
   */
  readonly batch?: number | "keep";
  /**
   * Runs constant nodes that dlcstream's own small evaluator does not know.
   *
   * @default {undefined} such nodes stay in the graph
   */
  readonly evaluate?: NodeEvaluator;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

export function openOnnx(source: ByteSource, _options: OpenOnnxOptions = {}): Promise<Model> {
  throw new UnsupportedError(`Cannot open "${source.name}": not there yet`);
}
