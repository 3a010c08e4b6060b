import type { Model, Node } from "../graph/mod.ts";
import { channelAxis, MinMaxObserver, observeChannels } from "../quantize/mod.ts";
import type { ReadChunksOptions } from "../tensor/mod.ts";

/** The ranges of a layer's weights, channel by channel. */
export interface WeightRanges {
  /** Name of the layer's node. */
  readonly layer: string;
  /** The operator. */
  readonly operator: string;
  /** Name of the weight. */
  readonly weight: string;
  /** The axis of the output channels. */
  readonly axis: number;
  /** The least weight of each output channel. */
  readonly min: readonly number[];
  /** The greatest weight of each output channel. */
  readonly max: readonly number[];
}

const LAYERS: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);
const WEIGHT = 1;

/**
 * Measures the range of each output channel of the weights of convolutions, fully connected layers and
 * MatMul. Where channels differ much, one grid for all of them is too coarse for the narrow ones.
 *
 * @param model The float network.
 * @param options Chunk size, limits, abort signal.
 * @throws {FormatError} If a weight is NaN or infinite.
 */
export async function weightRanges(
  model: Pick<Model, "nodes" | "initializers">,
  options: ReadChunksOptions = {},
): Promise<WeightRanges[]> {
  const found: WeightRanges[] = [];
  for (const { node, weight, axis } of weightsOf(model)) {
    const reference = model.initializers.get(weight);
    if (reference === undefined) continue;
    const [min, max]: [number[], number[]] = [[], []];
    const observe = { ...options, axis, createObserver: () => new MinMaxObserver() };
    for await (const observer of observeChannels(reference, observe)) {
      const range = observer.range() ?? { min: 0, max: 0 };
      min.push(range.min);
      max.push(range.max);
    }
    found.push({ layer: node.name, operator: node.operator, weight, axis, min, max });
  }
  return found;
}

function weightsOf(
  model: Pick<Model, "nodes" | "initializers">,
): { readonly node: Node; readonly weight: string; readonly axis: number }[] {
  return model.nodes.flatMap((node) => {
    const weight = node.inputs[WEIGHT] ?? "";
    const reference = model.initializers.get(weight);
    if (!LAYERS.has(node.operator) || reference?.dtype !== "float32") return [];
    if (reference.shape.length < 2 || reference.shape.includes(0)) return [];
    const axis = channelAxis(model, weight);
    return axis === undefined ? [] : [{ node, weight, axis }];
  });
}
