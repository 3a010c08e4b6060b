import type { Node } from "../graph/mod.ts";
import type { Range } from "../kernels/mod.ts";
import type { DenseTensor } from "../tensor/mod.ts";
import { allFinite } from "./all_finite.ts";
import { present } from "./present.ts";

/** Nodes that reduce a value to a few numbers inside the engine. */
export interface RangeNodes {
  /** To append to the graph; each has one output of the node's name, a float32 number. */
  readonly nodes: readonly Node[];
  /**
   * Moves the numbers out of the outputs of a run. `finite` is false where an element is NaN or
   * infinite, or where a sum overflowed: then only a look at the elements can tell.
   *
   * @param sums Sums over all elements that something else has made.
   */
  take(tensors: Map<string, DenseTensor>, sums?: Float64Array): Range;
}

/**
 * Makes the nodes that compute the range of a float32 value.
 *
 * @param value Its name.
 * @param summed Whether something else adds up its elements: the engine's minimum and maximum pass over
 *   NaN, sums do not.
 */
export function rangeNodes(value: string, summed: boolean): RangeNodes {
  const operators = ["ReduceMin", "ReduceMax", ...(summed ? [] : ["ReduceSum"])];
  const nodes = operators.map((operator): Node => {
    const name = `${value}/dlcstream/${operator}`;
    const attributes = { keepdims: { type: "int", value: 0 } } as const;
    return { name, operator, inputs: [value], outputs: [name], attributes };
  });
  return {
    nodes,
    take(tensors, sums = new Float64Array()): Range {
      const numbers = nodes.map(({ name }) => Number(present(tensors, name).data[0]));
      for (const { name } of nodes) tensors.delete(name);
      const [min = NaN, max = NaN] = numbers;
      return { min, max, finite: numbers.every(Number.isFinite) && allFinite(sums) };
    },
  };
}
