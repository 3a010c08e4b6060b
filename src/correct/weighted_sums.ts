import { floatAttribute, intAttribute, type Model, type Node } from "../graph/mod.ts";
import {
  countElements,
  readChunks,
  type ReadChunksOptions,
  type TensorReference,
} from "../tensor/mod.ts";

/**
 * How the elements of a layer's weight lie: a run of `taps` elements belongs to one pair of an input
 * and an output channel, and runs count through channels as `channelsOf` says.
 */
interface WeightLayout {
  readonly taps: number;
  readonly outputs: number;
  readonly inputs: number;
  /** What every product is multiplied with. */
  readonly factor: number;
  /** The output and the input channel of a run. */
  readonly channelsOf: (run: number) => readonly [output: number, input: number];
}

/**
 * What a layer makes of inputs that are constant in each channel, without its bias: for each output
 * channel the sum over `w * mean[input channel]`, in double precision; borders are not looked at. The
 * weight is streamed.
 *
 * @param model The network.
 * @param layer One of its layers, and the weight to use with it.
 * @param options The channel means of the input; chunk size, limits, abort signal.
 * @returns One number an output channel; `undefined` for weights with more matrices than one.
 * @throws {RangeError} If there is not one mean for each input channel.
 */
export async function weightedSums(
  model: Model,
  { node, weight }: { readonly node: Node; readonly weight: TensorReference },
  { means, ...options }: ReadChunksOptions & { readonly means: Float64Array },
): Promise<Float64Array | undefined> {
  const layout = weightLayout(model, node);
  if (layout === undefined) return undefined;
  const { taps, channelsOf, factor } = layout;
  if (means.length !== layout.inputs) {
    throw new RangeError(
      `Cannot weigh the inputs of node "${node.name}": found ${means.length} means, expected ${layout.inputs}`,
    );
  }
  const sums = new Float64Array(layout.outputs);
  for await (const { offset, data } of readChunks(weight, options)) {
    for (let start = 0; start < data.length;) {
      const run = Math.floor((offset + start) / taps);
      const end = Math.min(data.length, (run + 1) * taps - offset);
      let sum = 0;
      for (let index = start; index < end; index++) sum += Number(data[index]);
      const [output, input] = channelsOf(run);
      sums[output]! += sum * means[input]! * factor;
      start = end;
    }
  }
  return sums;
}

/** The axis of a layer's input that runs along the channels its weight knows. */
export function inputChannelAxis(model: Model, node: Node): number {
  const rank = model.values.get(node.inputs[0] ?? "")?.shape.length ?? 0;
  if (node.operator === "MatMul") return rank - 1;
  if (node.operator === "Gemm") return intAttribute(node, "transA", 0) === 0 ? 1 : 0;
  return 1;
}

function weightLayout(model: Model, node: Node): WeightLayout | undefined {
  const shape = model.initializers.get(node.inputs[1] ?? "")?.shape ?? [];
  const [first = 1, second = 1] = shape;
  const taps = countElements(shape.slice(2));
  const group = intAttribute(node, "group", 1);
  switch (node.operator) {
    case "Conv": {
      // [outputs, inputs / group, …]
      const groupOutputs = first / group;
      return {
        ...{ taps, outputs: first, inputs: second * group, factor: 1 },
        channelsOf(run) {
          const output = Math.floor(run / second);
          return [output, Math.floor(output / groupOutputs) * second + run % second];
        },
      };
    }
    case "ConvTranspose": {
      // [inputs, outputs / group, …]; an output element gets only some of the taps.
      const areaOf = (name = "") => countElements(model.values.get(name)?.shape.slice(2) ?? []);
      const groupInputs = first / group;
      return {
        ...{ taps, outputs: second * group, inputs: first },
        factor: areaOf(node.inputs[0]) / areaOf(node.outputs[0]),
        channelsOf(run) {
          const input = Math.floor(run / second);
          return [Math.floor(input / groupInputs) * second + run % second, input];
        },
      };
    }
    case "Gemm":
    case "MatMul": {
      if (shape.length !== 2) return undefined;
      const isTransposed = intAttribute(node, "transB", 0) !== 0;
      const factor = node.operator === "Gemm" ? floatAttribute(node, "alpha", 1) : 1;
      return isTransposed
        ? {
          ...{ taps: 1, outputs: first, inputs: second, factor },
          channelsOf: (run) => [Math.floor(run / second), run % second],
        }
        : {
          ...{ taps: 1, outputs: second, inputs: first, factor },
          channelsOf: (run) => [run % second, Math.floor(run / second)],
        };
    }
  }
  return undefined;
}
