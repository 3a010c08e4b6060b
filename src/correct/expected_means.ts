import { constantNumbers, floatAttribute, type Model, type Node } from "../graph/mod.ts";
import { countElements } from "../tensor/mod.ts";
import { clippedMean, type ClippedNormal } from "./normal_distribution.ts";

/** The axis whose means {@linkcode expectedMeans} knows. */
export const EXPECTED_AXIS = 1;

/** What is known of the channels of a value. */
interface Expectation {
  readonly means: Float64Array;
  /** The distribution of each channel, where it is normal and then clipped, if at all. */
  readonly normals?: readonly ClippedNormal[];
}

/**
 * The means of the channels of values as the folded batch norms tell them, without any data: behind a
 * batch norm a channel is taken for normal with mean β and deviation |γ|; ReLU, ReLU6 and other clips
 * cut it; sums, averages over space and joined channels follow (quantization reference 6.2).
 *
 * @param model The network with its batch norms folded.
 * @returns Means by value; values of which nothing is known are left out.
 */
export function expectedMeans(model: Model): ReadonlyMap<string, Float64Array> {
  const known = new Map<string, Expectation>();
  for (const node of model.nodes) {
    const [output = ""] = node.outputs;
    const expectation = expectationOf(model, node, known);
    const channels = model.values.get(output)?.shape[EXPECTED_AXIS];
    if (expectation !== undefined && expectation.means.length === channels) {
      known.set(output, expectation);
    }
  }
  return new Map(Array.from(known, ([value, { means }]) => [value, means]));
}

function expectationOf(
  model: Model,
  node: Node,
  known: ReadonlyMap<string, Expectation>,
): Expectation | undefined {
  const norm = model.batchNorms.get(node.name);
  if (norm !== undefined) {
    const deviations = Array.from(norm.gamma, Math.abs);
    return {
      means: Float64Array.from(norm.beta),
      normals: Array.from(norm.beta, (mean, channel) => ({
        ...{ mean, deviation: deviations[channel] ?? 0 },
        ...{ low: -Infinity, high: Infinity },
      })),
    };
  }
  const [name = "", second = ""] = node.inputs;
  const input = known.get(name) ?? known.get(second);
  if (input === undefined) return undefined;
  switch (node.operator) {
    case "Relu":
      return clipped(input, () => [0, Infinity]);
    case "Clip": {
      const [low, high] = clipBounds(model, node);
      return low === undefined || high === undefined
        ? undefined
        : clipped(input, () => [low, high]);
    }
    case "Min":
    case "Max": {
      const bounds = channelConstants(model, node, input.means.length);
      if (bounds === undefined) return undefined;
      const isCeiling = node.operator === "Min";
      return clipped(input, (channel) => {
        const bound = bounds[bounds.length === 1 ? 0 : channel] ?? NaN;
        return isCeiling ? [-Infinity, bound] : [bound, Infinity];
      });
    }
    case "LeakyRelu":
      return leaky(input, floatAttribute(node, "alpha", 0.01));
    case "Identity":
    case "Dropout":
      return input;
    case "AveragePool":
    case "GlobalAveragePool":
      return { means: input.means };
    case "Flatten":
    case "Reshape":
    case "Squeeze":
      return flattened(model, node, input);
    case "Add":
      return added(model, node, known);
    case "Concat":
      return joined(node, known);
  }
  return undefined;
}

function clipped(
  { normals }: Expectation,
  boundsOf: (channel: number) => readonly [low: number, high: number],
): Expectation | undefined {
  const clippedNormals = normals?.map((normal, channel): ClippedNormal => {
    const [low, high] = boundsOf(channel);
    // Clipping twice is clipping once, to the clipped bounds.
    const clip = (bound: number) => Math.min(Math.max(bound, low), high);
    return { ...normal, low: clip(normal.low), high: clip(normal.high) };
  });
  if (clippedNormals === undefined) return undefined;
  return { means: Float64Array.from(clippedNormals, clippedMean), normals: clippedNormals };
}

/** `x` is the sum of its positive and its negative part. */
function leaky(input: Expectation, slope: number): Expectation | undefined {
  const above = clipped(input, () => [0, Infinity]);
  const below = clipped(input, () => [-Infinity, 0]);
  if (above === undefined || below === undefined) return undefined;
  return { means: above.means.map((mean, channel) => mean + slope * below.means[channel]!) };
}

function clipBounds(
  model: Model,
  { inputs }: Node,
): readonly [low: number | undefined, high: number | undefined] {
  const [, low = "", high = ""] = inputs;
  return [
    low === "" ? -Infinity : constantNumbers(model, low)?.[0],
    high === "" ? Infinity : constantNumbers(model, high)?.[0],
  ];
}

/** The constant operand of a node of two, if it is one number or one for each channel of axis 1. */
function channelConstants(
  model: Model,
  node: Node,
  channels: number,
): readonly number[] | undefined {
  const name = node.inputs.find((input) => model.initializers.has(input)) ?? "";
  const shape = model.initializers.get(name)?.shape ?? [];
  const rank = model.values.get(node.outputs[0] ?? "")?.shape.length ?? 0;
  const count = countElements(shape);
  const isVector = count === channels && shape[1 - (rank - shape.length)] === channels;
  if (node.inputs.length !== 2 || !(count === 1 || isVector)) return undefined;
  return constantNumbers(model, name);
}

/** Channels that become features of one row: each channel as often as it has elements. */
function flattened(model: Model, node: Node, { means }: Expectation): Expectation | undefined {
  const before = model.values.get(node.inputs[0] ?? "")?.shape ?? [];
  const after = model.values.get(node.outputs[0] ?? "")?.shape ?? [];
  const area = countElements(before.slice(2));
  if (before[0] !== after[0] || after[1] !== means.length * area) return undefined;
  return { means: Float64Array.from({ length: after[1] }, (_, i) => means[Math.floor(i / area)]!) };
}

function added(
  model: Model,
  { inputs, outputs }: Node,
  known: ReadonlyMap<string, Expectation>,
): Expectation | undefined {
  const [a, b] = inputs.map((input) => known.get(input));
  const shapes = [...inputs, ...outputs].map((name) => String(model.values.get(name)?.shape));
  if (a === undefined || b === undefined || new Set(shapes).size > 1) return undefined;
  return { means: a.means.map((mean, channel) => mean + (b.means[channel] ?? NaN)) };
}

function joined(
  { inputs, attributes: { axis } }: Node,
  known: ReadonlyMap<string, Expectation>,
): Expectation | undefined {
  const parts = inputs.map((input) => known.get(input)?.means);
  if (axis?.value !== 1) return undefined;
  const means: number[] = [];
  for (const part of parts) {
    if (part === undefined) return undefined;
    for (const mean of part) means.push(mean);
  }
  return { means: Float64Array.from(means) };
}
