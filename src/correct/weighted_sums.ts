import { floatAttribute, intAttribute, type Model, type Node } from "../graph/mod.ts";
import {
  countElements,
  readChunks,
  type ReadChunksOptions,
  type TensorReference,
} from "../tensor/mod.ts";

/**
 * How the elements of a layer's weight lie: in rows, one for each channel of one side. A row has a
 * run of `taps` elements for each channel of the other side that belongs to the same group.
 */
interface WeightLayout {
  readonly taps: number;
  readonly outputs: number;
  readonly inputs: number;
  /** What every product is multiplied with. */
  readonly factor: number;
  /** Runs in a row. */
  readonly runs: number;
  /** Rows of a group. */
  readonly rows: number;
  /** Whether rows are output channels; else they are input channels. */
  readonly byOutput: boolean;
}

/**
 * What a layer makes of inputs that are constant in each channel, without its bias: for each output
 * channel the sum over `w * mean[input channel]`, in double precision; borders are not looked at.
 * The weight is streamed.
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
  if (means.length !== layout.inputs) {
    throw new RangeError(
      `Cannot weigh the inputs of node "${node.name}": found ${means.length} means, ` +
        `expected ${layout.inputs}`,
    );
  }
  const sums = new Float64Array(layout.outputs);
  for await (const { offset, data } of readChunks(weight, options)) {
    const numbers = data instanceof Float32Array ? data : Float64Array.from(data, Number);
    const part = { ...layout, offset, numbers, means };
    if (layout.taps === 1) addRows(sums, part);
    else addRuns(sums, part);
  }
  return sums.map((sum) => sum * layout.factor);
}

/** Elements of a weight from `offset` on, and the means they are multiplied with. */
interface WeightPart extends WeightLayout {
  readonly offset: number;
  readonly numbers: Float32Array | Float64Array;
  readonly means: Float64Array;
}

/** Adds the products of a part of a weight, run by run. */
function addRuns(
  sums: Float64Array,
  { taps, runs, rows, byOutput, offset, numbers, means }: WeightPart,
): void {
  let run = Math.floor(offset / taps);
  let row = Math.floor(run / runs);
  let other = run % runs;
  let base = Math.floor(row / rows) * runs;
  for (let index = 0; index < numbers.length;) {
    const end = Math.min(numbers.length, (run + 1) * taps - offset);
    let sum = 0;
    for (; index < end; index++) sum += numbers[index]!;
    if (byOutput) sums[row]! += sum * means[base + other]!;
    else sums[base + other]! += sum * means[row]!;
    run++;
    if (++other < runs) continue;
    other = 0;
    base = Math.floor(++row / rows) * runs;
  }
}

/** As {@linkcode addRuns} for runs of one element, several times as fast. */
function addRows(
  sums: Float64Array,
  { runs, rows, byOutput, offset, numbers, means }: WeightPart,
): void {
  for (let index = 0; index < numbers.length;) {
    const row = Math.floor((offset + index) / runs);
    const end = Math.min(numbers.length, (row + 1) * runs - offset);
    // What is added to an index to get the channel of the other side.
    const shift = offset - row * runs + Math.floor(row / rows) * runs;
    if (byOutput) {
      let sum = 0;
      for (; index < end; index++) sum += numbers[index]! * means[index + shift]!;
      sums[row]! += sum;
    } else {
      const mean = means[row]!;
      for (; index < end; index++) sums[index + shift]! += numbers[index]! * mean;
    }
  }
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
    case "Conv":
      // [outputs, inputs / group, …]
      return {
        ...{ taps, outputs: first, inputs: second * group, factor: 1 },
        ...{ runs: second, rows: first / group, byOutput: true },
      };
    case "ConvTranspose": {
      // [inputs, outputs / group, …]; an output element gets only some of the taps.
      const areaOf = (name = "") => countElements(model.values.get(name)?.shape.slice(2) ?? []);
      const factor = areaOf(node.inputs[0]) / areaOf(node.outputs[0]);
      return {
        ...{ taps, outputs: second * group, inputs: first, factor },
        ...{ runs: second, rows: first / group, byOutput: false },
      };
    }
    case "Gemm":
    case "MatMul": {
      if (shape.length !== 2) return undefined;
      const byOutput = intAttribute(node, "transB", 0) !== 0;
      const [outputs, inputs] = byOutput ? [first, second] : [second, first];
      const factor = node.operator === "Gemm" ? floatAttribute(node, "alpha", 1) : 1;
      return { taps: 1, outputs, inputs, factor, runs: second, rows: first, byOutput };
    }
  }
  return undefined;
}
