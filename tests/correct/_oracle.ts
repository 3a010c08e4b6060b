import { runModel } from "../../src/execute/mod.ts";
import type { Model, Node, ValueInfo } from "../../src/graph/mod.ts";
import type { QuantizedModel } from "../../src/quantize/mod.ts";
import { type DenseTensor, referenceDense, type SampleSource } from "../../src/tensor/mod.ts";

/** A layer with its output and the axis of that output's channels. */
interface Layer {
  readonly node: Node;
  readonly output: ValueInfo;
  readonly axis: number;
}

/**
 * Empirical bias correction as its definition says (AIMET's way): for each layer in turn, run both
 * networks up to it over all samples, take the mean difference of each output channel, add it
 * behind the layer. The cost grows with the square of the depth.
 *
 * @returns What was added to each channel, by node name.
 */
export async function correctSlowly(
  float: Model,
  quantized: QuantizedModel,
  samples: SampleSource,
  options: { readonly activations?: boolean } = {},
): Promise<Map<string, number[]>> {
  const initializers = new Map(quantized.initializers);
  for (const [name, { role, float }] of quantized.quantized) {
    if (role === "bias" && float !== undefined) initializers.set(name, float);
  }
  const inputs = new Set(quantized.inputs.map(({ name }) => name));
  const activations = new Map(
    [...quantized.encodings.activations].filter(([name]) =>
      options.activations === true || inputs.has(name)
    ),
  );
  const values = new Map(quantized.values);
  const layers = layersOf(quantized);
  const correct = ({ output: { name, shape }, axis }: Layer, correction: readonly number[]) => {
    const data = Float32Array.from(correction);
    const along = shape.map((length, index) => index === axis ? length : 1);
    const added = `${name}.added`;
    initializers.set(added, referenceDense(added, { dtype: "float32", shape: along, data }));
  };
  const nodes = quantized.nodes.flatMap((node): Node[] => {
    const layer = layers.find((layer) => layer.node === node);
    if (layer === undefined) return [node];
    const { name, shape } = layer.output;
    // The error is that of the layer's own output, before it is corrected and put on a grid.
    const raw = `${name}.raw`;
    values.set(raw, { ...layer.output, name: raw });
    correct(layer, new Array(shape[layer.axis] ?? 0).fill(0));
    const inputs = [raw, `${name}.added`];
    return [
      { ...node, outputs: [raw] },
      { name: `${name}.add`, operator: "Add", inputs, outputs: [name], attributes: {} },
    ];
  });
  const encodings = { activations, parameters: new Map() };
  const corrected: Model = { ...quantized, nodes, values, initializers, encodings };
  const found = new Map<string, number[]>();
  for (const layer of layers) {
    const { node, output: { name }, axis } = layer;
    const before = await channelMeans(float, samples, { value: name, axis });
    const after = await channelMeans(corrected, samples, { value: `${name}.raw`, axis });
    const correction = before.map((mean, channel) => mean - (after[channel] ?? NaN));
    correct(layer, correction);
    found.set(node.name, correction);
  }
  return found;
}

/** The layers with a quantized weight, in topological order. */
function layersOf({ nodes, values, quantized }: QuantizedModel): Layer[] {
  return nodes.flatMap((node): Layer[] => {
    const output = values.get(node.outputs[0] ?? "");
    const isLayer = ["Conv", "ConvTranspose", "Gemm", "MatMul"].includes(node.operator);
    if (!isLayer || output === undefined || !quantized.has(node.inputs[1] ?? "")) return [];
    return [{ node, output, axis: node.operator === "MatMul" ? output.shape.length - 1 : 1 }];
  });
}

async function channelMeans(
  model: Model,
  samples: SampleSource,
  { value, axis }: { readonly value: string; readonly axis: number },
): Promise<number[]> {
  let sums: number[] = [];
  let count = 0;
  for await (const { outputs } of runModel(model, samples, { values: [value] })) {
    const tensor = outputs.get(value);
    if (tensor === undefined) throw new Error(`There is no "${value}"`);
    const added = sumChannels(tensor, axis);
    sums = added.map((sum, channel) => sum + (sums[channel] ?? 0));
    count += tensor.data.length / added.length;
  }
  return sums.map((sum) => sum / count);
}

function sumChannels({ data, shape }: DenseTensor, axis: number): number[] {
  const channels = shape[axis] ?? 1;
  const inner = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  const sums: number[] = new Array(channels).fill(0);
  for (const [index, number] of data.entries()) {
    sums[Math.floor(index / inner) % channels]! += Number(number);
  }
  return sums;
}
