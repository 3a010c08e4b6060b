import { intAttribute, isPadded, type Model, type Node } from "../graph/mod.ts";
import type { ReadChunksOptions } from "../tensor/mod.ts";
import { weightedSums } from "./weighted_sums.ts";

/**
 * The channel axis of a node's output if its inputs' channels are shifted, each by a constant, and
 * all that does to the output is shifting its channels by constants as well; else `undefined`.
 *
 * @param model The network.
 * @param node One of its nodes.
 * @param shifted The inputs that are shifted, with their channel axes.
 */
export function shiftedAxis(
  model: Model,
  node: Node,
  shifted: ReadonlyMap<string, number>,
): number | undefined {
  const [input = "", weight = ""] = node.inputs;
  const [axis] = shifted.values();
  const shape = model.values.get(node.outputs[0] ?? "")?.shape ?? [];
  switch (node.operator) {
    case "Add": {
      const isWhole = (name: string): boolean =>
        String(model.values.get(name)?.shape) === String(shape);
      return shifted.keys().every(isWhole) && new Set(shifted.values()).size === 1
        ? axis
        : undefined;
    }
    case "Conv":
      return isOnlyFactor() && !isPadded(node) && axis === 1 ? 1 : undefined;
    case "Gemm":
      return isOnlyFactor() && intAttribute(node, "transA", 0) === 0 && axis === 1 ? 1 : undefined;
    case "MatMul":
      return isOnlyFactor() && axis === shape.length - 1 &&
          model.initializers.get(weight)?.shape.length === 2
        ? axis
        : undefined;
  }
  return undefined;

  function isOnlyFactor(): boolean {
    return shifted.size === 1 && shifted.has(input) && model.initializers.has(weight) &&
      !node.inputs.slice(1).includes(input);
  }
}

/**
 * By how much the channels of a node's output are shifted.
 *
 * @param model The network.
 * @param node A node for which {@linkcode shiftedAxis} gives an axis.
 * @param options The shifts of its inputs' channels; how weights are read.
 */
export async function shiftBehind(
  model: Model,
  node: Node,
  { shifts, ...read }: ReadChunksOptions & { readonly shifts: ReadonlyMap<string, Float64Array> },
): Promise<Float64Array> {
  const moving = node.inputs.flatMap((input) => shifts.get(input) ?? []);
  const [first = new Float64Array()] = moving;
  if (node.operator === "Add") {
    return moving.slice(1).reduce((sum, next) => sum.map((value, i) => value + next[i]!), first);
  }
  const weight = model.initializers.get(node.inputs[1] ?? "");
  const sums = weight && await weightedSums(model, { node, weight }, { ...read, means: first });
  if (sums === undefined) throw new RangeError(`A shift does not pass node "${node.name}"`);
  return sums;
}
