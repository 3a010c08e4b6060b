import type { Node, ValueInfo } from "../graph/mod.ts";
import type { Range } from "../kernels/mod.ts";
import type { DenseTensor } from "../tensor/mod.ts";

/** What is computed of each value. The engine's minimum and maximum pass over NaN, its sum does not. */
const REDUCTIONS = ["ReduceMin", "ReduceMax", "ReduceSum"] as const;

/** Nodes that reduce values to a few numbers inside the engine. */
export interface RangeNodes {
  /** To append to the graph. */
  readonly nodes: readonly Node[];
  /** Their outputs. */
  readonly outputs: readonly ValueInfo[];
  /** The outputs of each value, in the order of the reductions. */
  readonly outputsOf: ReadonlyMap<string, readonly string[]>;
}

/** Makes the nodes that compute ranges of float32 values. */
export function rangeNodes(values: readonly string[]): RangeNodes {
  const nodes: Node[] = [];
  const outputsOf = new Map<string, readonly string[]>();
  for (const value of values) {
    const names = REDUCTIONS.map((operator) => `${value}/dlcstream/${operator}`);
    outputsOf.set(value, names);
    for (const [index, operator] of REDUCTIONS.entries()) {
      const name = names[index] ?? "";
      const attributes = { keepdims: { type: "int", value: 0 } } as const;
      nodes.push({ name, operator, inputs: [value], outputs: [name], attributes });
    }
  }
  const outputs = nodes.map(({ name }): ValueInfo => ({ name, dtype: "float32", shape: [] }));
  return { nodes, outputs, outputsOf };
}

/**
 * Moves the results of range nodes out of the outputs of a run. `finite` is false where an element
 * is NaN or infinite, or where the sum overflowed: then only a look at the elements can tell.
 */
export function takeRanges(
  tensors: Map<string, DenseTensor>,
  { outputsOf }: RangeNodes,
): Map<string, Range> {
  const ranges = new Map<string, Range>();
  for (const [value, names] of outputsOf) {
    const [min, max, sum] = names.map((name) => Number(tensors.get(name)?.data[0]));
    if (min === undefined || max === undefined || sum === undefined) continue;
    for (const name of names) tensors.delete(name);
    const finite = Number.isFinite(min) && Number.isFinite(max) && Number.isFinite(sum);
    ranges.set(value, { min, max, finite });
  }
  return ranges;
}
