import { runModel } from "../../src/execute/mod.ts";
import type { Model, Node } from "../../src/graph/mod.ts";
import type { QuantizedModel } from "../../src/quantize/mod.ts";
import { type DenseTensor, readDense, referenceDense } from "../../src/tensor/mod.ts";
import type { SampleSource } from "../../src/tensor/mod.ts";

/**
 * Empirical bias correction as its definition says (AIMET's way): for each layer in turn, run both
 * networks up to it over all samples, take the mean difference of each output channel, change the bias.
 * The cost grows with the square of the depth. Only for layers that have a bias of one number a
 * channel; a MatMul's is that of the Add behind it.
 *
 * @returns What was added to each bias, by node name.
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
  const corrected: Model = {
    ...quantized,
    initializers,
    encodings: { activations, parameters: new Map() },
  };
  const found = new Map<string, number[]>();
  for (const node of float.nodes) {
    if (!["Conv", "ConvTranspose", "Gemm"].includes(node.operator)) continue;
    if (!quantized.quantized.has(node.inputs[1] ?? "")) continue;
    const before = await channelMeans(float, node, samples);
    const after = await channelMeans(withoutEncodingOf(corrected, node), node, samples);
    const correction = before.map((mean, channel) => mean - (after[channel] ?? NaN));
    const name = node.inputs[2] ?? "";
    const bias = initializers.get(name);
    if (bias === undefined) throw new Error(`The oracle needs a bias at "${node.name}"`);
    const { data, shape } = await readDense(bias);
    const sums = Float32Array.from(correction, (added, channel) => Number(data[channel]) + added);
    initializers.set(name, referenceDense(name, { dtype: "float32", shape, data: sums }));
    found.set(node.name, correction);
  }
  return found;
}

/** The error is that of the layer's own output, before it is put on a grid. */
function withoutEncodingOf(model: Model, { outputs }: Node): Model {
  const activations = new Map(model.encodings.activations);
  activations.delete(outputs[0] ?? "");
  return { ...model, encodings: { ...model.encodings, activations } };
}

async function channelMeans(model: Model, node: Node, samples: SampleSource): Promise<number[]> {
  const [value = ""] = node.outputs;
  let sums: number[] = [];
  let count = 0;
  for await (const { outputs } of runModel(model, samples, { values: [value] })) {
    const tensor = outputs.get(value);
    if (tensor === undefined) throw new Error(`There is no "${value}"`);
    const added = sumChannels(tensor);
    sums = added.map((sum, channel) => sum + (sums[channel] ?? 0));
    count += tensor.data.length / added.length;
  }
  return sums.map((sum) => sum / count);
}

/** Channels lie on axis 1. */
function sumChannels({ data, shape }: DenseTensor): number[] {
  const channels = shape[1] ?? 1;
  const inner = shape.slice(2).reduce((product, length) => product * length, 1);
  const sums: number[] = new Array(channels).fill(0);
  for (const [index, number] of data.entries()) {
    sums[Math.floor(index / inner) % channels]! += Number(number);
  }
  return sums;
}
