import type { NodeEvaluator } from "./build/graph_description.ts";
import type { PartChecker } from "./build/check_part.ts";
import type { ValueInfo } from "./model.ts";

/** What the readers of all formats take. */
export interface OpenNetworkOptions {
  /**
   * Static shapes of network inputs by name; they win over what the file says.
   *
   * @default {new Map()}
   */
  readonly inputShapes?: ReadonlyMap<string, readonly number[]>;
  /**
   * What the first dimension of every input of rank 2 or more becomes, whether it is open or fixed;
   * `"keep"` leaves fixed ones alone.
   *
   * @default {1}
   */
  readonly batch?: number | "keep";
  /**
   * Is told of each input whose fixed first dimension `batch` changes: the input as it becomes, and
   * the shape that the file says.
   *
   * @default {undefined}
   */
  readonly onRebatch?: (input: ValueInfo, fixed: readonly number[]) => void;
  /**
   * Runs constant nodes that dlcstream's own small evaluator does not know.
   *
   * @default {undefined} such nodes stay in the graph
   */
  readonly evaluate?: NodeEvaluator;
  /**
   * Looks at the part that could be read of a network with problems; what it throws joins them.
   *
   * @default {undefined}
   */
  readonly checkPart?: PartChecker;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}
